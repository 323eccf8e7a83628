#include "server/server.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "model/status_macros.h"
#include "server/api/access/roles_file.h"
#include "server/api/backend.h"
#include "server/api/streams/job_watch_hub.h"
#include "server/api/streams/open_sessions.h"
#include "server/grpc/batch_size_optimizer_rpc.h"
#include "server/grpc/listener/flood_guard.h"
#include "server/grpc/listener/grpc_server.h"
#include "server/grpc/listener/health_watch.h"
#include "server/grpc/zeus_service_rpc.h"
#include "server/http/health/health_listener.h"
#include "server/http/listener/http_server.h"
#include "server/http/router.h"
#include "server/metrics/page/metrics_page.h"
#include "server/service/relearner.h"
#include "server/service/summarizer.h"
#include "server/service/sweeper.h"
#include "server/service/trial_collector.h"
#include "server/service/trial_totals.h"
#include "server/service/warning_log.h"
#include "spdlog/spdlog.h"
#include "storage/store.h"

namespace zeus::bso {
namespace {

std::function<Moment()> ClockFrom(const ServerOptions& options, const storage::Store& store) {
  if (options.serving_clock) {
    return [wall = options.clock, serving = options.serving_clock] { return Moment(wall(), serving()); };
  }
  return [wall = options.clock, &serving = store.clock()] { return Moment(wall(), serving.Now()); };
}

// The limits of a server that starts now.
Limits LimitsFrom(const ServerOptions& options, const Moment& now) {
  Limits limits = options.limits;
  limits.timeouts.server_start = now.serving;
  return limits;
}

// The last answers leave within this time.
constexpr absl::Duration kLastBytes = absl::Milliseconds(200);

}  // namespace

class Server::Impl {
 public:
  Impl(storage::Store& store, const ServerOptions& options, std::unique_ptr<api::RolesFile> roles);
  ~Impl();

  absl::Status Listen(const ServerOptions& options);
  absl::Status ListenForHttp(const ServerOptions& options);
  void ReadFilesAgain() {
    if (roles_ != nullptr) roles_->LookNow();
  }
  void Drain(absl::Duration patience);
  void ShowHealth(bool is_serving);

  const std::vector<std::string>& addresses() const { return main_.addresses; }
  std::vector<std::string> health_addresses() const {
    return health_ != nullptr ? health_->addresses() : std::vector<std::string>();
  }
  std::vector<std::string> http_addresses() const {
    return http_ != nullptr ? http_->addresses() : std::vector<std::string>();
  }

 private:
  std::string MetricsPage() const {
    return metrics::MakePage({.store = backend_.store,
                              .watchers = hub_,
                              .sessions = open_sessions_,
                              .calls = monitor_,
                              .http = router_.counts(),
                              .trials = trial_totals_});
  }
  void OnSummary(const Summarizer::Entry& entry) {
    trial_totals_.OnDefaultCost(entry.uid, entry.default_cost);
    hub_.OnSummary(entry.job_id, entry.uid, entry.summary);
  }

