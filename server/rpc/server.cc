#include "server/rpc/server.h"

#include <utility>

#include "absl/time/clock.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/model/status_macros.h"
#include "server/rpc/grpc_server.h"

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
  std::unique_ptr<Server> server(new Server(store, options));
  ZB_ASSIGN_OR_RETURN(GrpcServer started,
                      StartGrpcServer({.listen = options.listen, .tls = options.tls, .reflection = options.reflection},
                                      {&server->optimizer_rpc_, &server->zeus_service_rpc_}));
  server->server_ = std::move(started.server);
  server->addresses_ = std::move(started.addresses);
  return server;
}

Server::Server(storage::Store& store, const ServerOptions& options)
    : backend_{.store = store,
               .clock = options.clock,
               .limits = LimitsFrom(options),
               .request_id_ttl = options.request_id_ttl},
      hub_(options.max_watchers),
      optimizer_rpc_(backend_, hub_),
      zeus_service_rpc_(backend_, options.sessions),
      sweeper_(store, options.clock, backend_.limits) {
  backend_.store.AddObserver(&hub_);
}

Server::~Server() {
  if (server_ != nullptr) Drain(absl::ZeroDuration());
  backend_.store.RemoveObserver(&hub_);
}

void Server::Drain(absl::Duration patience) {
  server_->GetHealthCheckService()->SetServingStatus(false);
  hub_.Drain();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  server_->Wait();
}

}  // namespace zeus::bso::rpc
