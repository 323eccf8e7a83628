// zeus-bso-server: the batch size optimizer server. Exits with 0 after SIGTERM or SIGINT. Exits with 1 if it cannot
// start, and says why. --check exits with 0 if the store is intact and with 1 otherwise. --salvage exits with 0 if it
// has copied all intact jobs.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "model/status_macros.h"
#include "server/allocator.h"
#include "server/config.h"
#include "server/logging.h"
#include "server/net/listen_address.h"
#include "server/server.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/rocksdb/store_check.h"
#include "storage/rocksdb/store_salvage.h"
#include "storage/store.h"

namespace zeus::bso {
namespace {

// The signals that stop the server or have it read its files again, blocked in all threads so that Wait gets them.
class Signals {
 public:
  // To be made before any thread is.
  Signals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    // Whoever closes a pipe does not end the server.
    std::signal(SIGPIPE, SIG_IGN);
  }

  int Wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    return signal;
  }

  // From now on, another signal to stop ends the process at once.
  void Release() const {
    sigset_t stops = signals_;
    sigdelset(&stops, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
  }

 private:
  sigset_t signals_;
};

// Everything that was answered is on the disk, and a new process may be luckier.
void GiveUp() {
  spdlog::critical("the store could not be opened again for --storage_retry, though its disk works: exiting");
  EndLogging();
  std::_Exit(EXIT_FAILURE);
}

absl::StatusOr<std::unique_ptr<storage::Store>> OpenStore(const Config& config) {
  ZB_ASSIGN_OR_RETURN(std::unique_ptr<storage::Engine> engine,
                      storage::OpenRocksDb(config.data_directory, config.memory));
  return storage::Store::Open(std::move(engine), {.durability = config.durability,
                                                  .job_cache_bytes = static_cast<size_t>(config.job_cache_bytes),
                                                  .retry = config.storage_retry,
                                                  .give_up = GiveUp});
}

void WarnOfStrangers(const Config& config) {
  if (!config.roles_file.empty() || (config.tls.has_value() && !config.tls->client_ca.empty())) return;
  std::vector<std::string> addresses = config.listen;
  addresses.insert(addresses.end(), config.http_listen.begin(), config.http_listen.end());
  for (const std::string& address : addresses) {
    if (!net::IsOverTls(address) || !net::IsBeyondThisMachine(address)) continue;
    spdlog::warn("whoever reaches {} may do everything: there is neither --roles nor --tls_client_ca", address);
  }
}

absl::Status Serve(const Config& config, const Signals& signals) {
  ZB_ASSIGN_OR_RETURN(const std::unique_ptr<storage::Store> store, OpenStore(config));
  ZB_ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                      Server::Start({.listen = config.listen,
                                     .tls = config.tls,
                                     .health_listen = config.health_listen,
                                     .http_listen = config.http_listen,
                                     .http_is_needed = config.http_is_needed,
                                     .http_hosts = config.http_hosts,
                                     .socket_mode = config.socket_mode,
                                     .max_calls_per_connection = config.max_calls_per_connection,
                                     .max_memory_bytes = config.max_memory_bytes,
                                     .end_process = [] { kill(getpid(), SIGTERM); },
                                     .reflection = config.reflection,
                                     .roles_file = config.roles_file,
                                     .sessions = {config.max_sessions, config.session_timeout, config.max_reservations},
                                     .max_watchers = config.max_watchers,
                                     .slow_call = config.slow_call,
                                     .limits = config.limits,
                                     .request_id_ttl = config.request_id_ttl,
                                     .default_policy = config.default_policy,
                                     .zeus_policy = config.zeus_policy},
                                    *store));
  spdlog::info("serving the store in {}", config.data_directory);
  WarnOfStrangers(config);
  for (const std::string& address : server->health_addresses()) spdlog::info("health checks on {}", address);
  for (const std::string& address : server->http_addresses()) spdlog::info("HTTP on {}", address);
  for (const std::string& address : server->addresses()) spdlog::info("listening on {}", address);
  int signal = signals.Wait();
  for (; signal == SIGHUP; signal = signals.Wait()) {
    server->ReadFilesAgain();
    spdlog::info("got SIGHUP: roles and certificates that have changed are read again");
  }
  spdlog::info("got {}, draining for at most {}", signal == SIGTERM ? "SIGTERM" : "SIGINT",
               absl::FormatDuration(config.drain_timeout));
  signals.Release();
  server->Drain(config.drain_timeout);
  return absl::OkStatus();
}

// --check and --salvage.
int Inspect(const Config& config) {
  SetUpLogging(config);
  const bool salvage = !config.salvage.empty();
  const absl::StatusOr<storage::StoreReport> report = salvage
                                                          ? storage::SalvageStore(config.data_directory, config.salvage)
                                                          : storage::CheckStore(config.data_directory);
  if (!report.ok()) {
    spdlog::critical("cannot {} the store: {}", salvage ? "salvage" : "check", std::string(report.status().message()));
    return EXIT_FAILURE;
  }
  std::cout << storage::ToText(*report);
  return salvage || report->is_intact() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int Main(int argc, char** argv) {
  SetUpAllocator();
  // Debian's Abseil is a debug build, in which every lock of a mutex, ours and gRPC's, is checked against all others.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const absl::StatusOr<Config> config = ReadConfig(argc, argv);
  if (!config.ok()) {
    std::cerr << "zeus-bso-server: " << config.status().message() << "\n";
    return EXIT_FAILURE;
  }
  if (config->print_config) {
    std::cout << ConfigInForce();
    return EXIT_SUCCESS;
  }
  if (config->check || !config->salvage.empty()) return Inspect(*config);
  const Signals signals;
  SetUpLogging(*config);
  if (const absl::Status status = Serve(*config, signals); !status.ok()) {
    spdlog::critical("cannot serve: {}", std::string(status.message()));
    EndLogging();
    return EXIT_FAILURE;
  }
  spdlog::info("stopped, the store is closed");
  EndLogging();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace zeus::bso

int main(int argc, char** argv) { return zeus::bso::Main(argc, argv); }
