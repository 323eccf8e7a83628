// Flags and environment variables of the server.
#include <cctype>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/server/process_fixture.h"

namespace zeus::bso {
namespace {

using testing::CheckContains;
using testing::ServerProcess;

struct Outcome {
  int exit_code;
  std::string output;
};

// Runs the server to its end.
Outcome Run(const std::vector<std::string>& flags, const std::vector<std::string>& environment = {}) {
  ServerProcess server(flags, environment);
  const int exit_code = server.Wait();
  return {exit_code, server.output()};
}

// What --print_config says, flag by flag.
std::map<std::string, std::string> PrintConfig(std::vector<std::string> flags,
                                               const std::vector<std::string>& environment = {}) {
  flags.push_back("--print_config");
  const Outcome outcome = Run(flags, environment);
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  std::map<std::string, std::string> config;
  const std::vector<std::string> lines = absl::StrSplit(outcome.output, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const std::pair<std::string, std::string> setting = absl::StrSplit(line, absl::MaxSplits('=', 1));
    config.insert(setting);
  }
  return config;
}

// A value other than the default, for each setting.
const std::map<std::string, std::string>& OtherValues() {
  static const auto* const values =
      new std::map<std::string, std::string>{{"listen", "tls:127.0.0.1:0,unix:/tmp/a"},
                                             {"tls_cert", "/tmp/c.pem"},
                                             {"tls_key", "/tmp/c.key"},
                                             {"tls_client_ca", "/tmp/ca.pem"},
                                             {"insecure_listen", "true"},
                                             {"health_listen", "0.0.0.0:0,unix:/tmp/h"},
                                             {"http_listen", "tls:127.0.0.1:0,unix:/tmp/c"},
                                             {"http_hosts", "a.example,b.example:8080"},
                                             {"roles", "/tmp/roles"},
                                             {"socket_mode", "0660"},
                                             {"max_calls_per_connection", "12"},
                                             {"max_memory_mib", "512"},
                                             {"storage", "rocksdb:/tmp/b"},
                                             {"durability", "async"},
                                             {"storage_retry", "7m"},
                                             {"row_cache_mib", "0"},
                                             {"block_cache_mib", "8"},
                                             {"write_buffers_mib", "16"},
                                             {"reflection", "false"},
                                             {"drain_timeout", "3s"},
                                             {"max_sessions", "5"},
                                             {"max_reservations", "7"},
                                             {"session_timeout", "2m"},
                                             {"max_watchers", "7"},
                                             {"default_trial_timeout", "4m"},
                                             {"restart_grace", "5m"},
                                             {"request_id_ttl", "6m"},
                                             {"max_jobs", "8"},
                                             {"max_running_trials", "9"},
                                             {"max_trials_per_job", "10"},
                                             {"default_policy", "zeus"},
                                             {"zeus_policy", "zeus"},
                                             {"slow_call", "250ms"},
                                             {"log_format", "json"},
                                             {"log_level", "debug"}};
  return *values;
}

std::string VariableOf(std::string flag) {
  for (char& letter : flag) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return "ZEUS_BSO_" + flag;
}

TEST_CASE("The defaults are printed as flags") {
  // Not --listen, which a test server is always given.
  std::map<std::string, std::string> config = PrintConfig({});
  config.erase("--listen");
  CHECK(config == std::map<std::string, std::string>{{"--storage", "rocksdb:./zeus-bso-data"},
                                                     {"--tls_cert", ""},
                                                     {"--tls_key", ""},
                                                     {"--tls_client_ca", ""},
                                                     {"--insecure_listen", "false"},
                                                     {"--health_listen", ""},
                                                     {"--http_listen", "auto"},
                                                     {"--http_hosts", ""},
                                                     {"--roles", ""},
                                                     {"--socket_mode", "0600"},
                                                     {"--max_calls_per_connection", "1000"},
                                                     {"--max_memory_mib", "0"},
                                                     {"--durability", "sync"},
                                                     {"--storage_retry", "5m"},
                                                     {"--row_cache_mib", "64"},
                                                     {"--block_cache_mib", "32"},
                                                     {"--write_buffers_mib", "64"},
                                                     {"--reflection", "true"},
                                                     {"--drain_timeout", "10s"},
                                                     {"--max_sessions", "1000"},
                                                     {"--max_reservations", "100"},
                                                     {"--session_timeout", "1m"},
                                                     {"--max_watchers", "1000"},
                                                     {"--default_trial_timeout", "24h"},
                                                     {"--restart_grace", "1h"},
                                                     {"--request_id_ttl", "24h"},
                                                     {"--max_jobs", "10000000"},
                                                     {"--max_running_trials", "10000"},
                                                     {"--max_trials_per_job", "0"},
                                                     {"--default_policy", "curves"},
                                                     {"--zeus_policy", ""},
                                                     {"--slow_call", "0"},
                                                     {"--log_format", "text"},
                                                     {"--log_level", "info"}});
}

TEST_CASE("Without being told the server listens on this machine only") {
  CHECK(PrintConfig({}, {"ZEUS_BSO_LISTEN=127.0.0.1:50051"}) == PrintConfig({"--listen=127.0.0.1:50051"}));
  const Outcome help = Run({"--help"});
  CheckContains(help.output, "default: 127.0.0.1:50051");
}

TEST_CASE("Help lists every flag, and says that each is a variable too") {
  const Outcome help = Run({"--help"});
  for (const auto& [flag, value] : OtherValues()) CheckContains(help.output, "--" + flag + " (");
  CheckContains(help.output, "--print_config (");
  CheckContains(help.output, "ZEUS_BSO_<FLAG>");
}

TEST_CASE("What is in force can be asked for by the variable too") {
  const Outcome outcome = Run({}, {"ZEUS_BSO_PRINT_CONFIG=true"});
  CHECK(outcome.exit_code == 0);
  CheckContains(outcome.output, "--durability=sync");
}

TEST_CASE("Every setting is taken from its flag") {
  std::vector<std::string> flags;
  for (const auto& [flag, value] : OtherValues()) flags.push_back("--" + flag + "=" + value);
  const std::map<std::string, std::string> config = PrintConfig(flags);
  CHECK(config.size() == OtherValues().size());
  for (const auto& [flag, value] : OtherValues()) CHECK(config.at("--" + flag) == value);
}

TEST_CASE("Every setting is taken from its variable") {
  std::vector<std::string> variables;
  for (const auto& [flag, value] : OtherValues()) variables.push_back(VariableOf(flag) + "=" + value);
  const std::map<std::string, std::string> config = PrintConfig({}, variables);
  CHECK(config.size() == OtherValues().size());
  for (const auto& [flag, value] : OtherValues()) CHECK(config.at("--" + flag) == value);
}

TEST_CASE("A flag wins over its variable") {
  const std::map<std::string, std::string> config =
      PrintConfig({"--durability=sync", "--listen=unix:/tmp/flag"},
                  {"ZEUS_BSO_DURABILITY=async", "ZEUS_BSO_LISTEN=unix:/tmp/variable,unix:/tmp/variable2",
                   "ZEUS_BSO_LOG_LEVEL=debug"});
  CHECK(config.at("--durability") == "sync");
  CHECK(config.at("--listen") == "unix:/tmp/flag");
  CHECK(config.at("--log_level") == "debug");
}

// Checks that this is a start-up error, as the flag and as the variable, whose message names both.
void CheckWrong(const std::string& flag, const std::string& value) {
  for (const Outcome& outcome : {Run({"--" + flag + "=" + value}), Run({}, {VariableOf(flag) + "=" + value})}) {
    CAPTURE(flag, value);
    CHECK(outcome.exit_code == 1);
    CheckContains(outcome.output, "--" + flag);
    CheckContains(outcome.output, VariableOf(flag));
  }
}

TEST_CASE("An address over TLS needs certificate and key, and these an address") {
  const auto check_names = [](const std::vector<std::string>& flags, const std::string& flag) {
    const Outcome outcome = Run(flags);
    CHECK(outcome.exit_code == 1);
    CheckContains(outcome.output, flag);
  };
  const std::string listen = "--listen=unix:/tmp/a,tls:127.0.0.1:0";
  check_names({listen}, "--tls_cert");
  check_names({listen, "--tls_cert=/tmp/c.pem"}, "--tls_key");
  check_names({listen, "--tls_cert=/tmp/nowhere.pem", "--tls_key=/tmp/nowhere.key"}, "/tmp/nowhere.pem");
  for (const std::string flag : {"tls_cert", "tls_key", "tls_client_ca"}) CheckWrong(flag, "/tmp/c.pem");
}

TEST_CASE("A wrong value is a start-up error that names flag and variable") {
  CheckWrong("listen", "");
  for (const std::string value : {"", "rocksdb:", "/var/lib/zeus", "sqlite:/tmp/x"}) CheckWrong("storage", value);
  for (const std::string value : {"", "always", "SYNC"}) CheckWrong("durability", value);
  CheckWrong("storage_retry", "-1s");
  for (const std::string value : {"-1", "1048577"}) CheckWrong("row_cache_mib", value);
  for (const std::string value : {"-1", "0"}) CheckWrong("block_cache_mib", value);
  for (const std::string value : {"0", "3"}) CheckWrong("write_buffers_mib", value);
  CheckWrong("listen", "0.0.0.0:50051");
  CheckWrong("health_listen", "127.0.0.1:0,tls:127.0.0.1:0");
  for (const std::string value : {"", "0", "0400", "0060", "1600", "600x", "0o600", "u=rw", "-1"}) {
    CheckWrong("socket_mode", value);
  }
  for (const std::string value : {"0", "-1"}) CheckWrong("max_calls_per_connection", value);
  CheckWrong("max_memory_mib", "-1");
  CheckWrong("drain_timeout", "-1s");
  CheckWrong("max_sessions", "-1");
  CheckWrong("max_reservations", "-1");
  CheckWrong("session_timeout", "0s");
  CheckWrong("max_watchers", "-1");
  for (const std::string value : {"", "random", "Curves"}) CheckWrong("default_policy", value);
  for (const std::string value : {"random", "Curves"}) CheckWrong("zeus_policy", value);
  CheckWrong("http_listen", "0.0.0.0:8080");
  for (const std::string value : {":80", "http://a.example", "a:b"}) CheckWrong("http_hosts", value);
  for (const std::string value : {"", "xml"}) CheckWrong("log_format", value);
  for (const std::string value : {"", "loud"}) CheckWrong("log_level", value);
  for (const std::string flag : {"listen", "http_listen", "health_listen"}) CheckWrong(flag, "127.0.0.1:99999");
}

TEST_CASE("A value that is no boolean or no duration is an error that names the flag") {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"reflection", "maybe"}, {"drain_timeout", "soon"}, {"drain_timeout", "10"}};
  for (const auto& [flag, value] : wrong) {
    for (const Outcome& outcome : {Run({"--" + flag + "=" + value}), Run({}, {VariableOf(flag) + "=" + value})}) {
      CHECK(outcome.exit_code == 1);
      CheckContains(outcome.output, flag);
      CheckContains(outcome.output, value);
    }
  }
}

