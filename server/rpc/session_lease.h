// What every stream that holds a session open has: a place among those that are allowed, and a time to end.
#ifndef ZEUS_BSO_SERVER_RPC_SESSION_LEASE_H_
#define ZEUS_BSO_SERVER_RPC_SESSION_LEASE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "server/model/error.h"

namespace zeus::bso::rpc {

struct SessionLimits {
  int max_sessions = 1000;                    // Open at a time.
  absl::Duration timeout = absl::Minutes(1);  // From the begin of each to its end.
};

// The sessions that are open. Thread-safe.
class SessionCount {
 public:
  explicit SessionCount(const SessionLimits& limits) : limits_(limits) {}

  // Counts one more, unless there are as many as may be.
  bool Enter() {
    if (open_.fetch_add(1) < limits_.max_sessions) return true;
    Leave();
    return false;
  }
  void Leave() { open_.fetch_sub(1); }

  absl::Duration timeout() const { return limits_.timeout; }

 private:
  const SessionLimits limits_;
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
    // A shared pointer here would be a cycle: the alarm keeps its callback for as long as it lives.
    alarm_.Set(absl::ToChronoTime(absl::Now() + count_.timeout()), [weak = std::move(holder)](bool fired) {
      const std::shared_ptr<Holder> self = weak.lock();
      if (fired && self != nullptr) self->OnTimeout();
    });
  }

  // Gives the place back, where that was not done before. To be called when the session is dropped, since a stream can
  // take for ever to end where its caller does not read; and at the latest when it is done.
  void Release() {
    alarm_.Cancel();
    if (counted_.exchange(false)) count_.Leave();
  }

 private:
  SessionCount& count_;
  absl::Status status_;
  std::atomic<bool> counted_ = false;
  grpc::Alarm alarm_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_SESSION_LEASE_H_
