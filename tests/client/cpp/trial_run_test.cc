// TrialRun: its reports and its ends.
#include "zeus/bso/trial_run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/client/cpp/trial_fixture.h"

namespace zeus::bso::testing {
namespace {

TEST_CASE_METHOD(TrialFixture, "A trial with a result is over") {
  Register();
  {
    TrialRun run = StartRun();
    CHECK(run.batch_size() == 32);
    CHECK(run.trial().trial_number() == 1);
    CHECK_FALSE(Value(run.Report(kGoesOn)).stop_train());
    CHECK(run.running());
    CHECK(Value(run.Report(kConverges)).stop_train());
    CHECK_FALSE(run.running());
    CHECK_THAT(run.End(v1::TRIAL_FAILURE_FAILED), IsOk());
  }
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_SUCCEEDED);
}

TEST_CASE_METHOD(TrialFixture, "A trial without a result has failed when it goes out of scope") {
  Register();
  { const TrialRun run = StartRun(); }
  CHECK(LastTrial().failure() == v1::TRIAL_FAILURE_FAILED);
}

TEST_CASE_METHOD(TrialFixture, "A trial ends as it is told") {
  Register();
  for (const v1::TrialFailure failure :
       {v1::TRIAL_FAILURE_CANCELLED, v1::TRIAL_FAILURE_NOT_CONVERGED, v1::TRIAL_FAILURE_INFEASIBLE}) {
    TrialRun run = StartRun();
    CHECK_THAT(run.End(failure), IsOk());
    CHECK_FALSE(run.running());
    CHECK(LastTrial().failure() == failure);
  }
}

TEST_CASE_METHOD(TrialFixture, "A trial that was moved is the new owner's, and one that is assigned to ends") {
  Register();
  std::optional<TrialRun> run = StartRun();
  {
    TrialRun moved = *std::move(run);
    run.reset();
    CHECK(LastTrial().status() == v1::TRIAL_STATUS_DISPATCHED);
    moved = StartRun();
    CHECK(Value(client.GetTrial("job", 32, 1))->failure() == v1::TRIAL_FAILURE_FAILED);
    CHECK(LastTrial().status() == v1::TRIAL_STATUS_DISPATCHED);
    CHECK(moved.trial().trial_number() == 2);
  }
  CHECK(LastTrial().failure() == v1::TRIAL_FAILURE_FAILED);
}

TEST_CASE_METHOD(TrialFixture, "A trial outlives its client") {
  Register();
  auto short_lived = std::make_unique<Client>(Connect(address()));
  TrialRun run = Value(TrialRun::Start(*short_lived, "job"));
  short_lived.reset();
  CHECK_FALSE(Value(run.Report(kGoesOn)).stop_train());
}

TEST_CASE_METHOD(TrialFixture, "A trial of no job is not started, nor one with an interval out of bounds") {
  CHECK(CodeAndReason(TrialRun::Start(client, "none").status()) == "NOT_FOUND JOB_NOT_FOUND");
  Register();
  for (const absl::Duration interval : {-absl::Seconds(1), absl::Microseconds(999), absl::InfiniteDuration()}) {
    CHECK(absl::IsInvalidArgument(TrialRun::Start(client, "job", {.heartbeat_interval = interval}).status()));
  }
  CHECK(Value(client.ListTrials("job")).empty());
}

TEST_CASE_METHOD(TrialFixture, "A metric that is not a number keeps training") {
  Register();
  TrialRun run = StartRun();
  Progress progress = kGoesOn;
  progress.metric = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(Value(run.Report(progress)).stop_train());
  CHECK(run.running());
}

TEST_CASE_METHOD(TrialFixture, "An energy that is not a number does not end the trial") {
  Register();
  TrialRun run = StartRun();
  Progress progress = kGoesOn;
  progress.energy_joules = std::numeric_limits<double>::quiet_NaN();
  const absl::Status status = run.Report(progress).status();
  CHECK(CodeAndReason(status) == "INVALID_ARGUMENT INVALID_FIELD");
  CHECK(FieldViolations(status).at(0).field == "energy_joules");
  CHECK(run.running());
}

TEST_CASE_METHOD(TrialFixture, "A report learns that somebody else ended the trial") {
  Register();
  TrialRun run = StartRun(kNoHeart);
  REQUIRE(client.EndTrial(run.trial(), v1::TRIAL_FAILURE_CANCELLED).ok());
  CHECK(run.running());
  CHECK(CodeAndReason(run.Report(kGoesOn).status()) == "FAILED_PRECONDITION TRIAL_FAILED");
  CHECK_FALSE(run.running());
}

TEST_CASE_METHOD(TrialFixture, "Many trials of one client run at once") {
  Register();
  std::vector<v1::ReportResultResponse> verdicts(12);
  std::vector<std::thread> threads;
  for (v1::ReportResultResponse& verdict : verdicts) {
    threads.emplace_back([this, &verdict] {
      absl::StatusOr<TrialRun> run = TrialRun::Start(client, "job", kFastHeart);
      for (int i = 0; run.ok() && i < 20; ++i) run->Report(kGoesOn).IgnoreError();
      if (run.ok()) verdict = run->Report(kConverges).value_or(verdict);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const v1::ReportResultResponse& verdict : verdicts) CHECK(verdict.converged());
  CHECK(Value(client.ListTrials("job")).size() == verdicts.size());
}

TEST_CASE_METHOD(TrialFixture, "A child that was forked neither ends the trial nor uses the connection") {
  Register();
  auto run = std::make_unique<TrialRun>(StartRun());
  const pid_t child = fork();
  if (child == 0) {
    run.reset();
    { const Client moved = std::move(client); }
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_DISPATCHED);
  CHECK_FALSE(Value(run->Report(kGoesOn)).stop_train());
}

TEST_CASE_METHOD(TrialFixture, "A trial is left at once when its client is closed") {
  Register();
  {
    TrialRun run = StartRun(kFastHeart);
    client.Close();
    CHECK(absl::IsCancelled(run.Report(kGoesOn).status()));
    CHECK(absl::IsCancelled(run.End(v1::TRIAL_FAILURE_CANCELLED)));
    CHECK_FALSE(run.running());
  }
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_DISPATCHED);
}

}  // namespace
}  // namespace zeus::bso::testing