TEST_CASE("A variable that cannot be parsed is an error also where a flag overrides it") {
  const Outcome outcome = Run({"--drain_timeout=5s", "--print_config"}, {"ZEUS_BSO_DRAIN_TIMEOUT=soon"});
  CHECK(outcome.exit_code == 1);
  CheckContains(outcome.output, "ZEUS_BSO_DRAIN_TIMEOUT");
}

TEST_CASE("An argument that is no flag is a start-up error that repeats it") {
  const Outcome outcome = Run({"serve"});
  CHECK(outcome.exit_code == 1);
  CheckContains(outcome.output, "'serve'");
}

TEST_CASE("A flag that does not exist is a start-up error that names it") {
  const Outcome outcome = Run({"--durabilty=sync"});
  CHECK(outcome.exit_code == 1);
  CheckContains(outcome.output, "durabilty");
}

TEST_CASE("What is printed is good as flags") {
  std::vector<std::string> flags;
  const std::map<std::string, std::string> printed = PrintConfig({"--log_level=debug", "--drain_timeout=1m30s"});
  for (const auto& [flag, value] : printed) flags.push_back(flag + "=" + value);
  CHECK(PrintConfig(flags) == printed);
}

TEST_CASE("A level of the log may be written in upper case") {
  CHECK(PrintConfig({}, {"ZEUS_BSO_LOG_LEVEL=INFO"}).at("--log_level") == "INFO");
}

}  // namespace
}  // namespace zeus::bso
