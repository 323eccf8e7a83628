// Trials that were started and wait for their final report.
#ifndef ZEUS_BSO_TESTS_BENCH_TRIAL_POOL_H_
#define ZEUS_BSO_TESTS_BENCH_TRIAL_POOL_H_

#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "model/trial.h"

namespace zeus::bso::bench {

// Thread-safe.
class TrialPool {
 public:
  void Put(TrialKey trial) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    trials_.push_back(std::move(trial));
  }

  std::optional<TrialKey> Take() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (trials_.empty()) return std::nullopt;
    TrialKey trial = std::move(trials_.back());
    trials_.pop_back();
    return trial;
  }

  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return trials_.size();
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<TrialKey> trials_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_TRIAL_POOL_H_
