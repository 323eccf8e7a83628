// Wakes the one who does what is due (storage/due.h) when its time has come.
#ifndef ZEUS_BSO_STORAGE_DUE_ALARM_H_
#define ZEUS_BSO_STORAGE_DUE_ALARM_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace zeus::bso::storage {

// Thread-safe. Setting the alarm to a time that is not earlier than it is costs a load.
class DueAlarm {
 public:
  // Something is due at `time`.
  void Set(absl::Time time) ABSL_LOCKS_EXCLUDED(mutex_) {
    const int64_t micros = absl::ToUnixMicros(time);
    if (micros >= earliest_.load(std::memory_order_relaxed)) return;
    absl::MutexLock lock(&mutex_);
    if (micros < earliest_.load(std::memory_order_relaxed)) earliest_.store(micros, std::memory_order_relaxed);
  }

  // Forgets all that was set, and returns the earliest of it. To be called before looking for what is due, so that
  // nothing set meanwhile is missed.
  absl::Time Clear() {
    const int64_t micros = earliest_.exchange(kNever, std::memory_order_relaxed);
    return micros == kNever ? absl::InfiniteFuture() : absl::FromUnixMicros(micros);
  }

  // It is `now`: returns when the earliest time that was set has come, but after `at_most` in any case, or at once when
  // the alarm is set to an earlier one. False: `stopping` was set by Stop.
  bool Wait(absl::Time now, absl::Duration at_most, const std::atomic<bool>& stopping) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const int64_t awaited = earliest_.load(std::memory_order_relaxed);
    const absl::Duration until_due = awaited == kNever ? absl::InfiniteDuration() : absl::FromUnixMicros(awaited) - now;
    const auto is_over = [&] { return stopping || earliest_.load(std::memory_order_relaxed) < awaited; };
    if (until_due > absl::ZeroDuration()) {
      mutex_.AwaitWithTimeout(absl::Condition(&is_over), std::min(until_due, at_most));
    }
    return !stopping;
  }

  // Ends the waits that are given `stopping`.
  void Stop(std::atomic<bool>& stopping) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopping = true;
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  std::atomic<int64_t> earliest_ = kNever;  // In microseconds since the Unix epoch. Lowered under the mutex.
  absl::Mutex mutex_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_DUE_ALARM_H_
