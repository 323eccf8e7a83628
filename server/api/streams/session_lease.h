// What every stream that holds a session open has: a place among those that are allowed, and a time to end.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_SESSION_LEASE_H_
#define ZEUS_BSO_SERVER_API_STREAMS_SESSION_LEASE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "model/error.h"
#include "server/api/streams/calls_in_progress.h"
#include "server/api/streams/timeout_queue.h"

namespace zeus::bso::api {

// The sessions that are open. Thread-safe.
class SessionCount {
 public:
  // `timeouts` has the time of each, and outlives the count. `too_many` is the error if there are more. `calls` counts
  // them, too, and outlives the count; null: they belong to calls that are counted.
  SessionCount(int max_sessions, TimeoutQueue& timeouts, CallsInProgress* calls,
               const absl::Status& too_many = TooManySessions())
      : max_sessions_(max_sessions), timeouts_(timeouts), calls_(calls), too_many_(too_many) {}

  // Counts one more, unless there are as many as may be.
  bool Enter() {
    if (open_.fetch_add(1) < max_sessions_) return true;
    Leave();
    return false;
  }
  void Leave() { open_.fetch_sub(1); }

  // How many are open now.
  int num_open() const { return open_; }

  TimeoutQueue& timeouts() { return timeouts_; }
  CallsInProgress* calls() { return calls_; }
  const absl::Status& too_many() const { return too_many_; }

 private:
  static absl::Status TooManySessions() {
    return MakeError(Reason::kTooManySessions, "too many sessions are open; try again later");
  }

  const int max_sessions_;
  TimeoutQueue& timeouts_;
  CallsInProgress* const calls_;
  const absl::Status too_many_;
  std::atomic<int> open_ = 0;
};

// One of them. Not thread-safe, but for Release.
class SessionLease {
 public:
  // Takes a place if the call was admitted and there is one, until Release. `count` is not used after that. As long as
  // the lease lives, it is a call in progress: the last answer leaves after the session has ended. DRAINING.
  SessionLease(SessionCount& count, const absl::Status& admitted)
      : count_(count), calls_(count.calls()), status_(admitted) {
    if (status_.ok() && calls_ != nullptr) status_ = calls_->Begin();
    is_call_ = status_.ok() && calls_ != nullptr;
    if (!status_.ok()) return;
    const bool entered = count_.Enter();
    counted_ = entered;
    if (!entered) status_ = count_.too_many();
  }

  ~SessionLease() {
    if (is_call_) calls_->End();
  }

  SessionLease(const SessionLease&) = delete;
  SessionLease& operator=(const SessionLease&) = delete;

  // Why there is no session; OK: there may be one.
  const absl::Status& status() const { return status_; }

  // Calls `on_timeout` of the holder when its time is up, unless it is gone by then.
  template <typename Holder>
  void Start(std::weak_ptr<Holder> holder, void (Holder::*on_timeout)()) {
    // Weak, as the queue may be calling while the last owner lets go.
    timeout_ = count_.timeouts().Add([weak = std::move(holder), on_timeout] {
      if (const std::shared_ptr<Holder> self = weak.lock(); self != nullptr) (self.get()->*on_timeout)();
    });
  }

  // Gives the place back, where that was not done before. To be called when the session is dropped, since a stream can
  // take for ever to end where its caller does not read; and at the latest when it is done.
  void Release() {
    if (!counted_.exchange(false)) return;
    count_.timeouts().Remove(timeout_);
    count_.Leave();
  }

 private:
  SessionCount& count_;
  CallsInProgress* const calls_;
  absl::Status status_;
  bool is_call_ = false;
  std::atomic<bool> counted_ = false;
  TimeoutQueue::Id timeout_ = 0;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_SESSION_LEASE_H_
