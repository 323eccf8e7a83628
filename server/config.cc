#include "server/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "model/status_macros.h"
#include "server/http/guard.h"
#include "server/net/listen_address.h"
#include "spdlog/spdlog.h"

constexpr char kDefaultListen[] = "127.0.0.1:50051";

ABSL_FLAG(std::vector<std::string>, listen, {kDefaultListen},
          "Where to listen, separated by commas: host:port (port 0: any free one), tls:host:port, or unix:/path");
ABSL_FLAG(
    std::string, tls_cert, "",
    "For addresses with tls: a PEM file with the server's certificate and those that lead to its root; read again "
    "when it changes, as the next two are");
ABSL_FLAG(std::string, tls_key, "", "A PEM file with the key of that certificate");
ABSL_FLAG(std::string, tls_client_ca, "",
          "A PEM file with the roots of the certificates that clients must show; empty: they need none");
ABSL_FLAG(bool, insecure_listen, false,
          "Listen in plaintext also where other machines can connect, who can then read and change what is sent");
ABSL_FLAG(std::vector<std::string>, health_listen, {},
          "More addresses, in plaintext and of any interface, that answer health checks (grpc.health.v1, /healthz and "
          "/readyz) and nothing else");
ABSL_FLAG(
    std::vector<std::string>, http_listen, {"auto"},
    "Where to listen for HTTP (Connect, Zeus' protocol, probes): as --listen; empty: nowhere. auto: 127.0.0.1:8080 if "
    "--listen is at its default and the port is free, else nowhere");
ABSL_FLAG(std::vector<std::string>, http_hosts, {},
          "Names, with a port or without, that HTTP clients know this server by, besides its addresses");
ABSL_FLAG(std::string, roles, "",
          "A file that says who may do what, by token or certificate; read again when it changes. Empty: everybody who "
          "can connect may do everything");
ABSL_FLAG(std::string, socket_mode, "0600", "The mode of unix sockets, in octal");
ABSL_FLAG(int32_t, max_calls_per_connection, 1000, "How many calls may be in progress on one connection");
ABSL_FLAG(
    int32_t, max_memory_mib, 0,
    "Beyond so much memory in all, in MiB, the connections of those who send most are closed, and, if that does not "
    "help, the server ends as after SIGTERM; 0: no bound");
ABSL_FLAG(std::string, storage, "rocksdb:./zeus-bso-data",
          "Where to keep everything: rocksdb:DIR, a directory that is made when it is missing");
ABSL_FLAG(
    std::string, durability, "sync",
    "sync: a change is answered when it is on the disk; async: earlier, so that a crash of the machine (not of the "
    "server) may lose the last seconds");
ABSL_FLAG(
    absl::Duration, storage_retry, absl::Minutes(5),
    "How long the server tries to open its store again after an error of the disk, once the disk works again; then "
    "it exits. 0: for ever");
ABSL_FLAG(int32_t, row_cache_mib, 64,
          "Memory for jobs that are not in use at the moment, in MiB; 0: none. About 500 bytes per running trial");
ABSL_FLAG(int32_t, block_cache_mib, 32, "Memory for blocks of files that were read, in MiB");
ABSL_FLAG(int32_t, write_buffers_mib, 64, "Memory for what was committed and is in no table file yet, in MiB");
ABSL_FLAG(bool, reflection, true, "Offer gRPC server reflection, by which grpcurl and its like learn the API");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(10),
          "How long calls in progress may take at SIGTERM before they are cancelled");
ABSL_FLAG(int32_t, max_sessions, 1000, "How many sessions (ZeusService.Session, ExportJob) may be open at a time");
ABSL_FLAG(int32_t, max_reservations, 100, "How many sessions may have reserved jobs, or wait to, at a time");
ABSL_FLAG(absl::Duration, session_timeout, absl::Minutes(1), "How long a session may be open");
ABSL_FLAG(int32_t, max_watchers, 1000, "How many callers may watch jobs (WatchJob) at a time");
ABSL_FLAG(absl::Duration, default_trial_timeout, absl::Hours(24),
          "After how long a silence a running trial fails, in jobs that state no trial_timeout; 0: never");
