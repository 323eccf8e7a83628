#include "tests/bench/bench_server.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/bench/must.h"
#include "tests/bench/process_usage.h"

namespace zeus::bso::bench {

using testing::ServerProcess;

std::unique_ptr<BenchServer> BenchServer::OnStore(const std::string& data_directory,
                                                  const std::vector<std::string>& flags) {
  std::unique_ptr<BenchServer> server(new BenchServer());
  std::vector<std::string> all_flags = flags;
  all_flags.push_back(absl::StrCat("--listen=", absl::StrJoin(server->ListenOn(), ",")));
  all_flags.push_back(absl::StrCat("--storage=rocksdb:", data_directory));
  all_flags.push_back(absl::StrCat("--tls_cert=", server->certificates_.Certificate(kCertificate)));
  all_flags.push_back(absl::StrCat("--tls_key=", server->certificates_.Key(kCertificate)));
  all_flags.push_back("--max_running_trials=0");  // What is started is never ended, by the hundred thousand.
  server->process_ = std::make_unique<ServerProcess>(all_flags);
  server->AwaitAddresses();
  server->AwaitIdle();
  return server;
}

std::unique_ptr<BenchServer> BenchServer::Empty() {
  std::unique_ptr<BenchServer> server(new BenchServer());
  std::vector<std::string> arguments = {server->certificates_.Certificate(kCertificate),
                                        server->certificates_.Key(kCertificate)};
  for (std::string& address : server->ListenOn()) arguments.push_back(std::move(address));
  server->process_ = ServerProcess::OfProgram(ZEUS_BSO_EMPTY_SERVER_BINARY, arguments);
  server->AwaitAddresses();
  return server;
}

std::vector<std::string> BenchServer::ListenOn() const {
  return {"127.0.0.1:0", "unix:" + (directory_ / "socket"), "tls:127.0.0.1:0"};
}

std::shared_ptr<grpc::ChannelCredentials> BenchServer::CredentialsFor(Transport transport) const {
  if (transport != Transport::kTls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = testing::CertificateAuthority::Contents(certificates_.Certificate("ca"));
  return grpc::SslCredentials(options);
}

void BenchServer::AwaitAddresses() {
  while (true) {
    if (!process_->WaitUntilListening()) Must(absl::UnavailableError("no server: " + process_->output()));
    size_t found = 0;
    const std::string output = process_->output();
    // A last line without its end may still grow.
    for (absl::string_view line : absl::StrSplit(output.substr(0, output.rfind('\n') + 1), '\n')) {
      const std::vector<absl::string_view> parts = absl::StrSplit(line, "listening on ");
      if (parts.size() == 2 && found < addresses_.size()) addresses_[found++] = std::string(parts[1]);
    }
    if (found == addresses_.size()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void BenchServer::AwaitIdle() const {
  constexpr std::chrono::milliseconds kInterval(100);
  constexpr double kIdleSeconds = 0.002;  // Of CPU in an interval.
  constexpr int kMaxIntervals = 300;
  double before = UsageOf(pid()).cpu_seconds;
  for (int i = 0; i < kMaxIntervals; ++i) {
    std::this_thread::sleep_for(kInterval);
    const double now = UsageOf(pid()).cpu_seconds;
    if (now - before < kIdleSeconds) return;
    before = now;
  }
}

const Connections& BenchServer::connections(Transport transport) {
  auto& connections = connections_[static_cast<size_t>(transport)];
  if (connections == nullptr) {
    connections = std::make_unique<Connections>(std::string(absl::StripPrefix(address(transport), "tls:")),
                                                CredentialsFor(transport));
  }
  return *connections;
}

}  // namespace zeus::bso::bench
