// How the load generator reaches a server: several connections, which its slots share out among themselves.
#ifndef ZEUS_BSO_TESTS_BENCH_CONNECTIONS_H_
#define ZEUS_BSO_TESTS_BENCH_CONNECTIONS_H_

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "tests/bench/empty.grpc.pb.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::bench {

enum class Transport { kTcp, kUnix, kTls };

inline constexpr std::array<Transport, 3> kTransports = {Transport::kTcp, Transport::kUnix, Transport::kTls};

inline const char* Name(Transport transport) {
  switch (transport) {
    case Transport::kTcp:
      return "tcp";
    case Transport::kUnix:
      return "unix";
    case Transport::kTls:
      return "tls";
  }
  return "";
}

using OptimizerStub = v1::BatchSizeOptimizer::StubInterface::async_interface;
using ServiceStub = v1::ZeusService::StubInterface::async_interface;
using EmptyStub = Empty::StubInterface::async_interface;

// One connection, with the stubs of all services on it.
class Connection {
 public:
  Connection(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : channel_(grpc::CreateCustomChannel(address, credentials, Arguments())),
        optimizer_(v1::BatchSizeOptimizer::NewStub(channel_)),
        service_(v1::ZeusService::NewStub(channel_)),
        empty_(Empty::NewStub(channel_)) {}

  OptimizerStub* optimizer() const { return optimizer_->async(); }
  ServiceStub* service() const { return service_->async(); }
  EmptyStub* empty() const { return empty_->async(); }

 private:
  static grpc::ChannelArguments Arguments() {
    grpc::ChannelArguments arguments;
    // Else all channels to one address would be one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // They cost the client 15%, and nothing here is to be hidden by a retry.
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    return arguments;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::BatchSizeOptimizer::StubInterface> optimizer_;
  const std::unique_ptr<v1::ZeusService::StubInterface> service_;
  const std::unique_ptr<Empty::StubInterface> empty_;
};

class Connections {
 public:
  Connections(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    for (int i = 0; i < kNumConnections; ++i) {
      connections_.push_back(std::make_unique<Connection>(address, credentials));
    }
  }

  const Connection& ForSlot(int slot) const { return *connections_[static_cast<size_t>(slot % kNumConnections)]; }

 private:
  // One connection is written and read by one thread at a time, and would be what is measured.
  static constexpr int kNumConnections = 4;

  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_CONNECTIONS_H_
