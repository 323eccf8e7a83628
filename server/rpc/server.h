// The gRPC server: both services, health and reflection on a number of addresses.
#ifndef ZEUS_BSO_SERVER_RPC_SERVER_H_
#define ZEUS_BSO_SERVER_RPC_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/rpc/backend.h"
#include "server/rpc/batch_size_optimizer_rpc.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/job_watch_hub.h"
#include "server/rpc/roles_file.h"
#include "server/rpc/tls.h"
#include "server/rpc/zeus_service_rpc.h"
#include "server/service/sweeper.h"
#include "storage/store.h"

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
};

// Thread-safe.
class Server {
 public:
  // Serves from now on. `store` outlives the server. Errors: those of StartGrpcServer and RolesFile::Open.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, storage::Store& store);

  // Drains with no time to spare, unless that was done.
  ~Server();

  // Where it listens, in the order of the options, with the ports that were given.
  const std::vector<std::string>& addresses() const { return main_.addresses; }
  const std::vector<std::string>& health_addresses() const { return health_.addresses; }

  // Reports NOT_SERVING, ends all watchers, takes no more calls, and returns when those in progress are done; those
  // that are not after `patience` are cancelled.
  void Drain(absl::Duration patience);

 private:
  Server(storage::Store& store, const ServerOptions& options, std::unique_ptr<RolesFile> roles);

  absl::Status Listen(const ServerOptions& options);

  const std::unique_ptr<RolesFile> roles_;  // Null: there are no roles.
  const Backend backend_;
  JobWatchHub hub_;
  BatchSizeOptimizerRpc optimizer_rpc_;
  ZeusServiceRpc zeus_service_rpc_;
  Sweeper sweeper_;
  GrpcServer main_;
  GrpcServer health_;  // Null where there are no addresses of its own.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_SERVER_H_
