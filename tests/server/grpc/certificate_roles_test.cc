// Who may call what, by the certificate of the connection.
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"
#include "tests/support/tls_client.h"
#include "tests/support/tokens.h"

namespace zeus::bso::rpc {
namespace {

using testing::Bearer;
using testing::CallMetadata;
using testing::Reply;

constexpr char kReaderMethod[] = "/zeus.bso.v1.BatchSizeOptimizer/ListJobs";  // Needs reader.
constexpr char kStartTrial[] = "/zeus.bso.v1.BatchSizeOptimizer/StartTrial";  // Needs trainer.
constexpr char kDeleteJob[] = "/zeus.bso.v1.BatchSizeOptimizer/DeleteJob";    // Needs admin.

// The role of somebody, by what they may do: "reader", "trainer", "admin", or why they may do nothing.
template <typename Call>
std::string RoleBy(Call call) {
  if (const Reply<std::string> reply = call(kReaderMethod); !reply.ok()) return reply.reason();
  if (call(kStartTrial).code() == grpc::PERMISSION_DENIED) return "reader";
  return call(kDeleteJob).code() == grpc::PERMISSION_DENIED ? "trainer" : "admin";
}

class CertificateRoles {
 public:
  CertificateRoles() { ca_.Issue("server"); }

  void Start(const std::string& roles, bool asks_for_certificates = true) {
    std::ofstream(directory_ / "roles") << roles;
    server_ = testing::Value(
        Server::Start({.listen = {"tls:127.0.0.1:0"},
                       .tls = net::TlsFiles{.certificate_chain = ca_.Certificate("server"),
                                            .private_key = ca_.Key("server"),
                                            .client_ca = asks_for_certificates ? ca_.Certificate("ca") : ""},
                       .roles_file = directory_ / "roles"},
                      store_.store()));
  }

  // The role of who shows a certificate with this common name, and with these alternative names.
  std::string RoleOf(const std::string& common_name, const std::string& alternative_names,
                     const CallMetadata& metadata = {}) {
    ca_.Issue(common_name, 30, alternative_names);
    const auto channel = testing::ConnectOverTls(server_->addresses().front(),
                                                 {.root = &ca_, .issuer = &ca_, .certificate = common_name});
    return RoleBy([&](const std::string& method) { return testing::GenericCall(channel, method, metadata); });
  }

 private:
  testing::CertificateAuthority ca_;
  testing::TempDir directory_;
  testing::TestStore store_;
  std::unique_ptr<Server> server_;
};

TEST_CASE_METHOD(CertificateRoles,
                 "A certificate has the role of its common name, or of any of its DNS, URI and email names") {
  Start(
      "trainer certificate cn\n"
      "trainer certificate node.example\n"
      "admin certificate spiffe://lab/ops\n"
      "reader certificate rita@example.com\n");
  CHECK(RoleOf("cn", "DNS:elsewhere.example") == "trainer");
  CHECK(RoleOf("a", "DNS:elsewhere.example,DNS:node.example") == "trainer");
  CHECK(RoleOf("b", "URI:spiffe://lab/ops") == "admin");
  CHECK(RoleOf("c", "email:rita@example.com") == "reader");
  CHECK(RoleOf("nobody", "DNS:elsewhere.example") == "CREDENTIALS_UNKNOWN");
}

TEST_CASE_METHOD(CertificateRoles, "Of several names of a certificate the one with the greatest role counts") {
  Start("reader certificate cn\nadmin certificate node.example\n");
  CHECK(RoleOf("cn", "DNS:node.example") == "admin");
}

TEST_CASE_METHOD(CertificateRoles, "A name is matched in whole, and an IP address is none") {
  Start("admin certificate node\nadmin certificate 127.0.0.1\nadmin certificate *.example\n");
  CHECK(RoleOf("node.example", "DNS:xnode,DNS:node.x") == "CREDENTIALS_UNKNOWN");
  CHECK(RoleOf("a", "IP:127.0.0.1") == "CREDENTIALS_UNKNOWN");
}

TEST_CASE_METHOD(CertificateRoles,
                 "Of certificate and token the greater role counts, but an unknown token is refused") {
  Start(
      absl::StrCat("trainer certificate cn\n", testing::TokenGrant("reader", "r"), testing::TokenGrant("admin", "a")));
  CHECK(RoleOf("cn", "DNS:x", Bearer("r")) == "trainer");
  CHECK(RoleOf("cn", "DNS:x", Bearer("a")) == "admin");
  CHECK(RoleOf("cn", "DNS:x", Bearer("stranger")) == "CREDENTIALS_UNKNOWN");
  CHECK(RoleOf("nobody", "DNS:x", Bearer("r")) == "reader");
}

TEST_CASE_METHOD(CertificateRoles, "Where no certificates are asked for, none counts") {
  Start("admin certificate cn\n", /*asks_for_certificates=*/false);
  CHECK(RoleOf("cn", "DNS:x") == "CREDENTIALS_MISSING");
}

}  // namespace
}  // namespace zeus::bso::rpc