  const std::unique_ptr<api::RolesFile> roles_;  // Null: there are no roles.
  const std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  api::JobWatchHub hub_;
  api::CallsInProgress calls_;
  api::CallMonitor monitor_;
  const api::Backend backend_;
  api::OpenSessions open_sessions_;
  rpc::BatchSizeOptimizerRpc optimizer_rpc_;
  rpc::ZeusServiceRpc zeus_service_rpc_;
  http::Router router_;
  Relearner relearner_;
  Sweeper sweeper_;
  WarningLog warning_log_;
  TrialTotals trial_totals_;
  Summarizer summarizer_;
  std::optional<TrialCollector> trial_collector_;  // Absent: all trials are kept.
  rpc::FloodGuard flood_guard_;
  rpc::GrpcServer main_;
  std::unique_ptr<http::HttpServer> http_;                // Null: nobody listens for HTTP.
  std::unique_ptr<http::health::HealthListener> health_;  // Null: there are no addresses for health checks alone.
  std::optional<rpc::HealthWatch> health_watch_;
};

Server::Impl::Impl(storage::Store& store, const ServerOptions& options, std::unique_ptr<api::RolesFile> roles)
    : roles_(std::move(roles)),
      hub_(options.max_watchers),
      monitor_(options.slow_call),
      backend_{.store = store,
               .clock = ClockFrom(options, store),
               .limits = LimitsFrom(options, ClockFrom(options, store)()),
               .memory = *memory_,
               .watchers = hub_,
               .calls = calls_,
               .monitor = monitor_,
               .default_policy = options.default_policy,
               .request_id_ttl = options.request_id_ttl,
               .roles = roles_.get()},
      open_sessions_(options.sessions, calls_),
      optimizer_rpc_(backend_),
      zeus_service_rpc_(backend_, open_sessions_),
      router_(backend_, open_sessions_,
              {.hosts = options.http_hosts,
               .zeus_policy = options.zeus_policy,
               .metrics_page = [this] { return MetricsPage(); }}),
      relearner_(store, backend_.clock, backend_.limits),
      sweeper_(store, backend_.clock, backend_.limits, memory_,
               [this](const std::string& job_id) { relearner_.Add(job_id); }),
      summarizer_(store, backend_.clock, [this](const Summarizer::Entry& entry) { OnSummary(entry); }),
      flood_guard_(options.max_memory_bytes, options.end_process) {
  backend_.store.AddObserver(&hub_);
  backend_.store.AddObserver(&warning_log_);
  backend_.store.AddObserver(&trial_totals_);
  if (backend_.limits.max_trials_per_job > 0) trial_collector_.emplace(store, backend_.clock, backend_.limits);
}

absl::Status Server::Impl::Listen(const ServerOptions& options) {
  ZB_ASSIGN_OR_RETURN(main_, rpc::StartGrpcServer({.listen = options.listen,
                                                   .tls = options.tls,
                                                   .socket_mode = options.socket_mode,
                                                   .max_calls_per_connection = options.max_calls_per_connection,
                                                   .reflection = options.reflection,
                                                   .roles = roles_.get()},
                                                  {&optimizer_rpc_, &zeus_service_rpc_}));
  if (!options.health_listen.empty()) {
    ZB_ASSIGN_OR_RETURN(health_, http::health::HealthListener::Start(
                                     {.listen = options.health_listen, .socket_mode = options.socket_mode}));
  }
  if (!options.http_listen.empty()) ZB_RETURN_IF_ERROR(ListenForHttp(options));
  ShowHealth(true);
  health_watch_.emplace(backend_.store, [this](bool is_serving) { ShowHealth(is_serving); });
  return absl::OkStatus();
}

absl::Status Server::Impl::ListenForHttp(const ServerOptions& options) {
  absl::StatusOr<std::unique_ptr<http::HttpServer>> started = http::HttpServer::Start(
      {.listen = options.http_listen, .tls = options.tls, .socket_mode = options.socket_mode}, router_);
  if (started.ok()) {
    http_ = *std::move(started);
  } else if (options.http_is_needed || !absl::IsUnavailable(started.status())) {
    return started.status();
  } else {
    spdlog::warn("{}; going on without HTTP (--http_listen)", std::string(started.status().message()));
  }
  return absl::OkStatus();
}

Server::Impl::~Impl() {
  if (main_.is_running()) Drain(absl::ZeroDuration());
  backend_.store.RemoveObserver(&trial_totals_);
  backend_.store.RemoveObserver(&warning_log_);
  backend_.store.RemoveObserver(&hub_);
}

void Server::Impl::ShowHealth(bool is_serving) {
  main_.ShowHealth(is_serving);
  if (health_ != nullptr) health_->ShowReady(is_serving);
  router_.ShowReady(is_serving);
}

void Server::Impl::Drain(absl::Duration patience) {
  if (health_watch_.has_value()) health_watch_->Stop();
  ShowHealth(false);
  hub_.Drain();
  // gRPC would wait for idle connections, too, until their clients have closed them.
  calls_.Drain(patience);
  if (http_ != nullptr) http_->Shutdown(std::min(patience, kLastBytes));
  main_.Shutdown(std::min(patience, kLastBytes));
  // Who has answered the last calls is not at work on `calls_` any more.
  calls_.Drain(absl::InfiniteDuration());
  router_.Stop();
  // Answer probes for as long as there is something to drain.
  if (health_ != nullptr) health_->Shutdown();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, storage::Store& store) {
  std::unique_ptr<api::RolesFile> roles;
  if (!options.roles_file.empty()) {
    ZB_ASSIGN_OR_RETURN(roles, api::RolesFile::Open(options.roles_file));
  }
  auto impl = std::make_unique<Impl>(store, options, std::move(roles));
  ZB_RETURN_IF_ERROR(impl->Listen(options));
  return absl::WrapUnique(new Server(std::move(impl)));
}

const std::vector<std::string>& Server::addresses() const { return impl_->addresses(); }

std::vector<std::string> Server::health_addresses() const { return impl_->health_addresses(); }

std::vector<std::string> Server::http_addresses() const { return impl_->http_addresses(); }

void Server::ReadFilesAgain() { impl_->ReadFilesAgain(); }

void Server::Drain(absl::Duration patience) { impl_->Drain(patience); }

}  // namespace zeus::bso
