// The gRPC stack under the services: its settings, health, reflection and the addresses. Apart from the services, so
// that a benchmark can measure what the stack alone costs.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_GRPC_SERVER_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_GRPC_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"
#include "server/api/access/roles_file.h"
#include "server/net/tls_files.h"

namespace zeus::bso::rpc {

struct GrpcServerOptions {
  std::vector<std::string> listen = {};             // As in net/listen_address.h.
  std::optional<net::TlsFiles> tls = std::nullopt;  // Needed for addresses over TLS.
  mode_t socket_mode = 0600;                        // Of unix sockets; they are never more open than that.
  int max_calls_per_connection = 1000;              // In progress; a client that keeps to the protocol waits with more.
  bool reflection = true;
  api::RolesFile* roles = nullptr;  // Of those whom reflection answers; null: everybody. Outlives the server.
};

struct GrpcServer {
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;  // In the order of the options, with the ports that were given.

  bool is_running() const { return server != nullptr; }

  // For a server that was started.
  // Says in health checks, of the names in net/health_names.h, whether calls are served.
  void ShowHealth(bool is_serving);
  // Refuses new calls, and returns when the calls in progress are done. Cancels those that are in progress after
  // `patience`.
  void Shutdown(absl::Duration patience);
};

// Serves `services`, which outlive the server, and health checks, from now on. UNAVAILABLE: an address cannot be
// listened on.
// INVALID_ARGUMENT: the files of TLS cannot be used, or there are none and yet an address that needs them.
absl::StatusOr<GrpcServer> StartGrpcServer(const GrpcServerOptions& options,
                                           const std::vector<grpc::Service*>& services);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_GRPC_SERVER_H_
