// Addresses over TLS, with certificates that openssl made.
#include "server/grpc/listener/tls.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "catch2/catch.hpp"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/server.h"
#include "tests/support/certificates.h"
#include "tests/support/rpc_client.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"
#include "tests/support/tls_client.h"

namespace zeus::bso::rpc {
namespace {

using testing::CertificateAuthority;
using testing::ClientSide;
using testing::ConnectOverTls;
using testing::RpcClient;

grpc::StatusCode ListJobs(const std::shared_ptr<grpc::Channel>& channel) {
  RpcClient client(channel);
  return client.Call(RpcClient::Optimizer::ListJobs, v1::ListJobsRequest()).code();
}

class TlsFixture {
 public:
  TlsFixture() { ca_.Issue("server"); }

  std::string Start(const net::TlsFiles& files) {
    server_ = testing::Value(Server::Start({.listen = {"tls:127.0.0.1:0"}, .tls = files}, store_.store()));
    return server_->addresses().front();
  }
  std::string Start() { return Start(FilesOf("server")); }

  net::TlsFiles FilesOf(const std::string& name) const {
    return {.certificate_chain = ca_.Certificate(name), .private_key = ca_.Key(name)};
  }

  CertificateAuthority& ca() { return ca_; }
  CertificateAuthority& other_ca() { return other_ca_; }
  ClientSide side() const { return {.root = &ca_}; }

