// What clients are told when the store fails.
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/error.h"
#include "tests/server/grpc/faulty_engine.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/health_client.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

struct Fault {
  Reason reason;
  grpc::StatusCode code;
};

const std::vector<Fault>& StorageFaults() {
  static const auto* const faults = new std::vector<Fault>{{Reason::kStorageFull, grpc::RESOURCE_EXHAUSTED},
                                                           {Reason::kStorageUnavailable, grpc::UNAVAILABLE},
                                                           {Reason::kStorageCorrupted, grpc::DATA_LOSS}};
  return *faults;
}

class StorageErrors {
 public:
  ~StorageErrors() { disk().Fail(absl::OkStatus()); }

  testing::HeldWrites& disk() { return store_.disk(); }
  testing::RpcClient& client() { return server_.client(); }

  testing::Reply<v1::RegisterJobResponse> Register(const std::string& job_id) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = testing::MakeSpecMessage(job_id);
    return server_.client().Call(Optimizer::RegisterJob, request);
  }

  // Lets the disk work again, and waits until the server does.
  void Heal() {
    disk().Fail(absl::OkStatus());
    while (!store_.store().health().ok()) absl::SleepFor(absl::Milliseconds(1));
  }

  bool HasJob(const std::string& job_id) {
    return Answer(server_.client().Call(Service::GetJob, OfJob<v1::GetJobRequest>(job_id))).has_job();
  }

 private:
  FaultyStore store_;
  testing::ServerOnSocket server_{store_.store()};
};

TEST_CASE_METHOD(StorageErrors, "A write that fails is answered with its own code, and the server goes on") {
  for (const Fault& fault : StorageFaults()) {
    const std::string reason(ReasonName(fault.reason));
    disk().Fail(MakeError(fault.reason, "the disk fails"));
    CheckRefused(Register(reason), fault.code, reason);
    Heal();
    CHECK_FALSE(HasJob(reason));
    CHECK(Register(reason).ok());
  }
}

TEST_CASE_METHOD(StorageErrors, "While the disk fails changes are refused and reads go on") {
  REQUIRE(Register("job").ok());
  for (const Fault& fault : StorageFaults()) {
    if (fault.reason == Reason::kStorageCorrupted) continue;  // Only the call that met the damage is told of it.
    const std::string reason(ReasonName(fault.reason));
    disk().Fail(MakeError(fault.reason, "the disk fails"));
    CheckRefused(Register("first"), fault.code, reason);
    for (int i = 0; i < 3; ++i) {
      const auto refused = Register(reason);
      CheckRefused(refused, fault.code, reason);
      CHECK_THAT(refused.status.error_message(), Catch::Matchers::Contains("nothing was changed"));
      CHECK(HasJob("job"));
      CHECK_FALSE(HasJob(reason));
    }
    // It is there, and that needs no write.
    CHECK_FALSE(Answer(Register("job")).created());
    Heal();
    CHECK(Answer(Register(reason)).created());
  }
}

TEST_CASE_METHOD(StorageErrors, "Two requests with one request_id at the same time register one job") {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage("");
  request.mutable_spec()->set_job_id_prefix("drawn");
  request.set_request_id("123e4567-e89b-42d3-a456-426614174000");
  const int before = disk().num_begun();
  disk().Hold();
  std::vector<testing::Reply<v1::RegisterJobResponse>> replies(2);
  std::vector<std::thread> calls;
  for (auto& reply : replies) {
    calls.emplace_back([&] { reply = client().Call(Optimizer::RegisterJob, request); });
  }
  disk().WaitUntilBegun(before + 1);
  disk().LetGo();
  for (std::thread& call : calls) call.join();
  CHECK(Answer(replies[0]).job().spec().job_id() == Answer(replies[1]).job().spec().job_id());
  CHECK(Answer(client().Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs_size() == 1);
}

TEST_CASE_METHOD(StorageErrors, "A watcher is shown the present state after a write that failed") {
  REQUIRE(Register("job").ok());
  testing::Watch watch(client());
  CHECK_FALSE(watch.Next().present_state().missed_changes());
  disk().Fail(MakeError(Reason::kStorageUnavailable, "the disk fails"));
  CheckRefused(client().Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>()), grpc::UNAVAILABLE,
               "STORAGE_UNAVAILABLE");
  Heal();
  const v1::Trial trial = Answer(client().Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>())).trial();
  CHECK(trial.trial_number() == 1);
  v1::JobEvent event = watch.Next();
  // If the state was read after that start, it is in the state.
  if (event.has_present_state()) {
    CHECK(event.present_state().missed_changes());
  } else {
    CHECK(event.trial_started().trial_number() == 1);
  }
}

TEST_CASE_METHOD(StorageErrors, "Health says NOT_SERVING while changes are refused") {
  const auto await = [&](const std::string& expected) {
    while (testing::CheckHealth(client().channel()) != expected) absl::SleepFor(absl::Milliseconds(10));
  };
  await("SERVING");
  disk().Fail(MakeError(Reason::kStorageFull, "the disk is full"));
  CHECK_FALSE(Register("job").ok());
  await("NOT_SERVING");
  Heal();
  await("SERVING");
}

}  // namespace
}  // namespace zeus::bso::rpc
