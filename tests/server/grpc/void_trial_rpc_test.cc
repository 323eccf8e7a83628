// VoidTrial.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/correction_fixture.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::ImportJob;
using testing::Watch;

TEST_CASE_METHOD(CorrectionFixture, "POLICY_ZEUS is as if a void result had never been") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_num_pruning_rounds(0);
  spec.set_disable_early_stop(true);
  spec.set_window_size(GENERATE(0, 3));
  Answer(Register(spec));
  spec.set_job_id("other");
  Answer(Register(spec));
  v1::Trial odd;
  for (const std::string job_id : {"job", "other"}) {
    v1::GaussianTsArm arm;
    arm.set_job_id(job_id);
    arm.set_batch_size(32);
    auto arms = OfJob<v1::CreateArmsRequest>(job_id);
    *arms.add_arms() = arm;
    Answer(Call(Service::CreateArms, arms));
    auto stage = OfJob<v1::UpdateJobStageRequest>(job_id);
    stage.set_stage(v1::STAGE_MAB);
    Answer(Call(Service::UpdateJobStage, stage));
    Run(32, 110, true, job_id);
    Run(64, 120, true, job_id);
    if (job_id == "job") odd = Run(32, 3);
    Run(32, 5, false, job_id);
    Run(32, 100, true, job_id);
  }
  CHECK(GetJob().min_cost() == 3);
  const v1::VoidTrialResponse response = Void(odd);
  CHECK(response.trial().voided().reason() == "the disk was full");
  CHECK(response.trial().voided().has_time());
  CHECK(response.trial().converged());
  CHECK(response.job().min_cost() == 100);
  CHECK(response.job().min_cost_batch_size() == 32);
  CHECK(response.job().num_corrections() == 1);
  const v1::GaussianTsArm arm = Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(32))).arm();
  v1::GaussianTsArm expected = Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(32, "other"))).arm();
  expected.set_job_id("job");
  CHECK(arm.param_mean() == Approx(expected.param_mean()));
  CHECK(arm.param_precision() == Approx(expected.param_precision()));
  CHECK(arm.num_observations() == expected.num_observations());
  const auto of_size = OfSize<v1::GetTrialResultsOfBatchSizeRequest>(32);
  const auto results = Answer(Call(Service::GetTrialResultsOfBatchSize, of_size));
  for (const v1::TrialResult& result : results.results()) CHECK(result.trial_number() != odd.trial_number());
  CheckMovable();
  server().Restart();
  CHECK(GetTrial(odd).voided().reason() == "the disk was full");
  CHECK(GetJob().min_cost() == 100);
  // Later results are added to what is left.
  Run(32, 90);
  Run(32, 90, true, "other");
  CHECK(Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(32))).arm().param_mean() ==
        Approx(Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(32, "other"))).arm().param_mean()));
  CheckMovable();
}

TEST_CASE_METHOD(CorrectionFixture, "The only result of a size leaves none, and its exploration is made again") {
  RegisterAs(v1::POLICY_ZEUS);
  const v1::Trial first = StartTrial();
  CHECK(first.batch_size() == 32);
  Answer(ReportNotConverged(first, 100));
  Void(GetTrial(first));
  CHECK_FALSE(GetJob().has_min_cost());
  CHECK(Answer(Call(Service::GetExplorationsOfJob, OfJob<v1::GetExplorationsOfJobRequest>())).explorations().empty());
  CheckMovable();
  const v1::Trial again = StartTrial();
  CHECK(again.batch_size() == 32);
  CHECK(again.type() == v1::TRIAL_TYPE_EXPLORATION);
}

