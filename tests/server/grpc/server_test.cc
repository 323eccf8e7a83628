#include "server/server.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/health_client.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::rpc {
namespace {

using testing::CheckHealth;
using testing::RpcClient;
using testing::TempDir;
using testing::TestStore;
using testing::Value;

bool Answers(const std::string& address) {
  RpcClient client(address);
  return client.Call(Optimizer::ListJobs, v1::ListJobsRequest()).ok();
}

// The port of "host:port".
std::string PortOf(const std::string& address) { return address.substr(address.rfind(':') + 1); }

TEST_CASE("A server listens on several addresses, which serve the same store") {
  TestStore store;
  const TempDir directory;
  const auto server = Value(Server::Start(
      {.listen = {"127.0.0.1:0", "unix:" + (directory / "a"), "127.0.0.1:0", "unix:" + (directory / "b")}},
      store.store()));
  const std::vector<std::string> addresses = server->addresses();
  REQUIRE(addresses.size() == 4);
  CHECK(addresses[1] == "unix:" + (directory / "a"));
  CHECK(addresses[3] == "unix:" + (directory / "b"));
  for (const std::string& address : {addresses[0], addresses[2]}) {
    CHECK(absl::StartsWith(address, "127.0.0.1:"));
    CHECK(PortOf(address) != "0");
  }
  CHECK(addresses[0] != addresses[2]);

  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  for (size_t i = 0; i < addresses.size(); ++i) {
    RpcClient client(addresses[i]);
    CHECK(Answer(client.Call(Optimizer::RegisterJob, request)).created() == (i == 0));
  }
}

TEST_CASE("The port that was chosen is shown for an IPv6 address too") {
  TestStore store;
  const auto server = Server::Start({.listen = {"[::1]:0"}}, store.store());
  if (!server.ok()) return;  // A machine without IPv6.
  const std::string address = (*server)->addresses().front();
  CHECK(absl::StartsWith(address, "[::1]:"));
  CHECK(PortOf(address) != "0");
  CHECK(Answers(address));
}

TEST_CASE("A port in use is an error, and its owner goes on") {
  TestStore store;
  const auto owner = Value(Server::Start({.listen = {"127.0.0.1:0"}}, store.store()));
  const std::string address = owner->addresses().front();
  const absl::Status status = Server::Start({.listen = {address}}, store.store()).status();
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(absl::StrContains(status.message(), address));
  CHECK(Answers(address));
}

TEST_CASE("A unix socket in use is an error, and its owner goes on") {
  TestStore store;
  TestStore other_store;
  const TempDir directory;
  const std::string address = "unix:" + (directory / "socket");
  const auto owner = Value(Server::Start({.listen = {address}}, store.store()));
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  RpcClient client(address);
  Answer(client.Call(Optimizer::RegisterJob, request));

  const auto second = Server::Start({.listen = {address}}, other_store.store());
  CHECK(second.status().code() == absl::StatusCode::kUnavailable);
  RpcClient late_client(address);
  CHECK_FALSE(Answer(late_client.Call(Optimizer::RegisterJob, request)).created());
}

TEST_CASE("One address in use is an error for all, and the others are free again") {
  TestStore store;
  const TempDir directory;
  const auto owner = Value(Server::Start({.listen = {"127.0.0.1:0"}}, store.store()));
  const std::string free_address = "unix:" + (directory / "socket");
  CHECK(Server::Start({.listen = {free_address, owner->addresses().front()}}, store.store()).status().code() ==
        absl::StatusCode::kUnavailable);
  CHECK(Value(Server::Start({.listen = {free_address}}, store.store()))->addresses().front() == free_address);
}

TEST_CASE("An address that is none is an error") {
  TestStore store;
  for (const std::string address : {"", "nonsense", "127.0.0.1:notaport", "192.0.2.1:0", "unix:/no/such/directory/s"}) {
    CAPTURE(address);
    CHECK(Server::Start({.listen = {address}}, store.store()).status().code() == absl::StatusCode::kUnavailable);
  }
}

TEST_CASE("A server can be started where one was before, on the same address and store") {
  TestStore store;
  const TempDir directory;
  const std::string address = "unix:" + (directory / "socket");
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  for (const bool first : {true, false}) {
    const auto server = Value(Server::Start({.listen = {address}}, store.store()));
    RpcClient client(address);
    CHECK(Answer(client.Call(Optimizer::RegisterJob, request)).created() == first);
  }
}

TEST_CASE_METHOD(RpcFixture, "The server, its services, liveness and readiness are healthy, and nothing else is") {
  const std::string optimizer = v1::BatchSizeOptimizer::service_full_name();
  const std::string zeus_service = v1::ZeusService::service_full_name();
  for (const std::string& name :
       {std::string(), optimizer, zeus_service, std::string("liveness"), std::string("readiness")}) {
    CAPTURE(name);
    CHECK(CheckHealth(client().channel(), name) == "SERVING");
  }
  CHECK(CheckHealth(client().channel(), "zeus.bso.v1.NoService") == "NOT_FOUND");
}

TEST_CASE_METHOD(RpcFixture, "A wrong request travels back as a BadRequest, however much is wrong with it") {
  auto request = OfJob<v1::CreateArmsRequest>();
  for (int i = 0; i < 1024; ++i) {
    v1::GaussianTsArm& arm = *request.add_arms();
    arm.set_job_id(std::string(256, 'x'));
    arm.set_param_precision(-1);
    arm.set_reward_precision(-1);
    arm.set_num_observations(-1);
  }
  const auto reply = Call(Service::CreateArms, request);
  CheckRefused(reply, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(reply.fields().size() == 20);
  CHECK(reply.fields().front() == "arms[0].batch_size");
}

TEST_CASE_METHOD(RpcFixture, "The longest names and errors travel") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  std::string job_id;
  for (int i = 0; i < 128; ++i) job_id += "\u00e9";
  spec.set_job_id(job_id);
  spec.clear_batch_sizes();
  for (int64_t i = 0; i < 1024; ++i) spec.add_batch_sizes((int64_t{1} << 40) - i);
  spec.set_default_batch_size(int64_t{1} << 40);
  spec.set_num_pruning_rounds(1);
  Answer(Register(spec));
  v1::JobSpec other = testing::MakeSpecMessage(job_id);
  other.set_max_power(1);
  CheckRefused(Register(other), grpc::ALREADY_EXISTS, "JOB_EXISTS");
}

}  // namespace
}  // namespace zeus::bso::rpc
