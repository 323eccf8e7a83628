// The jobs that a thread in the background is to work on.
#ifndef ZEUS_BSO_SERVER_SERVICE_JOB_QUEUE_H_
#define ZEUS_BSO_SERVER_SERVICE_JOB_QUEUE_H_

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace zeus::bso {

// Thread-safe. Each job is in it once at most.
class JobQueue {
 public:
  void Add(const std::string& job_id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes the jobs that have waited longest, at most `most`.
  std::vector<std::string> Take(size_t most) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all waits, now and later.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopped() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until there is a job. False: it was stopped.
  bool Wait() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for so long. False: it was stopped.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool CanGoOn() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopped_ || !jobs_.empty(); }

  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::string> jobs_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> queued_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_JOB_QUEUE_H_
