// zeus-bso-server: the batch size optimizer server. Exits with 0 after SIGTERM or SIGINT. Exits with 1 if it cannot
// start, and says why. --check exits with 0 if the store is intact and with 1 otherwise. --salvage exits with 0 if it
// has copied all intact jobs.

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
#include "server/rpc/listen_address.h"
#include "server/rpc/server.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/rocksdb/store_check.h"
#include "storage/rocksdb/store_salvage.h"
#include "storage/store.h"

namespace zeus::bso {
namespace {

// The signals that stop the server, blocked in all threads so that WaitForStop gets them.
class StopSignals {
 public:
  // To be made before any thread is.
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  int Wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    return signal;
  }

  // From now on, a signal ends the process at once.
  void Release() const { pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); }

 private:
  sigset_t signals_;
};

// Everything that was answered is on the disk, and a new process may be luckier.
void GiveUp() {
  spdlog::critical("the store could not be opened again for --storage_retry, though its disk works: exiting");
  spdlog::default_logger()->flush();
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
  for (const std::string& address : config.listen) {
    if (!rpc::IsOverTls(address) || !rpc::IsBeyondThisMachine(address)) continue;
    spdlog::warn("whoever reaches {} may do everything: there is neither --roles nor --tls_client_ca", address);
  }
}

absl::Status Serve(const Config& config, const StopSignals& stop_signals) {
  ZB_ASSIGN_OR_RETURN(const std::unique_ptr<storage::Store> store, OpenStore(config));
  ZB_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server,
                      rpc::Server::Start({.listen = config.listen,
                                          .tls = config.tls,
                                          .health_listen = config.health_listen,
                                          .socket_mode = config.socket_mode,
                                          .max_calls_per_connection = config.max_calls_per_connection,
                                          .reflection = config.reflection,
                                          .roles_file = config.roles_file,
                                          .sessions = {config.max_sessions, config.session_timeout},
                                          .max_watchers = config.max_watchers,
                                          .limits = config.limits,
                                          .request_id_ttl = config.request_id_ttl,
                                          .default_policy = config.default_policy},
                                         *store));
  spdlog::info("serving the store in {}", config.data_directory);
  WarnOfStrangers(config);
  for (const std::string& address : server->health_addresses()) spdlog::info("health checks on {}", address);
  for (const std::string& address : server->addresses()) spdlog::info("listening on {}", address);
  const int signal = stop_signals.Wait();
  spdlog::info("got {}, draining for at most {}", signal == SIGTERM ? "SIGTERM" : "SIGINT",
               absl::FormatDuration(config.drain_timeout));
  stop_signals.Release();
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
  const StopSignals stop_signals;
  SetUpLogging(*config);
  if (const absl::Status status = Serve(*config, stop_signals); !status.ok()) {
    spdlog::critical("cannot serve: {}", std::string(status.message()));
    return EXIT_FAILURE;
  }
  spdlog::info("stopped, the store is closed");
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace zeus::bso

int main(int argc, char** argv) { return zeus::bso::Main(argc, argv); }