ABSL_FLAG(
    absl::Duration, restart_grace, absl::Hours(1),
    "How long after its start a server waits for silent trials that could not reach it before, once for each silence, "
    "and at most as long as the trial may be silent");
ABSL_FLAG(absl::Duration, request_id_ttl, absl::Hours(24),
          "How long a request with a request_id can be repeated and gets the same answer");
ABSL_FLAG(int64_t, max_jobs, 10'000'000, "How many jobs may be registered; 0: any number");
ABSL_FLAG(int64_t, max_running_trials, 10'000, "How many trials of a job may be running at a time; 0: any number");
ABSL_FLAG(
    int64_t, max_trials_per_job, 0,
    "How many trials of a job to keep; beyond that, the oldest are deleted in the background, and what they taught "
    "is kept. 0: all");
ABSL_FLAG(
    std::string, default_policy, "curves",
    "curves or zeus: how jobs that are registered without a policy choose batch sizes. zeus decides as Zeus does");
ABSL_FLAG(std::string, zeus_policy, "",
          "curves or zeus: the policy of jobs that are registered over Zeus' HTTP protocol; empty: --default_policy");
ABSL_FLAG(absl::Duration, slow_call, absl::ZeroDuration(),
          "Log unary calls that take longer than this, with where the time went; 0: none");
ABSL_FLAG(std::string, log_format, "text", "text or json, one event a line on standard error");
ABSL_FLAG(std::string, log_level, "info", "trace, debug, info, warning, error or off");
ABSL_FLAG(bool, check, false,
          "Read the whole store, change nothing, print which jobs are damaged, and exit, with 0 if none is");
ABSL_FLAG(
    std::string, salvage, "",
    "Copy the intact jobs of the store into a new store in this directory, print which jobs are damaged, and exit");
ABSL_FLAG(bool, print_config, false, "Print what is in force, as flags, and exit");

namespace zeus::bso {
namespace {

constexpr std::array<absl::string_view, 35> kSettings = {"listen",
                                                         "tls_cert",
                                                         "tls_key",
                                                         "tls_client_ca",
                                                         "insecure_listen",
                                                         "health_listen",
                                                         "http_listen",
                                                         "http_hosts",
                                                         "roles",
                                                         "socket_mode",
                                                         "max_calls_per_connection",
                                                         "max_memory_mib",
                                                         "storage",
                                                         "durability",
                                                         "storage_retry",
                                                         "row_cache_mib",
                                                         "block_cache_mib",
                                                         "write_buffers_mib",
                                                         "reflection",
                                                         "drain_timeout",
                                                         "max_sessions",
                                                         "max_reservations",
                                                         "session_timeout",
                                                         "max_watchers",
                                                         "default_trial_timeout",
                                                         "restart_grace",
                                                         "request_id_ttl",
                                                         "max_jobs",
                                                         "max_running_trials",
                                                         "max_trials_per_job",
                                                         "default_policy",
                                                         "zeus_policy",
                                                         "slow_call",
                                                         "log_format",
                                                         "log_level"};

// Shows the flags of this file at --help; Abseil would show those of main.cc, which has none.
void SetUpHelp() {
  absl::SetProgramUsageMessage(
      "The batch size optimizer server. Every flag is also an environment variable ZEUS_BSO_<FLAG>.");
  absl::FlagsUsageConfig usage;
  usage.contains_help_flags = [](absl::string_view file) { return absl::EndsWith(file, "server/config.cc"); };
  usage.normalize_filename = [](absl::string_view file) {
    const size_t start = file.rfind("server/");
    return std::string(start == absl::string_view::npos ? file : file.substr(start));
  };
  absl::SetFlagsUsageConfig(usage);
}

absl::Status Invalid(absl::string_view flag, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, " (ZEUS_BSO_", absl::AsciiStrToUpper(flag), ") ", why));
}

absl::Status ReadVariable(absl::string_view name) {
  const char* const value = std::getenv(absl::StrCat("ZEUS_BSO_", absl::AsciiStrToUpper(name)).c_str());
  std::string error;
  if (value != nullptr && !absl::FindCommandLineFlag(name)->ParseFrom(value, &error)) return Invalid(name, error);
  return absl::OkStatus();
}

absl::Status ReadEnvironment() {
  for (const absl::string_view name : kSettings) ZB_RETURN_IF_ERROR(ReadVariable(name));
  ZB_RETURN_IF_ERROR(ReadVariable("check"));
  ZB_RETURN_IF_ERROR(ReadVariable("salvage"));
  return ReadVariable("print_config");
}

absl::StatusOr<std::optional<net::TlsFiles>> ReadTlsFiles(const std::vector<std::string>& listen) {
  net::TlsFiles files{.certificate_chain = absl::GetFlag(FLAGS_tls_cert),
                      .private_key = absl::GetFlag(FLAGS_tls_key),
                      .client_ca = absl::GetFlag(FLAGS_tls_client_ca)};
  const bool is_needed = std::any_of(listen.begin(), listen.end(), net::IsOverTls);
  const auto check = [&](absl::string_view flag, const std::string& file, bool is_optional) -> absl::Status {
    if (is_needed && !is_optional && file.empty()) return Invalid(flag, "is needed to listen on an address over TLS");
    if (!is_needed && !file.empty()) {
      return Invalid(flag, "is of no use: no address of --listen or --http_listen begins with tls:");
    }
    return absl::OkStatus();
  };
  ZB_RETURN_IF_ERROR(check("tls_cert", files.certificate_chain, false));
  ZB_RETURN_IF_ERROR(check("tls_key", files.private_key, false));
  ZB_RETURN_IF_ERROR(check("tls_client_ca", files.client_ca, true));
  if (!is_needed) return std::nullopt;
  return files;
}

absl::Status CheckPorts(absl::string_view flag, const std::vector<std::string>& listen) {
  for (const std::string& address : listen) {
    if (!net::HasPossiblePort(address)) {
      return Invalid(flag, absl::StrCat("names ", address, ", and a port is a number from 0 to 65535"));
    }
  }
  return absl::OkStatus();
}

// That nobody else can listen to what is sent.
absl::Status CheckPlaintext(absl::string_view flag, const std::vector<std::string>& listen) {
  for (const std::string& address : listen) {
    if (!net::IsOverTls(address) && net::IsBeyondThisMachine(address) && !absl::GetFlag(FLAGS_insecure_listen)) {
      return Invalid(flag, absl::StrCat("would let others than this machine connect to ", address,
                                        " in plaintext: write tls:", address,
                                        " and give --tls_cert and --tls_key, or, where nobody else can reach it, "
                                        "add --insecure_listen"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadListen() {
  std::vector<std::string> listen = absl::GetFlag(FLAGS_listen);
  if (listen.empty()) return Invalid("listen", "must name an address");
  ZB_RETURN_IF_ERROR(CheckPorts("listen", listen));
  ZB_RETURN_IF_ERROR(CheckPlaintext("listen", listen));
  return listen;
}

absl::Status ReadHttp(Config& config) {
  config.http_listen = absl::GetFlag(FLAGS_http_listen);
  config.http_is_needed = config.http_listen != std::vector<std::string>{"auto"};
  if (!config.http_is_needed) {
    config.http_listen.clear();
    if (config.listen == std::vector<std::string>{kDefaultListen}) config.http_listen = {"127.0.0.1:8080"};
  }
  ZB_RETURN_IF_ERROR(CheckPorts("http_listen", config.http_listen));
  ZB_RETURN_IF_ERROR(CheckPlaintext("http_listen", config.http_listen));
  config.http_hosts = absl::GetFlag(FLAGS_http_hosts);
  for (const std::string& host : config.http_hosts) {
    if (!http::Guard::IsHost(host)) {
      return Invalid("http_hosts", absl::StrCat("has '", host, "', which is no name or name:port"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadHealthListen() {
  std::vector<std::string> listen = absl::GetFlag(FLAGS_health_listen);
  ZB_RETURN_IF_ERROR(CheckPorts("health_listen", listen));
  if (std::any_of(listen.begin(), listen.end(), net::IsOverTls)) {
    return Invalid("health_listen", "takes plaintext addresses only: health checks are answered to everybody");
  }
  return listen;
}

// Its owner can always connect: it is the server's own.
absl::StatusOr<mode_t> ReadSocketMode() {
  const std::string text = absl::GetFlag(FLAGS_socket_mode);
  constexpr unsigned kOwner = 0600;
  constexpr unsigned kMost = 0777;
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > kMost || (mode & kOwner) != kOwner) {
    return Invalid("socket_mode", "must be octal, from 0600 to 0777, and let the owner read and write");
  }
  return static_cast<mode_t>(mode);
}

absl::StatusOr<std::string> DataDirectory() {
  const std::string storage = absl::GetFlag(FLAGS_storage);
  absl::string_view directory = storage;
  if (!absl::ConsumePrefix(&directory, "rocksdb:") || directory.empty()) {
    return Invalid("storage", "must be rocksdb:DIR");
  }
  return std::string(directory);
}

absl::StatusOr<storage::Durability> ReadDurability() {
  const std::string durability = absl::GetFlag(FLAGS_durability);
  if (durability == "sync") return storage::Durability::kSync;
  if (durability == "async") return storage::Durability::kAsync;
  return Invalid("durability", "must be sync or async");
}

// The value of a flag in MiB, in bytes.
absl::StatusOr<int64_t> ReadMebibytes(const absl::Flag<int32_t>& flag, absl::string_view name, int32_t least) {
  constexpr int32_t kMost = 1 << 20;
  const int32_t mebibytes = absl::GetFlag(flag);
  if (mebibytes < least || mebibytes > kMost) {
    return Invalid(name, absl::StrCat("must be from ", least, " to ", kMost));
  }
  return int64_t{mebibytes} << 20;
}

absl::StatusOr<storage::MemoryLimits> ReadMemoryLimits() {
  storage::MemoryLimits memory;
  ZB_ASSIGN_OR_RETURN(memory.block_cache_bytes, ReadMebibytes(FLAGS_block_cache_mib, "block_cache_mib", 1));
  ZB_ASSIGN_OR_RETURN(memory.write_buffer_bytes, ReadMebibytes(FLAGS_write_buffers_mib, "write_buffers_mib", 4));
  return memory;
}

// The value of a flag that must not be negative.
template <typename Value>
absl::StatusOr<Value> ReadNotNegative(const absl::Flag<Value>& flag, absl::string_view name) {
  const Value value = absl::GetFlag(flag);
  if (value < Value()) return Invalid(name, "must not be negative");
  return value;
}

absl::StatusOr<Limits> ReadLimits() {
  Limits limits;
  ZB_ASSIGN_OR_RETURN(limits.timeouts.default_timeout,
                      ReadNotNegative(FLAGS_default_trial_timeout, "default_trial_timeout"));
  ZB_ASSIGN_OR_RETURN(limits.timeouts.grace, ReadNotNegative(FLAGS_restart_grace, "restart_grace"));
  ZB_ASSIGN_OR_RETURN(limits.max_jobs, ReadNotNegative(FLAGS_max_jobs, "max_jobs"));
  ZB_ASSIGN_OR_RETURN(limits.max_running_trials, ReadNotNegative(FLAGS_max_running_trials, "max_running_trials"));
  ZB_ASSIGN_OR_RETURN(limits.max_trials_per_job, ReadNotNegative(FLAGS_max_trials_per_job, "max_trials_per_job"));
  return limits;
}

absl::StatusOr<PolicyKind> ReadPolicy(const absl::Flag<std::string>& flag, absl::string_view name) {
  const std::string policy = absl::GetFlag(flag);
  if (policy == "curves") return PolicyKind::kCurves;
  if (policy == "zeus") return PolicyKind::kZeus;
  return Invalid(name, "must be curves or zeus");
}

absl::StatusOr<LogFormat> ReadLogFormat() {
  const std::string format = absl::GetFlag(FLAGS_log_format);
  if (format == "text") return LogFormat::kText;
  if (format == "json") return LogFormat::kJson;
  return Invalid("log_format", "must be text or json");
}

absl::StatusOr<std::string> ReadLogLevel() {
  const std::string level = absl::AsciiStrToLower(absl::GetFlag(FLAGS_log_level));
  // spdlog takes every name that it does not know for "off".
  if (level == "off" || spdlog::level::from_str(level) != spdlog::level::off) return level;
  return Invalid("log_level", "must be trace, debug, info, warning, error or off");
}

}  // namespace

absl::StatusOr<Config> ReadConfig(int argc, char** argv) {
  SetUpHelp();
  ZB_RETURN_IF_ERROR(ReadEnvironment());
  if (const std::vector<char*> rest = absl::ParseCommandLine(argc, argv); rest.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("unexpected argument '", rest[1], "'"));
  }
  Config config;
  ZB_ASSIGN_OR_RETURN(config.listen, ReadListen());
  ZB_RETURN_IF_ERROR(ReadHttp(config));
  std::vector<std::string> addresses = config.listen;
  addresses.insert(addresses.end(), config.http_listen.begin(), config.http_listen.end());
  ZB_ASSIGN_OR_RETURN(config.tls, ReadTlsFiles(addresses));
  ZB_ASSIGN_OR_RETURN(config.health_listen, ReadHealthListen());
  config.roles_file = absl::GetFlag(FLAGS_roles);
  ZB_ASSIGN_OR_RETURN(config.socket_mode, ReadSocketMode());
  config.max_calls_per_connection = absl::GetFlag(FLAGS_max_calls_per_connection);
  if (config.max_calls_per_connection < 1) return Invalid("max_calls_per_connection", "must be at least 1");
  ZB_ASSIGN_OR_RETURN(config.max_memory_bytes, ReadMebibytes(FLAGS_max_memory_mib, "max_memory_mib", 0));
  ZB_ASSIGN_OR_RETURN(config.data_directory, DataDirectory());
  ZB_ASSIGN_OR_RETURN(config.durability, ReadDurability());
  ZB_ASSIGN_OR_RETURN(config.storage_retry, ReadNotNegative(FLAGS_storage_retry, "storage_retry"));
  ZB_ASSIGN_OR_RETURN(config.job_cache_bytes, ReadMebibytes(FLAGS_row_cache_mib, "row_cache_mib", 0));
  ZB_ASSIGN_OR_RETURN(config.memory, ReadMemoryLimits());
  config.reflection = absl::GetFlag(FLAGS_reflection);
  ZB_ASSIGN_OR_RETURN(config.drain_timeout, ReadNotNegative(FLAGS_drain_timeout, "drain_timeout"));
  ZB_ASSIGN_OR_RETURN(config.max_sessions, ReadNotNegative(FLAGS_max_sessions, "max_sessions"));
  ZB_ASSIGN_OR_RETURN(config.max_reservations, ReadNotNegative(FLAGS_max_reservations, "max_reservations"));
  config.session_timeout = absl::GetFlag(FLAGS_session_timeout);
  if (config.session_timeout <= absl::ZeroDuration()) return Invalid("session_timeout", "must be greater than 0");
  ZB_ASSIGN_OR_RETURN(config.max_watchers, ReadNotNegative(FLAGS_max_watchers, "max_watchers"));
  ZB_ASSIGN_OR_RETURN(config.limits, ReadLimits());
  ZB_ASSIGN_OR_RETURN(config.request_id_ttl, ReadNotNegative(FLAGS_request_id_ttl, "request_id_ttl"));
  ZB_ASSIGN_OR_RETURN(config.default_policy, ReadPolicy(FLAGS_default_policy, "default_policy"));
  config.zeus_policy = config.default_policy;
  if (!absl::GetFlag(FLAGS_zeus_policy).empty()) {
    ZB_ASSIGN_OR_RETURN(config.zeus_policy, ReadPolicy(FLAGS_zeus_policy, "zeus_policy"));
  }
  ZB_ASSIGN_OR_RETURN(config.slow_call, ReadNotNegative(FLAGS_slow_call, "slow_call"));
  ZB_ASSIGN_OR_RETURN(config.log_format, ReadLogFormat());
  ZB_ASSIGN_OR_RETURN(config.log_level, ReadLogLevel());
  config.print_config = absl::GetFlag(FLAGS_print_config);
  config.check = absl::GetFlag(FLAGS_check);
  config.salvage = absl::GetFlag(FLAGS_salvage);
  return config;
}

std::string ConfigInForce() {
  std::string lines;
  for (const absl::string_view name : kSettings) {
    absl::StrAppend(&lines, "--", name, "=", absl::FindCommandLineFlag(name)->CurrentValue(), "\n");
  }
  return lines;
}

}  // namespace zeus::bso
