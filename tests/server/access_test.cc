// Who can reach the server's process, and what strangers can do to it.
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "tests/server/process_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/generic_call.h"
#include "tests/support/raw_http2.h"
#include "tests/support/spec_messages.h"
#include "tests/support/tokens.h"

namespace zeus::bso::testing {
namespace {

constexpr char kListJobs[] = "/zeus.bso.v1.BatchSizeOptimizer/ListJobs";

// How the server's start ends that must fail: with what it says.
std::string RefusedStart(const std::vector<std::string>& flags) {
  ServerProcess server(flags, {});
  CHECK(server.Wait() == 1);
  return server.output();
}

mode_t ModeOf(const std::string& address) {
  struct stat status {};
  REQUIRE(stat(std::string(absl::StripPrefix(address, "unix:")).c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  return status.st_mode & 07777;
}

TEST_CASE_METHOD(ProcessFixture,
                 "A unix socket is its owner's alone, whatever the umask, unless --socket_mode says else") {
  const mode_t previous = umask(0);
  const auto owners = Serve();
  CHECK(ModeOf(owners->address()) == 0600);
  Stop(*owners);
  const auto shared = Serve({"--socket_mode=0660", absl::StrCat("--health_listen=unix:", directory() / "health")});
  CHECK(ModeOf(shared->address()) == 0660);
  CHECK(ModeOf(directory() / "health") == 0660);
  umask(previous);
}

TEST_CASE_METHOD(ProcessFixture,
                 "Plaintext beyond this machine is refused at the start, with what to do, unless it is asked for") {
  for (const std::string address : {"0.0.0.0:0", "[::]:0", ":0", "unix-abstract:name"}) {
    CAPTURE(address);
    const std::string output = RefusedStart({absl::StrCat("--listen=127.0.0.1:0,", address), StorageFlag()});
    CheckContains(output, "--listen");
    CheckContains(output, absl::StrCat("tls:", address));
    CheckContains(output, "--insecure_listen");
  }
  const auto server = Serve({"--listen=0.0.0.0:0", "--insecure_listen"});
  CheckContains(server->output(), "listening on 0.0.0.0:");
}

TEST_CASE_METHOD(ProcessFixture, "TLS beyond this machine that lets in everybody is warned of") {
  const CertificateAuthority ca;
  ca.Issue("server");
  const std::vector<std::string> open = {"--listen=tls:0.0.0.0:0", "--tls_cert=" + ca.Certificate("server"),
                                         "--tls_key=" + ca.Key("server")};
  std::ofstream(directory() / "roles") << TokenGrant("reader", "token");
  const auto warns = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), open.begin(), open.end());
    const auto server = Serve(flags);
    Stop(*server);
    return server->output().find("warning whoever reaches tls:0.0.0.0:0 may do everything") != std::string::npos;
  };
  CHECK(warns({}));
  CHECK_FALSE(warns({"--tls_client_ca=" + ca.Certificate("ca")}));
  CHECK_FALSE(warns({"--roles=" + (directory() / "roles")}));
}

TEST_CASE_METHOD(ProcessFixture, "A roles file that cannot be used ends the start with its name and the line") {
  const std::string roles = directory() / "roles";
  std::ofstream(roles) << TokenGrant("reader", "token") << "admin token secret\n";
  const std::string output = RefusedStart({"--roles=" + roles, StorageFlag()});
  CheckContains(output, absl::StrCat("cannot use '", roles, "' as roles: line 2: "));
  CHECK_THAT(output, !Catch::Matchers::Contains("secret"));
  CheckContains(RefusedStart({"--roles=/no/such/file", StorageFlag()}), "/no/such/file");
}

TEST_CASE_METHOD(ProcessFixture, "A role is granted and revoked while the server runs") {
  const std::string roles = directory() / "roles";
  std::ofstream(roles) << TokenGrant("reader", "first");
  const auto server = Serve({"--roles=" + roles});
  RpcClient client(server->address());
  const auto code = [&](const std::string& token) {
    return GenericCall(client.channel(), kListJobs, Bearer(token)).code();
  };
  CHECK(code("first") == grpc::OK);
  CHECK(code("second") == grpc::UNAUTHENTICATED);
  std::ofstream(roles + ".new") << TokenGrant("reader", "second");
  REQUIRE(rename((roles + ".new").c_str(), roles.c_str()) == 0);
  while (code("second") != grpc::OK) absl::SleepFor(absl::Milliseconds(10));
  CHECK(code("first") == grpc::UNAUTHENTICATED);
}

TEST_CASE_METHOD(ProcessFixture, "Neither tokens nor what requests hold reaches the log") {
  const std::string roles = directory() / "roles";
  const std::string hash = Sha256Of("good-token");
  std::ofstream(roles) << TokenGrant("admin", "good-token");
  const auto server = Serve({"--roles=" + roles, "--log_level=trace"});
  RpcClient client(server->address());
  v1::RegisterJobRequest request;
  *request.mutable_spec() = MakeSpecMessage("job");
  request.mutable_spec()->set_gpu_model("secret-gpu");
  request.mutable_spec()->set_target_metric(0.8642);
  const std::string register_job = "/zeus.bso.v1.BatchSizeOptimizer/RegisterJob";
  CHECK(GenericCall(client.channel(), register_job, Bearer("good-token"), request.SerializeAsString()).ok());
  for (const CallMetadata& metadata :
       {Bearer("bad-token"), CallMetadata{{"authorization", "rubbish-header"}},
        CallMetadata{{"x-other", "secret-metadata"}},
        CallMetadata{{"authorization", "Bearer bad-token"}, {"authorization", "Bearer good-token"}},
        CallMetadata{{"authorization", "Bearer " + std::string(9000, 'b')}}}) {
    CHECK_FALSE(GenericCall(client.channel(), register_job, metadata, request.SerializeAsString()).ok());
  }
  CHECK_FALSE(GenericCall(client.channel(), register_job, Bearer("good-token"), "\x0frubbish-body").ok());
  {
    RawConnection rubbish(server->address());
    rubbish.Send("GET /secret-path HTTP/1.1\r\nauthorization: Bearer good-token\r\n\r\n");
    rubbish.Read(1 << 20);
    RawHttp2 malformed(server->address());
    malformed.BeginCall(1, register_job, {{"authorization", "Bearer good-token"}, {"grpc-timeout", "secret-timeout"}});
    malformed.BeginCall(3, register_job, {{"Authorization", "Bearer good-token"}, {"content-type", "secret-type"}});
    malformed.SendMessage(3, "rubbish-body");
    malformed.Send({.type = Http2Frame::kHeaders, .flags = 4, .stream = 5, .payload = "\xff\xff\xff good-token"});
    while (malformed.Read().has_value()) {
    }
  }
  Stop(*server);
  const std::string output = server->output();
  CheckContains(output, "RegisterJobRequest: OK");
  CheckContains(output, "RegisterJobRequest: CREDENTIALS_UNKNOWN");
  CheckContains(output, "Error parsing metadata: error=invalid value key=grpc-timeout");
  for (const std::string& secret :
       {std::string("good-token"), hash, std::string("bad-token"), std::string("rubbish-"), std::string("secret-"),
        std::string("0.8642"), std::string("Bearer"), std::string("bbbb")}) {
    CAPTURE(secret);
    CHECK_THAT(output, !Catch::Matchers::Contains(secret));
  }
}

// gRPC 1.51 stops listening for good when accepting a connection fails.
TEST_CASE_METHOD(ProcessFixture,
                 "Connections beyond the limit of open files are closed, and the server goes on listening") {
  const std::string address = "unix:" + (directory() / "socket");
  const auto server = ServerProcess::OfProgram(
      "/bin/sh",
      {"-c", absl::StrCat("ulimit -n 200; exec ", ZEUS_BSO_SERVER_BINARY, " --listen=", address, " ", StorageFlag())});
  REQUIRE(server->WaitUntilListening());
  {
    RpcClient before(address);
    REQUIRE(GenericCall(before.channel(), kListJobs).ok());
    std::vector<std::unique_ptr<RawConnection>> connections;
    connections.reserve(300);
    while (connections.size() < 300) connections.push_back(std::make_unique<RawConnection>(address));
    // The last is closed by the server. Else it would be told the server's settings.
    CHECK(connections.back()->Read(1).empty());
    CheckContains(server->output(), "new connections are closed");
    // There are descriptors left, for the store and for all else.
    CHECK(GenericCall(before.channel(), kListJobs).ok());
    CHECK_THAT(server->output(), !Catch::Matchers::Contains("Failed accept4"));
  }
  RpcClient after(address);
  CHECK(after.channel()->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(60)));
  // On that connection: the server may not have closed all of the others yet.
  v1::RegisterJobRequest request;
  *request.mutable_spec() = MakeSpecMessage();
  CHECK(after.Call(RpcClient::Optimizer::RegisterJob, request).ok());
}

}  // namespace
}  // namespace zeus::bso::testing
