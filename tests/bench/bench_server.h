// A server under measurement, as a process of its own that listens on every transport.
#ifndef ZEUS_BSO_TESTS_BENCH_BENCH_SERVER_H_
#define ZEUS_BSO_TESTS_BENCH_BENCH_SERVER_H_

#include <sys/types.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/connections.h"
#include "tests/support/certificates.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::bench {

class BenchServer {
 public:
  // zeus-bso-server on this data directory. Returns when it listens and is done with what a start leaves to do:
  // compacting what it replayed of the log.
  static std::unique_ptr<BenchServer> OnStore(const std::string& data_directory,
                                              const std::vector<std::string>& flags = {});
  // The server of the empty call.
  static std::unique_ptr<BenchServer> Empty();

  pid_t pid() const { return process_->pid(); }
  const std::string& address(Transport transport) const { return addresses_[static_cast<size_t>(transport)]; }

  // Connections that stay open for as long as the server is there.
  const Connections& connections(Transport transport);

 private:
  static constexpr char kCertificate[] = "server";

  BenchServer() { certificates_.Issue(kCertificate); }
  std::vector<std::string> ListenOn() const;
  std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(Transport transport) const;
  // Waits until the process listens, and learns where.
  void AwaitAddresses();
  void AwaitIdle() const;

  testing::TempDir directory_;
  testing::CertificateAuthority certificates_;
  std::unique_ptr<testing::ServerProcess> process_;
  std::array<std::string, kTransports.size()> addresses_;
  std::array<std::unique_ptr<Connections>, kTransports.size()> connections_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_BENCH_SERVER_H_
