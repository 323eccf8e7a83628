#include "server/rpc/server.h"

#include <utility>

#include "absl/time/clock.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/model/status_macros.h"

namespace zeus::bso::rpc {
namespace {

// The limits of a server that starts now.
Limits LimitsFrom(const ServerOptions& options) {
  Limits limits = options.limits;
  limits.timeouts.server_start = options.clock();
  return limits;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, storage::Store& store) {
  std::unique_ptr<RolesFile> roles;
  if (!options.roles_file.empty()) {
    ZB_ASSIGN_OR_RETURN(roles, RolesFile::Open(options.roles_file));
  }
  std::unique_ptr<Server> server(new Server(store, options, std::move(roles)));
  ZB_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

Server::Server(storage::Store& store, const ServerOptions& options, std::unique_ptr<RolesFile> roles)
    : roles_(std::move(roles)),
      backend_{.store = store,
               .clock = options.clock,
               .limits = LimitsFrom(options),
               .request_id_ttl = options.request_id_ttl,
               .roles = roles_.get()},
      hub_(options.max_watchers),
      optimizer_rpc_(backend_, hub_),
      zeus_service_rpc_(backend_, options.sessions),
      sweeper_(store, options.clock, backend_.limits) {
  backend_.store.AddObserver(&hub_);
}

absl::Status Server::Listen(const ServerOptions& options) {
  ZB_ASSIGN_OR_RETURN(main_, StartGrpcServer({.listen = options.listen,
                                              .tls = options.tls,
                                              .socket_mode = options.socket_mode,
                                              .max_calls_per_connection = options.max_calls_per_connection,
                                              .reflection = options.reflection,
                                              .roles = roles_.get()},
                                             {&optimizer_rpc_, &zeus_service_rpc_}));
  if (options.health_listen.empty()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(health_, StartGrpcServer({.listen = options.health_listen,
                                                .socket_mode = options.socket_mode,
                                                .max_calls_per_connection = options.max_calls_per_connection,
                                                .reflection = false},
                                               {}));
  return absl::OkStatus();
}

Server::~Server() {
  if (main_.server != nullptr) Drain(absl::ZeroDuration());
  backend_.store.RemoveObserver(&hub_);
}

void Server::Drain(absl::Duration patience) {
  main_.server->GetHealthCheckService()->SetServingStatus(false);
  if (health_.server != nullptr) health_.server->GetHealthCheckService()->SetServingStatus(false);
  hub_.Drain();
  main_.server->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  main_.server->Wait();
  // Probes are answered as long as there is something to drain.
  if (health_.server == nullptr) return;
  health_.server->Shutdown(absl::ToChronoTime(absl::Now()));
  health_.server->Wait();
}

}  // namespace zeus::bso::rpc
