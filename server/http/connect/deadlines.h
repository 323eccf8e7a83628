// Timers, each with a duration of its own. Timers that share one duration cost less in a TimeoutQueue.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_DEADLINES_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_DEADLINES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace zeus::bso::http {

// Thread-safe.
class Deadlines {
 public:
  using OnDeadline = absl::AnyInvocable<void() &&>;

  // One timer, until it is dropped.
  class Timer;

  Deadlines() : thread_([this] { Run(); }) {}
  // All timers have been dropped.
  ~Deadlines();

  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // Calls `on_deadline` from a thread of its own, where it must not block, when `timeout` is over, unless the timer is
  // dropped before. A call that has begun may go on after that. Infinite: never.
  std::unique_ptr<Timer> Start(absl::Duration timeout, OnDeadline on_deadline) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // When it is due on the steady clock, and a number that makes it unique.
  using Key = std::pair<absl::Duration, int64_t>;

  void Remove(const Key& key) ABSL_LOCKS_EXCLUDED(mutex_);
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // The next that is due, when it is; null when the thread is to stop.
  OnDeadline AwaitNext() ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  absl::CondVar wake_up_;
  std::map<Key, OnDeadline> timers_ ABSL_GUARDED_BY(mutex_);
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

class Deadlines::Timer {
 public:
  // Use Deadlines::Start.
  Timer(Deadlines& deadlines, const Key& key) : deadlines_(deadlines), key_(key) {}
  ~Timer() { deadlines_.Remove(key_); }

  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  Deadlines& deadlines_;
  const Key key_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_DEADLINES_H_