TEST_CASE_METHOD(CorrectionFixture, "Void failures of POLICY_ZEUS do not count") {
  RegisterAs(v1::POLICY_ZEUS);
  Fail(32, v1::TRIAL_FAILURE_FAILED);
  Run(32, 100);
  const v1::Trial failed = Fail(32, v1::TRIAL_FAILURE_FAILED);
  Fail(32, v1::TRIAL_FAILURE_FAILED);
  const v1::Trial infeasible = Fail(64, v1::TRIAL_FAILURE_INFEASIBLE);
  const v1::Trial cancelled = Fail(16, v1::TRIAL_FAILURE_CANCELLED);
  CHECK(GetJob().failures(0).num_failures() == 2);
  CHECK(GetJob().failures(1).infeasible());
  CHECK(Void(failed).job().failures(0).num_failures() == 1);
  CHECK(Void(infeasible).job().failures_size() == 1);
  CHECK(Void(cancelled).job().failures_size() == 1);
  CheckMovable();
}

TEST_CASE_METHOD(CorrectionFixture, "POLICY_CURVES learns anew, as if a void trial had been cancelled") {
  RegisterAs(v1::POLICY_CURVES);
  RegisterAs(v1::POLICY_CURVES, "other");
  auto profile = OfJob<v1::ProfileJobRequest>();
  v1::EpochProfile& timed = *profile.add_profiles();
  timed.set_batch_size(64);
  timed.set_seconds(1);
  timed.set_joules(70);
  v1::Trial odd;
  v1::Trial running;
  for (const std::string job_id : {"job", "other"}) {
    for (int i = 0; i < 5; ++i) {
      Run(16, 50, true, job_id);
      Run(32, 60, true, job_id);
    }
    if (job_id == "job") {
      odd = Run(32, 6000);
      running = CreateTrial(16, v1::TRIAL_TYPE_EXPLORATION);
    } else {
      Fail(32, v1::TRIAL_FAILURE_CANCELLED, job_id);
    }
    profile.set_job_id(job_id);
    Answer(Call(Optimizer::ProfileJob, profile));
    for (int i = 0; i < 5; ++i) Run(32, 61, true, job_id);
    Fail(64, v1::TRIAL_FAILURE_INFEASIBLE, job_id);
  }
  REQUIRE(Knowledge("job") != Knowledge("other"));
  const v1::VoidTrialResponse response = Void(odd);
  CHECK(response.job().is_learning_anew());
  // What arrives meanwhile is learned, too.
  Answer(ReportConverged(running, 50));
  Run(16, 50, true, "other");
  const v1::Job job = AwaitLearned();
  CHECK(job.num_corrections() == 2);
  CHECK(Knowledge("job") == Knowledge("other"));
  CheckMovable();
}

TEST_CASE_METHOD(CorrectionFixture, "A server that stops before it has learned goes on after its start") {
  RegisterAs(v1::POLICY_CURVES);
  for (int i = 0; i < 300; ++i) Run(i % 2 == 0 ? 16 : 32, 50);
  const v1::Trial odd = Run(32, 1);
  CHECK(GetJob().min_cost() == 1);
  Void(odd);
  CHECK(GetJob().min_cost() == 50);
  server().Restart();
  AwaitLearned();
  const v1::ExplainJobResponse explained = Answer(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>()));
  for (const v1::BatchSizeExplanation& size : explained.batch_sizes()) {
    CHECK(size.num_converged() == (size.batch_size() == 64 ? 0 : 150));
  }
  CheckMovable();
  // An export while it learns says so, and the other server learns.
  Void(Run(32, 1));
  RpcFixture other;
  Answer(ImportJob(other.client(), Export()));
  while (other.GetJob().is_learning_anew()) absl::SleepFor(absl::Milliseconds(1));
}

TEST_CASE_METHOD(CorrectionFixture, "A warm start is where a job begins that is learned anew") {
  RegisterAs(v1::POLICY_CURVES, "source");
  for (int i = 0; i < 4; ++i) {
    Run(16, 30, true, "source");
    Run(32, 60, true, "source");
  }
  for (const std::string job_id : {"job", "other"}) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = CurvesSpecMessage(job_id);
    request.set_warm_start("source");
    Answer(Call(Optimizer::RegisterJob, request));
    Run(16, 31, true, job_id);
  }
  Void(Run(16, 9000));
  Fail(16, v1::TRIAL_FAILURE_CANCELLED, "other");
  AwaitLearned();
  CHECK(Knowledge("job") == Knowledge("other"));
  CheckMovable();
}

