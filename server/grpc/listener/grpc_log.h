// The messages of gRPC and Protobuf, in the server's log.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_GRPC_LOG_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_GRPC_LOG_H_

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace zeus::bso::rpc {

// Bounds how many messages are written, for strangers cause them: each TLS handshake that fails is an error to gRPC,
// each text that is no UTF-8 one to Protobuf. Thread-safe.
class MessageBudget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr int kMessagesPerWindow = 10;
  static constexpr std::chrono::seconds kWindow{10};

  struct Answer {
    bool may_write = false;
    int num_left_out = 0;  // Since a message was written last; to be told with this one.
  };

  // Asks for one message.
  Answer Take(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Mutex mutex_;
  TimePoint window_end_ ABSL_GUARDED_BY(mutex_) = TimePoint::min();
  int num_written_ ABSL_GUARDED_BY(mutex_) = 0;  // In this window.
  int num_left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

// From now on the messages of both go to the server's log, without what they quote of the metadata of calls.
void LogMessagesOfLibraries();

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_GRPC_LOG_H_
