#include "storage/decoded_jobs.h"

#include <utility>

#include "absl/hash/hash.h"
#include "model/status_macros.h"

namespace zeus::bso::storage {

absl::StatusOr<std::shared_ptr<const JobRow>> DecodedJobs::Decode(absl::string_view job_id, absl::string_view value) {
  Slot& slot = (*slots_)[absl::HashOf(job_id) % kSlots];
  {
    absl::MutexLock lock(&slot.mutex);
    if (slot.row != nullptr && slot.row->job.spec.job_id == job_id && slot.value == value) return slot.row;
  }
  ZB_ASSIGN_OR_RETURN(JobRow decoded, DecodeJob(job_id, value));
  auto row = std::make_shared<const JobRow>(std::move(decoded));
  if (value.size() <= kMaxValueBytes) {
    absl::MutexLock lock(&slot.mutex);
    slot.value.assign(value.data(), value.size());
    slot.row = row;
  }
  return row;
}

}  // namespace zeus::bso::storage
