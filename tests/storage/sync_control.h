// Lets a test decide when each Sync of a fake engine ends, and how. Thread-safe.
#ifndef ZEUS_BSO_TESTS_STORAGE_SYNC_CONTROL_H_
#define ZEUS_BSO_TESTS_STORAGE_SYNC_CONTROL_H_

#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace zeus::bso::storage {

class SyncControl {
 public:
  // What Sync of the fake engine does: waits until it is told how to end.
  absl::Status Sync() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    ++begun_;
    mutex_.Await(absl::Condition(
        +[](std::deque<absl::Status>* outcomes) { return !outcomes->empty(); }, &outcomes_));
    absl::Status outcome = outcomes_.front();
    outcomes_.pop_front();
    return outcome;
  }

  // Lets one sync end, this one or the next.
  void Finish(absl::Status outcome) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    outcomes_.push_back(std::move(outcome));
  }

  // Waits until `count` syncs have begun since the start.
  void WaitUntilBegun(int count) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    auto begun = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return begun_ >= count; };
    mutex_.Await(absl::Condition(&begun));
  }

  // How many syncs have begun.
  int begun() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return begun_;
  }

 private:
  mutable absl::Mutex mutex_;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<absl::Status> outcomes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_TESTS_STORAGE_SYNC_CONTROL_H_
