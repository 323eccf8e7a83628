// The server within a process: its transports, gRPC and HTTP, and what it does in the background.
#ifndef ZEUS_BSO_SERVER_SERVER_H_
#define ZEUS_BSO_SERVER_SERVER_H_

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
#include "server/api/streams/session_limits.h"
#include "server/net/tls_files.h"

namespace zeus::bso::storage {
class Store;
}  // namespace zeus::bso::storage

namespace zeus::bso {

struct ServerOptions {
  std::vector<std::string> listen = {};             // As in GrpcServerOptions.
  std::optional<net::TlsFiles> tls = std::nullopt;  // Likewise.
  std::vector<std::string> health_listen = {};      // Plaintext addresses that answer health checks and nothing else.
  std::vector<std::string> http_listen = {};        // Addresses (net/listen_address.h) of the HTTP listener.
  bool http_is_needed = true;                       // False: where it cannot listen, the server warns and goes on.
  std::vector<std::string> http_hosts = {};         // See http::Guard.
  mode_t socket_mode = 0600;                        // As in GrpcServerOptions.
  int max_calls_per_connection = 1000;              // Likewise.
  int64_t max_memory_bytes = 0;                     // See rpc::FloodGuard.
  std::function<void()> end_process = [] {};        // Likewise.
  bool reflection = true;
  std::string roles_file = {};  // See RolesFile; empty: everybody may do everything.
  api::SessionLimits sessions = {};
  int max_watchers = 1000;                        // Of all jobs together.
  absl::Duration slow_call = {};                  // See api::CallMonitor.
  std::function<absl::Time()> clock = absl::Now;  // The time of day. May step back. Thread-safe.
  // By which things are due (model/moment.h). Empty: the clock of the store.
  std::function<absl::Time()> serving_clock = {};
  Limits limits = {};  // `timeouts.server_start` is set by Start.
  absl::Duration request_id_ttl = absl::Hours(24);
  PolicyKind default_policy = PolicyKind::kCurves;  // See Backend.
  PolicyKind zeus_policy = PolicyKind::kCurves;     // See http::RouterOptions.
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
  std::vector<std::string> health_addresses() const;  // Empty: no address answers health checks alone.
  std::vector<std::string> http_addresses() const;    // Empty: it does not listen for HTTP.

  // Looks at once whether the roles file has changed. Certificates are read again when they change, within a second.
  void ReadFilesAgain();

  // Reports NOT_SERVING, ends all watchers, refuses new calls, and returns when the calls in progress are done,
  // whatever connections are open. Cancels those that are still in progress after `patience`.
  void Drain(absl::Duration patience);

 private:
  // Keeps gRPC and the generated services out of this header: they take seconds to compile.
  class Impl;

  explicit Server(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVER_H_
