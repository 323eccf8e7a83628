// What the server is told at its start: flags, each also an environment variable ZEUS_BSO_<FLAG>. A flag wins over its
// variable, a variable over the default.
#ifndef ZEUS_BSO_SERVER_CONFIG_H_
#define ZEUS_BSO_SERVER_CONFIG_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/job.h"
#include "model/limits.h"
#include "server/net/tls_files.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"

namespace zeus::bso {

enum class LogFormat { kText, kJson };

struct Config {
  std::vector<std::string> listen;
  std::optional<net::TlsFiles> tls;  // There when an address is over TLS.
  std::vector<std::string> health_listen;
  std::vector<std::string> http_listen;
  bool http_is_needed = false;  // The server does not start where it cannot listen on an address of `http_listen`.
  std::vector<std::string> http_hosts;
  std::string roles_file;  // Empty: everybody who can connect may do everything.
  mode_t socket_mode = 0;
  int max_calls_per_connection = 0;
  int64_t max_memory_bytes = 0;  // 0: any.
  std::string data_directory;
  storage::Durability durability = storage::Durability::kSync;
  absl::Duration storage_retry;  // See StoreOptions.
  int64_t job_cache_bytes = 0;
  storage::MemoryLimits memory;
  bool reflection = true;
  absl::Duration drain_timeout;
  int max_sessions = 0;
  int max_reservations = 0;
  absl::Duration session_timeout;
  int max_watchers = 0;
  absl::Duration slow_call;
  Limits limits;
  absl::Duration request_id_ttl;
  PolicyKind default_policy = PolicyKind::kCurves;
  PolicyKind zeus_policy = PolicyKind::kCurves;
  LogFormat log_format = LogFormat::kText;
  std::string log_level;  // One that spdlog knows.
  bool print_config = false;
  bool check = false;
  std::string salvage;  // A directory; empty: nothing is salvaged.
};

// Reads flags and variables. INVALID_ARGUMENT says which one is wrong, and why; a variable that cannot be parsed is an
// error also where a flag overrides it. `--help`, unknown flags and flags that cannot be parsed end the process with 1.
absl::StatusOr<Config> ReadConfig(int argc, char** argv);

// What is in force: one "--flag=value" a line.
std::string ConfigInForce();

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_CONFIG_H_
