// An observer that keeps what it is told.
#ifndef ZEUS_BSO_TESTS_SUPPORT_CHANGE_RECORDER_H_
#define ZEUS_BSO_TESTS_SUPPORT_CHANGE_RECORDER_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/job_change.h"

namespace zeus::bso::testing {

// Keeps every change of every job.
class ChangeRecorder : public storage::CommitObserver {
 public:
  bool Observes(const storage::ChangedJob&) const override { return true; }

  void OnCommit(const storage::JobChange& change) override {
    absl::MutexLock lock(&mutex_);
    changes_.push_back(change);
  }

  // Those of one job, in the order of their commits.
  std::vector<storage::JobChange> ChangesOf(const std::string& job_id) {
    std::vector<storage::JobChange> changes;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& change : changes_) {
        if (change.job_id == job_id) changes.push_back(change);
      }
    }
    std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.revision < b.revision; });
    return changes;
  }

 private:
  absl::Mutex mutex_;
  std::vector<storage::JobChange> changes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_CHANGE_RECORDER_H_
