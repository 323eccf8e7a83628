// The gRPC server: both services, health and reflection on a number of addresses.
#ifndef ZEUS_BSO_SERVER_RPC_SERVER_H_
#define ZEUS_BSO_SERVER_RPC_SERVER_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/job.h"
#include "model/limits.h"
#include "server/rpc/session_limits.h"
#include "server/rpc/tls.h"

namespace zeus::bso::storage {
class Store;
}  // namespace zeus::bso::storage

namespace zeus::bso::rpc {

struct ServerOptions {
  std::vector<std::string> listen = {};         // As in GrpcServerOptions.
  std::optional<TlsFiles> tls = std::nullopt;   // Likewise.
  std::vector<std::string> health_listen = {};  // Plaintext addresses that answer health checks and nothing else.
  mode_t socket_mode = 0600;                    // As in GrpcServerOptions.
  int max_calls_per_connection = 1000;          // Likewise.
  bool reflection = true;
  std::string roles_file = {};  // See RolesFile; empty: everybody may do everything.
  SessionLimits sessions = {};
  int max_watchers = 1000;                        // Of all jobs together.
  std::function<absl::Time()> clock = absl::Now;  // See Backend.
  Limits limits = {};                             // `timeouts.server_start` is set by Start.
  absl::Duration request_id_ttl = absl::Hours(24);
  PolicyKind default_policy = PolicyKind::kCurves;  // See Backend.
};

// Thread-safe.
class Server {
 public:
  // Serves from now on. `store` outlives the server. Errors: those of StartGrpcServer and RolesFile::Open.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, storage::Store& store);

  // Drains with no time to spare, unless that was done.
  ~Server();

  // The addresses that the server listens on, in the order of the options, with the ports that were assigned.
  const std::vector<std::string>& addresses() const;
  const std::vector<std::string>& health_addresses() const;

  // Reports NOT_SERVING, ends all watchers, refuses new calls, and returns when the calls in progress are done. Cancels
  // those that are still in progress after `patience`.
  void Drain(absl::Duration patience);

 private:
  // Keeps gRPC and the generated services out of this header: they take seconds to compile.
  class Impl;

  explicit Server(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_SERVER_H_
