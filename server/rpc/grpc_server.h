// The gRPC stack under the services: its settings, health, reflection and the addresses. Apart from the services, so
// that a benchmark can measure what the stack alone costs.
#ifndef ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_
#define ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"

namespace zeus::bso::rpc {

struct GrpcServerOptions {
  std::vector<std::string> listen = {};  // "host:port" (port 0: any free one) or "unix:/path".
  bool reflection = true;
};

struct GrpcServer {
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;  // In the order of the options, with the ports that were given.
};

// Serves `services`, which outlive the server, from now on. UNAVAILABLE: an address cannot be listened on.
absl::StatusOr<GrpcServer> StartGrpcServer(const GrpcServerOptions& options,
                                           const std::vector<grpc::Service*>& services);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_
