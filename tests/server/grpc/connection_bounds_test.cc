// What a connection may ask of the server, and what becomes of one that asks for more.
#include "server/grpc/listener/connection_bounds.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "server/api/admission.h"
#include "server/api/validation/bounds.h"
#include "server/net/descriptor_limit.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"
#include "tests/support/raw_http2.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"

namespace zeus::bso::rpc {
namespace {

using testing::GenericCall;
using testing::Http2Frame;
using testing::RawHttp2;
using testing::Reply;

constexpr char kAnyMethod[] = "/zeus.bso.v1.BatchSizeOptimizer/ListJobs";
constexpr char kSession[] = "/zeus.bso.v1.ZeusService/Session";

// A request with an unknown field, so that it has this size; large enough for its length to take three bytes.
std::string RequestOfSize(size_t size) {
  v1::ListJobsRequest request;
  request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(1000, std::string(size - 5, 'x'));
  return request.SerializeAsString();
}

TEST_CASE_METHOD(RpcFixture, "A request of as many bytes as may be is served, a larger one is refused") {
  const std::string largest = RequestOfSize(kMaxRequestBytes);
  REQUIRE(largest.size() == kMaxRequestBytes);
  CHECK(GenericCall(client().channel(), kAnyMethod, {}, largest).ok());
  CHECK(GenericCall(client().channel(), kAnyMethod, {}, RequestOfSize(kMaxRequestBytes + 1)).code() ==
        grpc::RESOURCE_EXHAUSTED);
  CHECK(GenericCall(client().channel(), kAnyMethod).ok());
}

TEST_CASE("The largest request that can be right keeps well within the bound") {
  auto request = OfJob<v1::CreateArmsRequest>();
  for (int i = 0; i < api::kMaxBatchSizes; ++i) {
    v1::GaussianTsArm& arm = *request.add_arms();
    arm.set_job_id(std::string(api::kMaxJobIdBytes, 'x'));
    arm.set_batch_size(api::kMaxBatchSize - i);
    arm.set_param_mean(1e-300);
    arm.set_param_precision(1e300);
    arm.set_reward_precision(1e300);
    arm.set_num_observations(api::kMaxCount);
  }
  CHECK(request.ByteSizeLong() < kMaxRequestBytes / 2);
}

// gRPC may close the connection after its answer.
TEST_CASE_METHOD(RpcFixture, "Metadata of more than the bound is refused, of less is not") {
  const Reply<std::string> reply =
      GenericCall(client().channel(), kAnyMethod, {{"x-large", std::string(kMaxMetadataBytes, 'x')}});
  CHECK(reply.code() == grpc::RESOURCE_EXHAUSTED);
  testing::RpcClient another(server().server().addresses().front());
  CHECK(GenericCall(another.channel(), kAnyMethod, {{"x-large", std::string(kMaxMetadataBytes / 2, 'x')}}).ok());
}

TEST_CASE("A connection is told how many calls it may have in progress, and one that begins more is closed") {
  testing::TestServer server({.max_calls_per_connection = 2});
  RawHttp2 client(server.server().addresses().front());
  std::optional<Http2Frame> settings = client.Read();
  REQUIRE(settings.has_value());
  REQUIRE(settings->type == Http2Frame::kSettings);
  // SETTINGS_MAX_CONCURRENT_STREAMS is 3.
  CHECK_THAT(settings->payload, Catch::Matchers::Contains(testing::BigEndian(3, 2) + testing::BigEndian(2, 4)));
  client.Send({.type = Http2Frame::kSettings, .flags = 1});
  // The server has taken our acknowledgment when it answers what came after.
  client.Send({.type = Http2Frame::kPing, .payload = "12345678"});
  for (auto frame = client.Read(); frame.has_value() && frame->type != Http2Frame::kPing;) frame = client.Read();

  CHECK(client.BeginCall(1, kSession));
  CHECK(client.BeginCall(3, kSession));
  CHECK(client.BeginCall(5, kAnyMethod));
  while (client.Read().has_value()) {
  }
  // Others are not concerned.
  CHECK(GenericCall(server.client().channel(), kAnyMethod).ok());
}

TEST_CASE("A deadline has passed from its instant on") {
  const auto now = std::chrono::system_clock::now();
  CHECK(api::HasPassed(now - std::chrono::hours(1)));
  CHECK(api::HasPassed(now));
  CHECK_FALSE(api::HasPassed(now + std::chrono::hours(1)));
  CHECK_FALSE(api::HasPassed(std::chrono::system_clock::time_point::max()));
}

// A clock at which every call waits once it is closed, and with it the thread that handles it, until all are let go.
class Turnstile {
 public:
  absl::Time Pass() {
    if (closed_) {
      entered_.fetch_add(1);
      opened_.WaitForNotification();
    }
    return absl::Now();
  }
  void Close() { closed_ = true; }
  void Open() { opened_.Notify(); }
  int entered() const { return entered_; }

