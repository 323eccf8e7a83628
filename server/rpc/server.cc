#include "server/rpc/server.h"

#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "grpcpp/health_check_service_interface.h"
#include "model/status_macros.h"
#include "server/rpc/backend.h"
#include "server/rpc/batch_size_optimizer_rpc.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/health_watch.h"
#include "server/rpc/job_watch_hub.h"
#include "server/rpc/roles_file.h"
#include "server/rpc/zeus_service_rpc.h"
#include "server/service/summarizer.h"
#include "server/service/sweeper.h"
#include "server/service/warning_log.h"
#include "storage/store.h"

namespace zeus::bso::rpc {
namespace {

// The limits of a server that starts now.
Limits LimitsFrom(const ServerOptions& options) {
  Limits limits = options.limits;
  limits.timeouts.server_start = options.clock();
  return limits;
}

}  // namespace

class Server::Impl {
 public:
  Impl(storage::Store& store, const ServerOptions& options, std::unique_ptr<RolesFile> roles);
  ~Impl();

  absl::Status Listen(const ServerOptions& options);
  absl::Status ListenForHealthChecks(const ServerOptions& options);
  void Drain(absl::Duration patience);
  void ShowHealth(bool is_serving);

  const std::vector<std::string>& addresses() const { return main_.addresses; }
  const std::vector<std::string>& health_addresses() const { return health_.addresses; }

 private:
  const std::unique_ptr<RolesFile> roles_;  // Null: there are no roles.
  const std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  const Backend backend_;
  JobWatchHub hub_;
  BatchSizeOptimizerRpc optimizer_rpc_;
  ZeusServiceRpc zeus_service_rpc_;
  Sweeper sweeper_;
  WarningLog warning_log_;
  Summarizer summarizer_;
  GrpcServer main_;
  GrpcServer health_;  // Null if there are no addresses for health checks alone.
  std::optional<HealthWatch> health_watch_;
};

Server::Impl::Impl(storage::Store& store, const ServerOptions& options, std::unique_ptr<RolesFile> roles)
    : roles_(std::move(roles)),
      backend_{.store = store,
               .clock = options.clock,
               .limits = LimitsFrom(options),
               .memory = *memory_,
               .default_policy = options.default_policy,
               .request_id_ttl = options.request_id_ttl,
               .roles = roles_.get()},
      hub_(options.max_watchers),
      optimizer_rpc_(backend_, hub_),
      zeus_service_rpc_(backend_, options.sessions),
      sweeper_(store, options.clock, backend_.limits, memory_),
      summarizer_(store, options.clock,
                  [this](const Summarizer::Entry& entry) { hub_.OnSummary(entry.job_id, entry.uid, entry.summary); }) {
  backend_.store.AddObserver(&hub_);
  backend_.store.AddObserver(&warning_log_);
}

absl::Status Server::Impl::Listen(const ServerOptions& options) {
  ZB_ASSIGN_OR_RETURN(main_, StartGrpcServer({.listen = options.listen,
                                              .tls = options.tls,
                                              .socket_mode = options.socket_mode,
                                              .max_calls_per_connection = options.max_calls_per_connection,
                                              .reflection = options.reflection,
                                              .roles = roles_.get()},
                                             {&optimizer_rpc_, &zeus_service_rpc_}));
  if (!options.health_listen.empty()) ZB_RETURN_IF_ERROR(ListenForHealthChecks(options));
  health_watch_.emplace(backend_.store, [this](bool is_serving) { ShowHealth(is_serving); });
  return absl::OkStatus();
}

absl::Status Server::Impl::ListenForHealthChecks(const ServerOptions& options) {
  ZB_ASSIGN_OR_RETURN(health_, StartGrpcServer({.listen = options.health_listen,
                                                .socket_mode = options.socket_mode,
                                                .max_calls_per_connection = options.max_calls_per_connection,
                                                .reflection = false},
                                               {}));
  return absl::OkStatus();
}

Server::Impl::~Impl() {
  if (main_.server != nullptr) Drain(absl::ZeroDuration());
  backend_.store.RemoveObserver(&warning_log_);
  backend_.store.RemoveObserver(&hub_);
}

void Server::Impl::ShowHealth(bool is_serving) {
  main_.server->GetHealthCheckService()->SetServingStatus(is_serving);
  if (health_.server != nullptr) health_.server->GetHealthCheckService()->SetServingStatus(is_serving);
}

void Server::Impl::Drain(absl::Duration patience) {
  if (health_watch_.has_value()) health_watch_->Stop();
  ShowHealth(false);
  hub_.Drain();
  main_.server->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  main_.server->Wait();
  // Answer probes for as long as there is something to drain.
  if (health_.server == nullptr) return;
  health_.server->Shutdown(absl::ToChronoTime(absl::Now()));
  health_.server->Wait();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, storage::Store& store) {
  std::unique_ptr<RolesFile> roles;
  if (!options.roles_file.empty()) {
    ZB_ASSIGN_OR_RETURN(roles, RolesFile::Open(options.roles_file));
  }
  auto impl = std::make_unique<Impl>(store, options, std::move(roles));
  ZB_RETURN_IF_ERROR(impl->Listen(options));
  return absl::WrapUnique(new Server(std::move(impl)));
}

const std::vector<std::string>& Server::addresses() const { return impl_->addresses(); }

const std::vector<std::string>& Server::health_addresses() const { return impl_->health_addresses(); }

void Server::Drain(absl::Duration patience) { impl_->Drain(patience); }

}  // namespace zeus::bso::rpc
