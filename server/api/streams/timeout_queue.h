// Tells many that their time is up, all of whom have the same time. Beginning and ending early cost no timer of gRPC,
// whose callbacks need a thread each time.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_TIMEOUT_QUEUE_H_
#define ZEUS_BSO_SERVER_API_STREAMS_TIMEOUT_QUEUE_H_

#include <cstdint>
#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace zeus::bso::api {

// Thread-safe.
class TimeoutQueue {
 public:
  using OnTimeout = absl::AnyInvocable<void() &&>;
  using Id = int64_t;

  explicit TimeoutQueue(absl::Duration timeout);
  // Calls nobody any more.
  ~TimeoutQueue();

  TimeoutQueue(const TimeoutQueue&) = delete;
  TimeoutQueue& operator=(const TimeoutQueue&) = delete;

  // Calls `on_timeout` from a thread of its own when `timeout` is over, unless it is removed before. It is not to
  // block, as others wait for it; it may add and remove.
  Id Add(OnTimeout on_timeout) ABSL_LOCKS_EXCLUDED(mutex_);

  // Drops it, unless its call has begun, which then may go on. May be repeated.
  void Remove(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    absl::Duration due;  // On the steady clock.
    OnTimeout on_timeout;
  };

  void Run();
  // The next whose time is up, when it is; null when the queue stops.
  OnTimeout AwaitNext() ABSL_LOCKS_EXCLUDED(mutex_);

  const absl::Duration timeout_;
  absl::Mutex mutex_;
  absl::CondVar wake_up_;
  std::map<Id, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // Who was added first is due first.
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration sleeps_until_ ABSL_GUARDED_BY(mutex_);  // Past when the thread does not sleep.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_TIMEOUT_QUEUE_H_
