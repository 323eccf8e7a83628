// Knows the sums over all jobs (JobSums). Once after the start, and again after each failure of the engine, a thread in
// the background adds up the jobs of one snapshot. It takes a tenth of one processor's time at most. From then on the
// sums follow from what the committer has written since that snapshot.
#ifndef ZEUS_BSO_STORAGE_JOB_CENSUS_H_
#define ZEUS_BSO_STORAGE_JOB_CENSUS_H_

#include <cstdint>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/committer.h"
#include "storage/stats.h"

namespace zeus::bso::storage {

// Thread-safe.
class JobCensus {
 public:
  // Begins at once. `committer` outlives the census.
  explicit JobCensus(Committer& committer);
  ~JobCensus();

  JobCensus(const JobCensus&) = delete;
  JobCensus& operator=(const JobCensus&) = delete;

  // The sums of what is written. Jobs that cannot be read count as nothing. Absent: they are not added up yet.
  std::optional<JobSums> sums() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // The sums over the jobs of a snapshot. Absent: it was stopped. Errors: those of Snapshot::ScanReadable.
  absl::StatusOr<std::optional<JobSums>> AddUp(const Snapshot& snapshot) ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns after `duration`, or when it is to stop; false in that case.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

  Committer& committer_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The jobs of the snapshot less what the committer had written then. Absent: see sums().
  std::optional<JobSums> base_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the snapshot.
  std::thread thread_;                               // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_CENSUS_H_
