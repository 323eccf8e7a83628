// What the loads of the soak share: when to stop, how fast to go, what was done, what went wrong.
#ifndef ZEUS_BSO_TESTS_SOAK_PROGRESS_H_
#define ZEUS_BSO_TESTS_SOAK_PROGRESS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace zeus::bso::testing {

enum class Deed { kMissingCall, kTrial, kJobDeleted, kSessionAbandoned, kWatcherAbandoned };
inline constexpr size_t kDeeds = 5;

// Thread-safe.
class Progress {
 public:
  void Count(Deed deed, int64_t times = 1) { counts_[static_cast<size_t>(deed)] += times; }
  int64_t count(Deed deed) const { return counts_[static_cast<size_t>(deed)]; }

  // An answer that should not have been. The first ones are kept.
  void Fail(const std::string& what) ABSL_LOCKS_EXCLUDED(mutex_);

  // Fails unless `status` has this code: whether it has.
  bool Expect(const std::string& call, const grpc::Status& status, grpc::StatusCode code = grpc::StatusCode::OK);

  // Those kept, and how many there were.
  std::vector<std::string> failures() const ABSL_LOCKS_EXCLUDED(mutex_);
  int64_t num_failures() const ABSL_LOCKS_EXCLUDED(mutex_);

  void Stop() { stop_.Notify(); }
  bool stopped() const { return stop_.HasBeenNotified(); }

  // Waits: false when the soak ended meanwhile.
  bool SleepUntil(absl::Time time) const { return !stop_.WaitForNotificationWithDeadline(time); }

 private:
  std::array<std::atomic<int64_t>, kDeeds> counts_ = {};
  absl::Notification stop_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
  int64_t num_failures_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Lets its thread go on so many times a second, at most. What was missed is not made up for.
class Pace {
 public:
  Pace(const Progress& progress, double per_second) : progress_(progress), interval_(absl::Seconds(1 / per_second)) {}

  // Waits for the next turn: false when the soak is over.
  bool Next() {
    next_ = std::max(next_ + interval_, absl::Now());
    return progress_.SleepUntil(next_);
  }

 private:
  const Progress& progress_;
  const absl::Duration interval_;
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SOAK_PROGRESS_H_
