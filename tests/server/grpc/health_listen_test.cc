// Addresses that answer health checks and nothing else: what gRPC's and HTTP's clients get there, and how it follows
// from the state of the server.
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "health/v1/health.grpc.pb.h"
#include "tests/server/grpc/faulty_engine.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/server/http/http_client.h"
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

// Every name that says whether requests are answered.
constexpr const char* kReadyNames[] = {"", "readiness", "zeus.bso.v1.BatchSizeOptimizer", "zeus.bso.v1.ZeusService"};

int HttpStatus(const std::string& address, const std::string& path) {
  testing::HttpClient client(address);
  REQUIRE(client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n")));
  return client.Read().status;
}

class HealthListen {
 public:
  HealthListen()
      : server_(Value(Server::Start({.listen = {"unix:" + (directory_ / "main")},
                                     .health_listen = {"127.0.0.1:0", "unix:" + (directory_ / "health")}},
                                    store_.store()))) {}
  ~HealthListen() { disk().Fail(absl::OkStatus()); }

  Server& server() { return *server_; }
  testing::HeldWrites& disk() { return store_.disk(); }
  const std::string& address() { return address_; }

  // What the health addresses say to all that ask whether requests are answered; an error if they do not agree.
  std::string Readiness() {
    const std::string first = CheckHealth(channel_, kReadyNames[0]);
    for (const char* const name : kReadyNames) {
      if (CheckHealth(channel_, name) != first) return absl::StrCat(name, " differs");
    }
    return first;
  }
  void AwaitReadiness(const std::string& expected) {
    while (Readiness() != expected) absl::SleepFor(absl::Milliseconds(1));
  }

  // That the process is alive and answers no requests.
  void CheckAliveOnly() {
    CHECK(Readiness() == "NOT_SERVING");
    CHECK(CheckHealth(channel_, "liveness") == "SERVING");
    CHECK(HttpStatus(address_, "/healthz") == 200);
    CHECK(HttpStatus(address_, "/readyz") == 503);
  }

 private:
  TempDir directory_;
  FaultyStore store_;
  std::unique_ptr<Server> server_;
  const std::string address_ = server_->health_addresses().front();
  const std::shared_ptr<grpc::Channel> channel_ = RpcClient(address_).channel();
};

TEST_CASE_METHOD(HealthListen, "Each health address answers health checks of the server") {
  REQUIRE(server().health_addresses().size() == 2);
  for (const std::string& each : server().health_addresses()) {
    CAPTURE(each);
    const auto channel = RpcClient(each).channel();
    for (const char* const name : kReadyNames) CHECK(CheckHealth(channel, name) == "SERVING");
    CHECK(CheckHealth(channel, "liveness") == "SERVING");
    CHECK(CheckHealth(channel, "zeus.bso.v1.NoService") == "NOT_FOUND");
    CHECK(HttpStatus(each, "/healthz") == 200);
    CHECK(HttpStatus(each, "/readyz") == 200);
  }
  CHECK(CheckHealth(RpcClient(server().addresses().front()).channel()) == "SERVING");
}

TEST_CASE_METHOD(HealthListen, "A health address answers nothing else, not even reflection") {
  const auto channel = RpcClient(address()).channel();
  for (const std::string method :
       {"/zeus.bso.v1.BatchSizeOptimizer/ListJobs", "/zeus.bso.v1.ZeusService/GetJob",
        "/zeus.bso.v1.ZeusService/Session", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/no.such.Service/Method"}) {
    CAPTURE(method);
    CHECK(GenericCall(channel, method).code() == grpc::UNIMPLEMENTED);
  }
}

TEST_CASE_METHOD(HealthListen, "A call of another encoding, or without a message, is an error of its own") {
  const auto channel = RpcClient(address()).channel();
  const std::string method = "/grpc.health.v1.Health/Check";
  CHECK(GenericCall(channel, method, {}, "no protobuf").code() == grpc::INTERNAL);
  CHECK(GenericCall(channel, method, {}, std::string(5000, 'x')).code() == grpc::RESOURCE_EXHAUSTED);
  CHECK(GenericCall(channel, method).ok());
}

TEST_CASE_METHOD(HealthListen, "While the server drains its health addresses still answer: that it serves no more") {
  RpcClient client(server().addresses().front());
  // Holds up the drain.
  testing::WireSession session(client);
  session.Ask(testing::GetJobRequest());
  std::thread drain([&] { server().Drain(absl::Seconds(60)); });
  AwaitReadiness("NOT_SERVING");
  CheckAliveOnly();
  CHECK(CheckHealth(client.channel(), "liveness") == "SERVING");
  session.Cancel();
  drain.join();
  CHECK(Readiness() == "UNAVAILABLE");
}

TEST_CASE_METHOD(HealthListen, "While the disk refuses changes the health addresses say that it serves no more") {
  RpcClient client(server().addresses().front());
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage("job");
  disk().Fail(absl::UnavailableError("broken"));
  CHECK_FALSE(client.Call(Optimizer::RegisterJob, request).ok());
  AwaitReadiness("NOT_SERVING");
  CheckAliveOnly();
  CHECK(CheckHealth(client.channel(), "liveness") == "SERVING");
  disk().Fail(absl::OkStatus());
  AwaitReadiness("SERVING");
  CHECK(HttpStatus(address(), "/readyz") == 200);
}

TEST_CASE_METHOD(HealthListen, "Watch shows each change of the health, and its end when the server has drained") {
  using HealthResponse = grpc::health::v1::HealthCheckResponse;
  const auto channel = RpcClient(address()).channel();
  const auto stub = grpc::health::v1::Health::NewStub(channel);
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(60);
  grpc::ClientContext context;
  context.set_deadline(deadline);
  grpc::ClientContext unknown_context;
  unknown_context.set_deadline(deadline);
  grpc::health::v1::HealthCheckRequest unknown;
  unknown.set_service("no.such.Service");
  const auto watch = stub->Watch(&context, grpc::health::v1::HealthCheckRequest());
  const auto unknown_watch = stub->Watch(&unknown_context, unknown);
  HealthResponse response;
  REQUIRE(unknown_watch->Read(&response));
  CHECK(response.status() == HealthResponse::SERVICE_UNKNOWN);
  REQUIRE(watch->Read(&response));
  CHECK(response.status() == HealthResponse::SERVING);
  std::thread drain([this] { server().Drain(absl::InfiniteDuration()); });
  CHECK(watch->Read(&response));
  CHECK(response.status() == HealthResponse::NOT_SERVING);
  drain.join();
  CHECK_FALSE(watch->Read(&response));
  CHECK(watch->Finish().error_code() == grpc::UNAVAILABLE);
  CHECK_FALSE(unknown_watch->Read(&response));
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
