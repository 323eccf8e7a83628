// The heartbeats of a running trial.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_HEART_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_HEART_H_

#include <memory>
#include <stop_token>
#include <thread>

#include "absl/time/time.h"
#include "client/cpp/src/connection.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::client_internal {

// The bounds of HeartbeatRequest.interval.
inline constexpr absl::Duration kMinHeartbeatInterval = absl::Milliseconds(1);
inline constexpr absl::Duration kMaxHeartbeatInterval = absl::Hours(24 * 3650);

// Sends heartbeats from a thread of its own until the trial is over, and knows whether it is. Safe for threads.
class Heart {
 public:
  // Sends the first heartbeat at once, then one each `interval`; an interval of 0 sends none. After a heartbeat that
  // failed, the next one follows as planned. Throws std::system_error if the process may have no more threads.
  Heart(std::shared_ptr<Connection> connection, v1::Trial trial, absl::Duration interval);

  // Cancels a heartbeat in progress, and waits for the thread.
  ~Heart() { SetOver(); }

  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;

  // Whether SetOver was called, or a heartbeat found that the trial has ended or that its job was deleted.
  bool over() const { return over_.stop_requested(); }

  // Stops the heartbeats, and cancels the one in progress.
  void SetOver() { over_.request_stop(); }

 private:
  void Beat(absl::Duration interval);

  const std::shared_ptr<Connection> connection_;
  const v1::Trial trial_;
  std::stop_source over_;
  std::jthread thread_;  // Last: it uses the others.
};

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_HEART_H_