TEST_CASE_METHOD(CorrectionFixture, "A trial is made void once, and one that runs or is not there is not") {
  const v1::Policy policy = GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES);
  RegisterAs(policy);
  const v1::Trial running = StartTrial();
  CheckRefused(Call(Optimizer::VoidTrial, VoidOf(running)), grpc::FAILED_PRECONDITION, "TRIAL_RUNNING");
  Answer(ReportConverged(running, 10));
  const v1::Trial first = Void(running).trial();
  const v1::Job job = AwaitLearned();
  CHECK(MessageDifferencer::Equals(Answer(Call(Optimizer::VoidTrial, VoidOf(running, "again"))).trial(), first));
  CHECK(MessageDifferencer::Equals(GetJob(), job));
  v1::Trial other = running;
  other.set_trial_number(2);
  CheckRefused(Call(Optimizer::VoidTrial, VoidOf(other)), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
  other.set_job_id("none");
  CheckRefused(Call(Optimizer::VoidTrial, VoidOf(other)), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  for (const std::string& reason : {std::string(), std::string(1025, 'x')}) {
    CheckRefused(Call(Optimizer::VoidTrial, VoidOf(running, reason)), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  }
  // A report that is repeated is answered as before.
  CHECK(Answer(ReportConverged(running, 10)).converged());
}

TEST_CASE_METHOD(CorrectionFixture, "What is only tried is not done") {
  const v1::Policy policy = GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES);
  RegisterAs(policy);
  const v1::Trial trial = Run(32, 10);
  Fail(64, v1::TRIAL_FAILURE_INFEASIBLE);
  const v1::Job before = GetJob();
  auto request = VoidOf(trial);
  request.set_dry_run(true);
  const v1::VoidTrialResponse tried = Answer(Call(Optimizer::VoidTrial, request));
  CHECK(tried.trial().has_voided());
  CHECK_FALSE(tried.job().has_min_cost());
  auto reset = OfSize<v1::ResetBatchSizeRequest>(64);
  reset.set_dry_run(true);
  CHECK(Answer(Call(Optimizer::ResetBatchSize, reset)).batch_sizes_size() == 1);
  CHECK(MessageDifferencer::Equals(GetJob(), before));
  CHECK_FALSE(GetTrial(trial).has_voided());
}

TEST_CASE_METHOD(CorrectionFixture, "Warnings about trials that do not count end") {
  const v1::Policy policy = GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES);
  RegisterAs(policy);
  std::vector<v1::Trial> trials;
  for (int i = 0; i < 3; ++i) trials.push_back(Run(32, 10, false));
  const auto warns = [](const v1::Job& job) {
    return std::any_of(job.warnings().begin(), job.warnings().end(), [](const v1::Warning& warning) {
      return warning.reason() == v1::WARNING_REASON_NOT_CONVERGING;
    });
  };
  REQUIRE(warns(GetJob()));
  CHECK_FALSE(warns(Void(trials[1]).job()));
  CHECK(GetJob().latest_results().num_not_converged() == 2);
  CHECK(GetJob().latest_results().last_trial_number() == 3);
}

TEST_CASE_METHOD(CorrectionFixture, "Watchers see a void trial, and the job when it has been learned anew") {
  RegisterAs(v1::POLICY_CURVES);
  const v1::Trial trial = Run(32, 10);
  Watch watch(client());
  CHECK(watch.Next().has_present_state());
  Void(trial);
  CHECK(watch.Next().trial_voided().trial_number() == trial.trial_number());
  CHECK(watch.Next().job_updated().is_learning_anew());
  CHECK_FALSE(watch.Next().job_updated().is_learning_anew());
}

}  // namespace
}  // namespace zeus::bso::rpc