 private:
  std::atomic<bool> closed_ = false;
  std::atomic<int> entered_ = 0;
  absl::Notification opened_;
};

struct Registration {
  grpc::ClientContext context;
  v1::RegisterJobRequest request;
  v1::RegisterJobResponse response;
};

TEST_CASE("A call whose turn comes after its deadline does nothing") {
  // More than gRPC has threads for.
  constexpr int kCalls = 64;
  testing::TestStore store;
  Turnstile turnstile;
  int begun_in_time = 0;
  {
    testing::ServerOnSocket server(store.store(), {.clock = [&] { return turnstile.Pass(); }});
    turnstile.Close();
    const auto stub = v1::BatchSizeOptimizer::NewStub(server.client().channel());
    std::vector<Registration> calls(kCalls);
    absl::BlockingCounter answers(kCalls);
    for (int i = 0; i < kCalls; ++i) {
      Registration& call = calls[static_cast<size_t>(i)];
      *call.request.mutable_spec() = testing::MakeSpecMessage(absl::StrCat("job-", i));
      call.context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
      stub->async()->RegisterJob(&call.context, &call.request, &call.response,
                                 [&](const grpc::Status&) { answers.DecrementCount(); });
    }
    // Until every deadline has passed, also as the server counts it: from the arrival of the call.
    absl::SleepFor(absl::Milliseconds(600));
    begun_in_time = turnstile.entered();
    turnstile.Open();
    answers.Wait();
  }
  testing::ServerOnSocket server(store.store());
  CHECK(begun_in_time < kCalls);
  CHECK(Answer(server.client().Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs_size() == begun_in_time);
}

// Each takes a thread of the server's: thousands could be had for the asking.
TEST_CASE_METHOD(RpcFixture, "Of many calls of reflection at once most are refused, and other calls are served") {
  RawHttp2 raw(server().server().addresses().front());
  for (uint32_t i = 0; i < 4 * kMaxReflectionThreads; ++i) {
    REQUIRE(raw.BeginCall(2 * i + 1, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"));
  }
  for (int refused = 0; refused < 3 * kMaxReflectionThreads;) {
    const std::optional<Http2Frame> frame = raw.Read();
    REQUIRE(frame.has_value());
    if (frame->type == Http2Frame::kHeaders && frame->ends_stream()) ++refused;
  }
  CHECK(GenericCall(client().channel(), kAnyMethod).ok());
}

TEST_CASE("A part of the descriptors is left for files, and connections have a bound of their own") {
  CHECK(net::ConnectionDescriptorsEnd(1024) == 768);
  CHECK(net::ConnectionDescriptorsEnd(8192) == 7168);
  CHECK(net::ConnectionDescriptorsEnd(1 << 20) == net::kMaxConnectionDescriptors);
  CHECK(net::ConnectionDescriptorsEnd(RLIM_INFINITY) == net::kMaxConnectionDescriptors);
}

}  // namespace
}  // namespace zeus::bso::rpc
