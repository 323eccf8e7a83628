// Reads a connection that nobody uses.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_IDLE_READER_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_IDLE_READER_H_

#include <memory>
#include <thread>

#include "grpcpp/channel.h"

namespace zeus::bso::client_internal {

// While it lives a thread reads what comes on the channel's connection, also when no call is in progress. gRPC would
// look only each five seconds: a server that stops tells its clients to go, and would wait for an idle one.
class IdleReader {
 public:
  explicit IdleReader(const std::shared_ptr<grpc::Channel>& channel);

 private:
  std::jthread thread_;
};

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_IDLE_READER_H_
