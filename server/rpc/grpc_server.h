// The gRPC stack under the services: its settings, health, reflection and the addresses. Apart from the services, so
// that a benchmark can measure what the stack alone costs.
#ifndef ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_
#define ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"
#include "server/rpc/tls.h"

namespace zeus::bso::rpc {

struct GrpcServerOptions {
  // "host:port" (port 0: any free one), the same over TLS as "tls:host:port", or "unix:/path".
  std::vector<std::string> listen = {};
  std::optional<TlsFiles> tls = std::nullopt;  // Needed for addresses over TLS.
  bool reflection = true;
};

struct GrpcServer {
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;  // In the order of the options, with the ports that were given.
};

// Whether an address is one over TLS.
bool IsOverTls(absl::string_view address);

// Serves `services`, which outlive the server, from now on. UNAVAILABLE: an address cannot be listened on.
// INVALID_ARGUMENT: the files of TLS cannot be used, or there are none and yet an address that needs them.
absl::StatusOr<GrpcServer> StartGrpcServer(const GrpcServerOptions& options,
                                           const std::vector<grpc::Service*>& services);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_GRPC_SERVER_H_