 private:
  CertificateAuthority ca_;
  CertificateAuthority other_ca_;
  testing::TestStore store_;
  std::unique_ptr<Server> server_;
};

TEST_CASE_METHOD(TlsFixture, "Who trusts the server's root calls it over TLS by its name") {
  const std::string address = Start();
  CHECK(absl::StartsWith(address, "tls:127.0.0.1:"));
  CHECK(ListJobs(ConnectOverTls(address, side())) == grpc::StatusCode::OK);
}

TEST_CASE_METHOD(TlsFixture, "A client that trusts another root, or expects another name, does not connect") {
  const std::string address = Start();
  ClientSide wrong_root = side();
  wrong_root.root = &other_ca();
  CHECK(ListJobs(ConnectOverTls(address, wrong_root)) == grpc::StatusCode::UNAVAILABLE);
  ClientSide wrong_name = side();
  wrong_name.server_name = "elsewhere.example";
  CHECK(ListJobs(ConnectOverTls(address, wrong_name)) == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE_METHOD(TlsFixture, "A server whose certificate has expired is not believed") {
  ca().Issue("expired", -1);
  CHECK(ListJobs(ConnectOverTls(Start(FilesOf("expired")), side())) == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE_METHOD(TlsFixture, "An address over TLS answers nothing in plaintext") {
  const std::string address(absl::StripPrefix(Start(), "tls:"));
  CHECK(ListJobs(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE_METHOD(TlsFixture, "With roots for clients only those are served that show a valid certificate of these") {
  net::TlsFiles files = FilesOf("server");
  files.client_ca = ca().Certificate("ca");
  const std::string address = Start(files);
  ca().Issue("trainer");
  ca().Issue("expired", -1);
  other_ca().Issue("trainer");
  const auto call_as = [&](const CertificateAuthority& issuer, const std::string& certificate) {
    ClientSide client = side();
    client.issuer = &issuer;
    client.certificate = certificate;
    return ListJobs(ConnectOverTls(address, client));
  };
  CHECK(call_as(ca(), "trainer") == grpc::StatusCode::OK);
  CHECK(call_as(ca(), "") == grpc::StatusCode::UNAVAILABLE);
  CHECK(call_as(ca(), "expired") == grpc::StatusCode::UNAVAILABLE);
  CHECK(call_as(other_ca(), "trainer") == grpc::StatusCode::UNAVAILABLE);
}

// Replaces a file as rotation does: at once.
void Replace(const std::string& file, const std::string& by) {
  std::filesystem::copy_file(by, file + ".new");
  std::filesystem::rename(file + ".new", file);
}

TEST_CASE_METHOD(TlsFixture, "A certificate that is replaced is used by new connections, and open ones stay") {
  const std::string address = Start();
  const std::shared_ptr<grpc::Channel> open = ConnectOverTls(address, side());
  REQUIRE(ListJobs(open) == grpc::StatusCode::OK);
  ClientSide trusts_other = side();
  trusts_other.root = &other_ca();
  REQUIRE(ListJobs(ConnectOverTls(address, trusts_other)) == grpc::StatusCode::UNAVAILABLE);
  other_ca().Issue("server");
  Replace(ca().Key("server"), other_ca().Key("server"));
  Replace(ca().Certificate("server"), other_ca().Certificate("server"));
  grpc::StatusCode code = grpc::StatusCode::UNAVAILABLE;
  for (int i = 0; i < 300 && code != grpc::StatusCode::OK; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    code = ListJobs(ConnectOverTls(address, trusts_other));
  }
  CHECK(code == grpc::StatusCode::OK);
  CHECK(ListJobs(open) == grpc::StatusCode::OK);
}

TEST_CASE_METHOD(TlsFixture, "Files that were damaged and are good again are used again") {
  const std::string address = Start();
  const auto await = [&](grpc::StatusCode expected) {
    for (int i = 0; i < 300; ++i) {
      if (ListJobs(ConnectOverTls(address, side())) == expected) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  };
  const std::string file = ca().Certificate("server");
  const std::string contents = CertificateAuthority::Contents(file);
  std::ofstream(file) << "damaged";
  CHECK(await(grpc::StatusCode::UNAVAILABLE));
  std::ofstream(file) << contents;
  CHECK(await(grpc::StatusCode::OK));
}

TEST_CASE_METHOD(TlsFixture, "A unix socket is not served over TLS") {
  testing::TestStore store;
  const testing::TempDir directory;
  const ServerOptions options{.listen = {"tls:unix:" + (directory / "socket")}, .tls = FilesOf("server")};
  CHECK(Server::Start(options, store.store()).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE_METHOD(TlsFixture, "Files that are no credentials are refused at the start, by name") {
  testing::TestStore store;
  const auto start = [&](const std::optional<net::TlsFiles>& files) {
    return Server::Start({.listen = {"tls:127.0.0.1:0"}, .tls = files}, store.store()).status();
  };
  const auto check_refused = [&](const net::TlsFiles& files, const std::string& name) {
    const absl::Status status = start(files);
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(absl::StrContains(status.message(), name));
  };
  ca().Issue("other");
  const net::TlsFiles good = FilesOf("server");
  CHECK_THAT(start(good), testing::IsOk());
  check_refused({.certificate_chain = "/nowhere.pem", .private_key = good.private_key}, "/nowhere.pem");
  check_refused({.certificate_chain = good.private_key, .private_key = good.private_key}, good.private_key);
  check_refused({.certificate_chain = good.certificate_chain, .private_key = "/nowhere.key"}, "/nowhere.key");
  check_refused({.certificate_chain = good.certificate_chain, .private_key = ca().Key("other")}, ca().Key("other"));
  check_refused({.certificate_chain = good.certificate_chain, .private_key = good.private_key, .client_ca = "/no.pem"},
                "/no.pem");
  // A key of another kind than the certificate's, and one that needs a passphrase.
  const testing::TempDir directory;
  const std::string rsa = directory / "rsa.key";
  const std::string encrypted = directory / "encrypted.key";
  REQUIRE(std::system(("openssl genrsa -out " + rsa + " 2048 2>/dev/null").c_str()) == 0);
  REQUIRE(
      std::system(("openssl ec -aes256 -passout pass:x -in " + good.private_key + " -out " + encrypted + " 2>/dev/null")
                      .c_str()) == 0);
  check_refused({.certificate_chain = good.certificate_chain, .private_key = rsa}, rsa);
  check_refused({.certificate_chain = good.certificate_chain, .private_key = encrypted}, encrypted);
  CHECK(absl::StrContains(start(net::TlsFiles{.certificate_chain = "/nowhere.pem", .private_key = rsa}).message(),
                          "No such file"));
  CHECK(start(std::nullopt).code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace zeus::bso::rpc
