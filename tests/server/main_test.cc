// The life of the server's process: start, stop, restart.
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "health/v1/health.grpc.pb.h"
#include "tests/server/process_fixture.h"
#include "tests/support/generic_call.h"

namespace zeus::bso::testing {
namespace {

// The addresses that the server says it listens on.
std::vector<std::string> ListeningOn(const ServerProcess& server) {
  std::vector<std::string> addresses;
  const std::vector<std::string> lines = absl::StrSplit(server.output(), '\n');
  for (const std::string& line : lines) {
    const std::vector<std::string> parts = absl::StrSplit(line, " listening on ");
    if (parts.size() == 2) addresses.push_back(parts[1]);
  }
  return addresses;
}

TEST_CASE_METHOD(ProcessFixture, "SIGTERM and SIGINT end the server with 0, and everything answered is still there") {
  CHECK(Register(Serve()->address(), "killed"));
  for (const int signal : {SIGTERM, SIGINT}) {
    CAPTURE(signal);
    const auto server = Serve();
    CHECK_FALSE(Register(server->address(), "killed"));
    CHECK(Register(server->address(), absl::StrCat("job-", signal)));
    server->Signal(signal);
    CHECK(server->Wait() == 0);
    CheckContains(server->output(), signal == SIGTERM ? "SIGTERM" : "SIGINT");
  }
  const auto server = Serve();
  CHECK_FALSE(Register(server->address(), absl::StrCat("job-", SIGTERM)));
  CHECK_FALSE(Register(server->address(), absl::StrCat("job-", SIGINT)));
}

TEST_CASE_METHOD(ProcessFixture, "A second signal ends a server that drains at once") {
  const auto server = Serve({"--drain_timeout=1h"});
  RpcClient client(server->address());
  // Holds up the drain for as long as it is open.
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto watch =
      grpc::health::v1::Health::NewStub(client.channel())->Watch(&context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse response;
  REQUIRE(watch->Read(&response));
  server->Signal(SIGTERM);
  CHECK(watch->Read(&response));
  CHECK(response.status() == grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  server->Signal(SIGTERM);
  CHECK(server->Wait() == -SIGTERM);
}

TEST_CASE_METHOD(ProcessFixture, "A server listens on TCP and on unix sockets at once, and says where") {
  const std::string socket = "unix:" + (directory() / "socket");
  const auto server = Serve({"--listen=127.0.0.1:0," + socket});
  // The first address is logged before the second.
  while (ListeningOn(*server).size() < 2) absl::SleepFor(absl::Milliseconds(1));
  const std::vector<std::string> addresses = ListeningOn(*server);
  CHECK_THAT(addresses[0], Catch::Matchers::StartsWith("127.0.0.1:") && !Catch::Matchers::EndsWith(":0"));
  CHECK(addresses[1] == socket);
  CHECK(Register(addresses[0]));
  CHECK_FALSE(Register(addresses[1]));
}

TEST_CASE_METHOD(ProcessFixture, "The server listens where its variable says") {
  const std::string socket = "unix:" + (directory() / "socket");
  const auto server = Serve({}, {"ZEUS_BSO_LISTEN=" + socket});
  CHECK(ListeningOn(*server) == std::vector<std::string>{socket});
  CHECK(Register(socket));
}

TEST_CASE_METHOD(ProcessFixture, "A port in use ends the start with 1 and a message that names it") {
  const auto owner = Serve({"--listen=127.0.0.1:0"});
  const std::string address = ListeningOn(*owner).front();
  const TempDir other_directory;
  ServerProcess second({"--listen=" + address, "--storage=rocksdb:" + other_directory.path()});
  CHECK(second.Wait() == 1);
  CheckContains(second.output(), "cannot listen on " + address);
  CHECK(Register(address));
}

TEST_CASE_METHOD(ProcessFixture, "With durability async the server answers too, and a stop loses nothing") {
  const auto server = Serve({"--durability=async"});
  CHECK(Register(server->address()));
  CHECK_FALSE(Register(server->address()));
  Stop(*server);
  CHECK_FALSE(Register(Serve()->address()));
}

TEST_CASE_METHOD(ProcessFixture, "With durability async a kill of the server, not of the machine, loses nothing") {
  const auto server = Serve({"--durability=async"});
  CHECK(Register(server->address()));
  server->Signal(SIGKILL);
  CHECK(server->Wait() == -SIGKILL);
  CHECK_FALSE(Register(Serve()->address()));
}

TEST_CASE_METHOD(ProcessFixture, "Reflection is offered, unless it is turned off") {
  const auto with = Serve();
  CheckContains(ListServices(RpcClient(with->address()).channel()).response, "zeus.bso.v1.BatchSizeOptimizer");
  Stop(*with);
  const auto without = Serve({"--reflection=false"});
  CHECK(ListServices(RpcClient(without->address()).channel()).code() == grpc::UNIMPLEMENTED);
  CHECK(Register(without->address()));
}

}  // namespace
}  // namespace zeus::bso::testing
