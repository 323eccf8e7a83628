// What every stream that holds a session open has: a place among those that are allowed, and a time to end.
#ifndef ZEUS_BSO_SERVER_RPC_SESSION_LEASE_H_
#define ZEUS_BSO_SERVER_RPC_SESSION_LEASE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "model/error.h"
#include "server/rpc/timeout_queue.h"

namespace zeus::bso::rpc {

// The sessions that are open. Thread-safe.
class SessionCount {
 public:
  // `timeouts` has the time of each, and outlives the count.
  SessionCount(int max_sessions, TimeoutQueue& timeouts) : max_sessions_(max_sessions), timeouts_(timeouts) {}

  // Counts one more, unless there are as many as may be.
  bool Enter() {
    if (open_.fetch_add(1) < max_sessions_) return true;
    Leave();
    return false;
  }
  void Leave() { open_.fetch_sub(1); }

  TimeoutQueue& timeouts() { return timeouts_; }

 private:
  const int max_sessions_;
  TimeoutQueue& timeouts_;
  std::atomic<int> open_ = 0;
};

// One of them. Not thread-safe, but for Release.
class SessionLease {
 public:
  // Takes a place if the call was admitted and there is one, until Release. `count` is not used after that.
  SessionLease(SessionCount& count, const absl::Status& admitted) : count_(count), status_(admitted) {
    if (!status_.ok()) return;
    const bool entered = count_.Enter();
    counted_ = entered;
    if (!entered) status_ = MakeError(Reason::kTooManySessions, "too many sessions are open; try again later");
  }

  // Why there is no session; OK: there may be one.
  const absl::Status& status() const { return status_; }

  // Calls `holder.OnTimeout()` when its time is up, unless it is gone by then.
  template <typename Holder>
  void Start(std::weak_ptr<Holder> holder) {
    // Weak, as the queue may be calling while the last owner lets go.
    timeout_ = count_.timeouts().Add([weak = std::move(holder)] {
      if (const std::shared_ptr<Holder> self = weak.lock(); self != nullptr) self->OnTimeout();
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
  absl::Status status_;
  std::atomic<bool> counted_ = false;
  TimeoutQueue::Id timeout_ = 0;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_SESSION_LEASE_H_
