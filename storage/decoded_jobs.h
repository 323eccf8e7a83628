// Keeps decoded records of jobs. A call decodes the record of its job only if it has changed since the last call, which
// is rare while a trial runs.
#ifndef ZEUS_BSO_STORAGE_DECODED_JOBS_H_
#define ZEUS_BSO_STORAGE_DECODED_JOBS_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "storage/records.h"

namespace zeus::bso::storage {

// Thread-safe. Takes about 3 KiB for each of at most kSlots jobs.
class DecodedJobs {
 public:
  // Returns the same as DecodeJob. Compares `value` with that of the kept record byte by byte, so that a kept record is
  // never out of date.
  absl::StatusOr<std::shared_ptr<const JobRow>> Decode(absl::string_view job_id, absl::string_view value);

 private:
  // The hash of a job_id selects its slot. The job that was decoded last keeps it.
  static constexpr size_t kSlots = 4096;

  // Larger records are not kept.
  static constexpr size_t kMaxValueBytes = size_t{8} << 10;

  struct Slot {
    absl::Mutex mutex;
    std::string value ABSL_GUARDED_BY(mutex);
    std::shared_ptr<const JobRow> row ABSL_GUARDED_BY(mutex);
  };

  const std::unique_ptr<std::array<Slot, kSlots>> slots_ = std::make_unique<std::array<Slot, kSlots>>();
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_DECODED_JOBS_H_
