// Addresses that answer health checks and nothing else.
#include <memory>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/support/generic_call.h"
#include "tests/support/health_client.h"
#include "tests/support/watch.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::rpc {
namespace {

using testing::CheckHealth;
using testing::GenericCall;
using testing::RpcClient;
using testing::TempDir;
using testing::Value;

class HealthListen {
 public:
  HealthListen()
      : server_(Value(Server::Start({.listen = {"unix:" + (directory_ / "main")},
                                     .health_listen = {"127.0.0.1:0", "unix:" + (directory_ / "health")}},
                                    store_.store()))) {}

  Server& server() { return *server_; }

 private:
  TempDir directory_;
  testing::TestStore store_;
  std::unique_ptr<Server> server_;
};

TEST_CASE_METHOD(HealthListen, "Each health address answers health checks of the server") {
  REQUIRE(server().health_addresses().size() == 2);
  for (const std::string& address : server().health_addresses()) {
    CHECK(CheckHealth(RpcClient(address).channel()) == "SERVING");
  }
  CHECK(CheckHealth(RpcClient(server().addresses().front()).channel()) == "SERVING");
}

TEST_CASE_METHOD(HealthListen, "A health address answers nothing else, not even reflection") {
  const auto channel = RpcClient(server().health_addresses().front()).channel();
  for (const std::string method :
       {"/zeus.bso.v1.BatchSizeOptimizer/ListJobs", "/zeus.bso.v1.ZeusService/GetJob",
        "/zeus.bso.v1.ZeusService/Session", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/no.such.Service/Method"}) {
    CAPTURE(method);
    CHECK(GenericCall(channel, method).code() == grpc::UNIMPLEMENTED);
  }
}

TEST_CASE_METHOD(HealthListen, "While the server drains its health addresses still answer: that it serves no more") {
  RpcClient client(server().addresses().front());
  RpcClient probe(server().health_addresses().front());
  // Holds up the drain.
  testing::WireSession session(client);
  session.Ask(testing::GetJobRequest());
  std::thread drain([&] { server().Drain(absl::Seconds(60)); });
  while (CheckHealth(probe.channel()) == "SERVING") std::this_thread::yield();
  CHECK(CheckHealth(probe.channel()) == "NOT_SERVING");
  session.Cancel();
  drain.join();
  CHECK(CheckHealth(probe.channel()) == "UNAVAILABLE");
}

TEST_CASE("A health address that cannot be listened on ends the start with its name") {
  testing::TestStore store;
  const TempDir directory;
  const auto owner = Value(Server::Start({.listen = {"127.0.0.1:0"}}, store.store()));
  const std::string address = owner->addresses().front();
  testing::TestStore other_store;
  const absl::Status status =
      Server::Start({.listen = {"unix:" + (directory / "socket")}, .health_listen = {address}}, other_store.store())
          .status();
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK_THAT(std::string(status.message()), Catch::Matchers::Contains(address));
}

}  // namespace
}  // namespace zeus::bso::rpc
