// RunTrial: how a training is left says how its trial ends.
#include "zeus/bso/run_trial.h"

#include <signal.h>

#include <functional>
#include <new>
#include <stdexcept>

#include "tests/client/cpp/fixture.h"

namespace zeus::bso::testing {
namespace {

class RunTrialFixture : public ClientFixture {
 public:
  RunTrialFixture() : client(Connect(address())) { Register(); }

  void Register() { REQUIRE(client.RegisterJob(PatientSpec()).ok()); }

  // How a trial ends whose training does this.
  v1::TrialFailure FailureAfter(const std::function<absl::Status()>& train) {
    RunTrial(client, "job", [&](TrialRun&) { return train(); }).IgnoreError();
    return TakeFailure();
  }

  template <typename Exception>
  v1::TrialFailure FailureAfterThrowing(const Exception& exception) {
    CHECK_THROWS_AS(RunTrial(client, "job", [&](TrialRun&) -> absl::Status { throw exception; }).IgnoreError(),
                    Exception);
    return TakeFailure();
  }

  // How the last trial ended. The job is as new then: all sizes are feasible.
  v1::TrialFailure TakeFailure() {
    const v1::TrialFailure failure = LastTrial().failure();
    REQUIRE(client.DeleteJob("job").ok());
    Register();
    return failure;
  }

  Client client;
};

TEST_CASE_METHOD(RunTrialFixture, "A training with a result is OK") {
  CHECK_THAT(RunTrial(client, "job", [](TrialRun& trial) { return trial.Report(kConverges).status(); }), IsOk());
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_SUCCEEDED);
}

TEST_CASE_METHOD(RunTrialFixture, "A training that ends by itself has not converged") {
  const auto train = [](TrialRun& trial) {
    CHECK_FALSE(Value(trial.Report(kGoesOn)).stop_train());
    return absl::OkStatus();
  };
  CHECK_THAT(RunTrial(client, "job", train), IsOk());
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_FAILED);
  CHECK(LastTrial().failure() == v1::TRIAL_FAILURE_NOT_CONVERGED);
  CHECK(FailureAfter([] { return absl::OkStatus(); }) == v1::TRIAL_FAILURE_NOT_CONVERGED);
}

TEST_CASE_METHOD(RunTrialFixture, "An error goes on to the caller, and says how the trial ended") {
  const absl::Status error = absl::DataLossError("bad data");
  CHECK(RunTrial(client, "job", [&](TrialRun&) { return error; }) == error);
  CHECK(LastTrial().failure() == v1::TRIAL_FAILURE_FAILED);
  for (const absl::Status& stopped :
       {absl::CancelledError(), absl::UnavailableError(""), absl::DeadlineExceededError("")}) {
    CHECK(FailureAfter([&] { return stopped; }) == v1::TRIAL_FAILURE_CANCELLED);
  }
}

TEST_CASE_METHOD(RunTrialFixture, "An exception goes on to the caller, and says how the trial ended") {
  CHECK(FailureAfterThrowing(std::bad_alloc()) == v1::TRIAL_FAILURE_INFEASIBLE);
  CHECK(FailureAfterThrowing(std::bad_array_new_length()) == v1::TRIAL_FAILURE_INFEASIBLE);
  CHECK(FailureAfterThrowing(std::runtime_error("CUDA error: Out of memory")) == v1::TRIAL_FAILURE_INFEASIBLE);
  CHECK(FailureAfterThrowing(std::runtime_error("out of luck")) == v1::TRIAL_FAILURE_FAILED);
  CHECK(FailureAfterThrowing(7) == v1::TRIAL_FAILURE_FAILED);
}

TEST_CASE_METHOD(RunTrialFixture, "What the training said about its end stands") {
  const auto train = [](TrialRun& trial) {
    CHECK_THAT(trial.End(v1::TRIAL_FAILURE_INFEASIBLE), IsOk());
    return absl::InternalError("no memory");
  };
  CHECK(absl::IsInternal(RunTrial(client, "job", train)));
  CHECK(LastTrial().failure() == v1::TRIAL_FAILURE_INFEASIBLE);
}

TEST_CASE_METHOD(RunTrialFixture, "A trial that cannot be started is not trained in") {
  bool trained = false;
  const auto train = [&](TrialRun&) {
    trained = true;
    return absl::OkStatus();
  };
  CHECK(CodeAndReason(RunTrial(client, "none", train)) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK_FALSE(trained);
}

TEST_CASE_METHOD(RunTrialFixture, "A training outlives its server, and keeps its own exception") {
  Client impatient = Connect({.target = address(), .retry = {.total = absl::ZeroDuration()}});
  const auto train = [&](TrialRun&) -> absl::Status {
    server().Signal(SIGKILL);
    server().Wait();
    throw std::logic_error("bad data");
  };
  CHECK_THROWS_AS(RunTrial(impatient, "job", train).IgnoreError(), std::logic_error);
}

}  // namespace
}  // namespace zeus::bso::testing
