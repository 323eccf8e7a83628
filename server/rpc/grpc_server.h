// The gRPC stack under the services: its settings, health, reflection and the addresses. Apart from the services, so
// that a benchmark can measure what the stack alone costs.
#ifndef ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_
#define ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"
#include "server/rpc/roles_file.h"
#include "server/rpc/tls.h"

namespace zeus::bso::rpc {

struct GrpcServerOptions {
  std::vector<std::string> listen = {};        // As in listen_address.h.
  std::optional<TlsFiles> tls = std::nullopt;  // Needed for addresses over TLS.
  mode_t socket_mode = 0600;                   // Of unix sockets; they are never more open than that.
  int max_calls_per_connection = 1000;         // In progress; a client that keeps to the protocol waits with more.
  bool reflection = true;
  RolesFile* roles = nullptr;  // Of those whom reflection answers; null: everybody. Outlives the server.
};

struct GrpcServer {
  std::unique_ptr<grpc::CallbackGenericService> no_service;  // Answers UNIMPLEMENTED, where there is no service.
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;  // In the order of the options, with the ports that were given.
};

// Serves `services`, which outlive the server, and health checks, from now on. UNAVAILABLE: an address cannot be
// listened on.
// INVALID_ARGUMENT: the files of TLS cannot be used, or there are none and yet an address that needs them.
absl::StatusOr<GrpcServer> StartGrpcServer(const GrpcServerOptions& options,
                                           const std::vector<grpc::Service*>& services);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_
