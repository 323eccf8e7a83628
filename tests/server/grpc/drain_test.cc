// The end of a server: what becomes of the calls in progress.
#include <chrono>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "health/v1/health.grpc.pb.h"
#include "tests/server/grpc/faulty_engine.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/health_client.h"

namespace zeus::bso::rpc {
namespace {

using testing::CheckHealth;
using testing::Reply;
using HealthResponse = grpc::health::v1::HealthCheckResponse;

// By then, what must not happen would have happened. Only a defect is missed when the machine is slower.
constexpr absl::Duration kLongEnough = absl::Milliseconds(50);

v1::RegisterJobRequest RegisterRequest() {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  return request;
}

// A server with a call on it that waits for the disk.
class WaitingCall {
 public:
  WaitingCall() {
    const int before = store_.disk().num_begun();
    store_.disk().Hold();
    call_ = std::thread([this] {
      reply_ = server_.client().Call(Optimizer::RegisterJob, RegisterRequest());
      answered_.Notify();
    });
    store_.disk().WaitUntilBegun(before + 1);
  }

  ~WaitingCall() {
    store_.disk().LetGo();
    if (call_.joinable()) call_.join();
    if (drain_.joinable()) drain_.join();
  }

  testing::HeldWrites& disk() { return store_.disk(); }
  testing::RpcClient& client() { return server_.client(); }

  // Begins to drain, and waits until no more calls are taken.
  void BeginDrain(absl::Duration patience) {
    drain_ = std::thread([this, patience] {
      server_.server().Drain(patience);
      drained_.Notify();
    });
    while (client().Call(Optimizer::ListJobs, v1::ListJobsRequest()).ok()) std::this_thread::yield();
  }

  const Reply<v1::RegisterJobResponse>& WaitForAnswer() {
    answered_.WaitForNotification();
    return reply_;
  }

  bool drained() const { return drained_.HasBeenNotified(); }
  void WaitForDrain() { drained_.WaitForNotification(); }

 private:
  FaultyStore store_;
  testing::ServerOnSocket server_{store_.store()};
  Reply<v1::RegisterJobResponse> reply_;
  absl::Notification answered_;
  absl::Notification drained_;
  std::thread call_;
  std::thread drain_;
};

TEST_CASE("A change is not answered before it is on the disk, and is seen by nobody before") {
  WaitingCall waiting;
  CHECK(Answer(waiting.client().Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs_size() == 0);
  // Another caller is not told that it is registered, for a crash could still take it back.
  Reply<v1::RegisterJobResponse> again;
  absl::Notification told;
  std::thread other([&] {
    again = waiting.client().Call(Optimizer::RegisterJob, RegisterRequest());
    told.Notify();
  });
  absl::SleepFor(kLongEnough);
  CHECK_FALSE(told.HasBeenNotified());
  waiting.disk().LetGo();
  CHECK(Answer(waiting.WaitForAnswer()).created());
  other.join();
  CHECK_FALSE(Answer(again).created());
}

TEST_CASE("A call that waits for the disk when the server drains is answered") {
  WaitingCall waiting;
  waiting.BeginDrain(absl::InfiniteDuration());
  absl::SleepFor(kLongEnough);
  CHECK_FALSE(waiting.drained());
  waiting.disk().LetGo();
  CHECK(Answer(waiting.WaitForAnswer()).created());
  waiting.WaitForDrain();
}

TEST_CASE("A call that waits beyond the patience of a drain is cancelled") {
  WaitingCall waiting;
  waiting.BeginDrain(absl::Milliseconds(1));
  const grpc::StatusCode code = waiting.WaitForAnswer().code();
  CHECK((code == grpc::CANCELLED || code == grpc::UNAVAILABLE));
  waiting.disk().LetGo();
  waiting.WaitForDrain();
}

TEST_CASE_METHOD(RpcFixture, "A server that has drained takes no more calls, on old connections or new") {
  RegisterJob();
  server().server().Drain(absl::Seconds(10));
  CHECK(Call(Optimizer::ListJobs, v1::ListJobsRequest()).code() == grpc::UNAVAILABLE);
  CHECK(CheckHealth(client().channel()) == "UNAVAILABLE");
  testing::RpcClient late_client(server().server().addresses().front());
  CHECK(late_client.Call(Optimizer::ListJobs, v1::ListJobsRequest()).code() == grpc::UNAVAILABLE);
}

TEST_CASE_METHOD(RpcFixture, "Draining again does nothing") {
  for (int i = 0; i < 2; ++i) server().server().Drain(absl::ZeroDuration());
  CHECK(Call(Optimizer::ListJobs, v1::ListJobsRequest()).code() == grpc::UNAVAILABLE);
}

TEST_CASE_METHOD(RpcFixture, "Who watches the health is told when the server drains") {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto watch =
      grpc::health::v1::Health::NewStub(client().channel())->Watch(&context, grpc::health::v1::HealthCheckRequest());
  HealthResponse response;
  REQUIRE(watch->Read(&response));
  CHECK(response.status() == HealthResponse::SERVING);

  std::thread drain([this] { server().server().Drain(absl::InfiniteDuration()); });
  CHECK(watch->Read(&response));
  CHECK(response.status() == HealthResponse::NOT_SERVING);
  context.TryCancel();
  drain.join();
}

TEST_CASE_METHOD(RpcFixture, "Who goes on watching the health is cut off when the patience of the drain is over") {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto watch =
      grpc::health::v1::Health::NewStub(client().channel())->Watch(&context, grpc::health::v1::HealthCheckRequest());
  HealthResponse response;
  REQUIRE(watch->Read(&response));
  server().server().Drain(absl::Milliseconds(1));
  while (watch->Read(&response)) {
  }
  CHECK_FALSE(watch->Finish().ok());
}

}  // namespace
}  // namespace zeus::bso::rpc
