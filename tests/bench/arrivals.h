// When each unit of work begins: in a closed loop when the slot has done the one before, in an open loop at a fixed
// rate, whether or not a slot is free, so that waiting for one is counted.
#ifndef ZEUS_BSO_TESTS_BENCH_ARRIVALS_H_
#define ZEUS_BSO_TESTS_BENCH_ARRIVALS_H_

#include <atomic>
#include <chrono>
#include <coroutine>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace zeus::bso::bench {

using Clock = std::chrono::steady_clock;

// Thread-safe.
class Arrivals {
 public:
  // `per_second` 0: a closed loop.
  explicit Arrivals(double per_second);
  // Stops.
  ~Arrivals();

  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Awaited by a slot: when its next unit of work was due, which may be in the past; nothing when there is no more.
  class Awaitable;
  Awaitable Next();

  // No more units begin.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Pace() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the next arrival, if it is due.
  std::optional<Clock::time_point> TakeDue(Clock::time_point now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::chrono::nanoseconds interval_;  // 0: a closed loop.
  std::atomic<bool> stopped_ = false;
  absl::Mutex mutex_;
  Clock::time_point next_due_ ABSL_GUARDED_BY(mutex_);
  std::vector<Awaitable*> idle_ ABSL_GUARDED_BY(mutex_);
  std::thread pacer_;  // Last: it uses all of the above. Wakes idle slots.
};

class Arrivals::Awaitable {
 public:
  explicit Awaitable(Arrivals& arrivals) : arrivals_(arrivals) {}

  bool await_ready();
  // False: goes on at once.
  bool await_suspend(std::coroutine_handle<> waiting) ABSL_LOCKS_EXCLUDED(arrivals_.mutex_);
  std::optional<Clock::time_point> await_resume() const { return due_; }

 private:
  friend class Arrivals;

  Arrivals& arrivals_;
  std::optional<Clock::time_point> due_;
  std::coroutine_handle<> waiting_;
};

inline Arrivals::Awaitable Arrivals::Next() { return Awaitable(*this); }

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_ARRIVALS_H_
