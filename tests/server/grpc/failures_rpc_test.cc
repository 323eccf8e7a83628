// Trainers that fail, fall silent or start too much, over the wire.
#include <string>

#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;

v1::EndTrialRequest End(const v1::Trial& trial, v1::TrialFailure failure) {
  auto request = OfTrial<v1::EndTrialRequest>(trial);
  request.set_failure(failure);
  return request;
}

v1::JobSpec SpecWithTimeout(int64_t milliseconds) {
  v1::JobSpec spec = testing::MakeSpecMessage();
  *spec.mutable_trial_timeout() = TimeUtil::MillisecondsToDuration(milliseconds);
  return spec;
}

TEST_CASE_METHOD(RpcFixture, "A trial ends for the reason that is given, or as failed") {
  RegisterJob();
  for (const auto& [given, shown] : {std::pair(v1::TRIAL_FAILURE_UNSPECIFIED, v1::TRIAL_FAILURE_FAILED),
                                     std::pair(v1::TRIAL_FAILURE_FAILED, v1::TRIAL_FAILURE_FAILED),
                                     std::pair(v1::TRIAL_FAILURE_CANCELLED, v1::TRIAL_FAILURE_CANCELLED),
                                     std::pair(v1::TRIAL_FAILURE_INFEASIBLE, v1::TRIAL_FAILURE_INFEASIBLE)}) {
    const v1::Trial trial = StartTrial();
    const v1::Trial ended = Answer(Call(Optimizer::EndTrial, End(trial, given))).trial();
    CHECK(ended.failure() == shown);
    CHECK(MessageDifferencer::Equals(GetTrial(trial), ended));
  }
  const v1::Job job = GetJob();
  REQUIRE(job.failures_size() == 1);
  CHECK(job.failures(0).batch_size() == 32);
  CHECK(job.failures(0).num_failures() == 2);
  CHECK(job.failures(0).infeasible());
  CHECK(job.num_running_trials() == 0);
}

TEST_CASE_METHOD(RpcFixture, "The service layer ends a trial for a reason, too") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  auto request = OfTrial<v1::UpdateTrialRequest>(trial);
  request.set_status(v1::TRIAL_STATUS_FAILED);
  request.set_failure(v1::TRIAL_FAILURE_INFEASIBLE);
  CHECK(Answer(Call(Service::UpdateTrial, request)).trial().failure() == v1::TRIAL_FAILURE_INFEASIBLE);
  CHECK(GetJob().failures(0).infeasible());
}

TEST_CASE_METHOD(RpcFixture, "When no size is left the error names those that failed and those that cannot run") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_max_failures_per_batch_size(1);
  Answer(Register(spec));
  Answer(Call(Optimizer::EndTrial, End(StartTrial(), v1::TRIAL_FAILURE_FAILED)));
  Answer(Call(Optimizer::EndTrial, End(StartTrial(), v1::TRIAL_FAILURE_INFEASIBLE)));
  const auto reply = client().Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>());
  CheckRefused(reply, grpc::FAILED_PRECONDITION, "NOTHING_CONVERGED");
  const auto info = reply.detail<google::rpc::ErrorInfo>();
  const auto& metadata = info.metadata();
  CHECK(metadata.at("batch_sizes") == "32,64");
  CHECK(metadata.at("failed_batch_sizes") == "32");
  CHECK(metadata.at("infeasible_batch_sizes") == "64");
}

TEST_CASE_METHOD(RpcFixture, "A trial from which nothing is heard ends by itself, and a report comes too late") {
  Answer(Register(SpecWithTimeout(20)));
  const v1::Trial trial = StartTrial();
  testing::Watch watch(client());
  // The trial may end before or after the watch begins.
  while (GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED) absl::SleepFor(absl::Milliseconds(1));
  CHECK(GetTrial(trial).failure() == v1::TRIAL_FAILURE_TIMED_OUT);
  const auto late = client().Call(Optimizer::ReportResult, OfTrial<v1::ReportResultRequest>(trial));
  CheckRefused(late, grpc::FAILED_PRECONDITION, "TRIAL_FAILED");
  CHECK(late.detail<google::rpc::ErrorInfo>().metadata().at("failure") == "TIMED_OUT");
  const auto heartbeat = Answer(Call(Optimizer::Heartbeat, OfTrial<v1::HeartbeatRequest>(trial)));
  CHECK(heartbeat.trial().status() == v1::TRIAL_STATUS_FAILED);
}

TEST_CASE_METHOD(RpcFixture, "Each heartbeat is answered with the trial, which lives as long as they come") {
  Answer(Register(SpecWithTimeout(1000)));
  const v1::Trial trial = StartTrial();
  const absl::Time end = absl::Now() + absl::Milliseconds(2500);
  while (absl::Now() < end) {
    const auto answer = Answer(Call(Optimizer::Heartbeat, OfTrial<v1::HeartbeatRequest>(trial)));
    REQUIRE(MessageDifferencer::Equals(answer.trial(), trial));
    absl::SleepFor(absl::Milliseconds(10));
  }
}

TEST_CASE_METHOD(RpcFixture, "A heartbeat for nothing is refused") {
  v1::Trial trial;
  trial.set_job_id("job");
  trial.set_batch_size(32);
  trial.set_trial_number(1);
  CheckRefused(Call(Optimizer::Heartbeat, OfTrial<v1::HeartbeatRequest>(trial)), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CheckRefused(Call(Optimizer::Heartbeat, OfTrial<v1::HeartbeatRequest>(trial)), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
}

TEST_CASE("Jobs and running trials are bounded, and the error says by what") {
  RpcFixture fixture({.limits = {.max_jobs = 1, .max_running_trials = 2}});
  fixture.RegisterJob();
  CheckRefused(fixture.Register(testing::MakeSpecMessage("second")), grpc::RESOURCE_EXHAUSTED, "TOO_MANY_JOBS");
  fixture.StartTrial();
  fixture.StartTrial();
  CheckRefused(fixture.Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>()), grpc::RESOURCE_EXHAUSTED,
               "TOO_MANY_RUNNING_TRIALS");
  auto create = OfSize<v1::CreateTrialRequest>(32);
  create.set_type(v1::TRIAL_TYPE_MAB);
  CheckRefused(fixture.Call(Service::CreateTrial, create), grpc::RESOURCE_EXHAUSTED, "TOO_MANY_RUNNING_TRIALS");
}

}  // namespace
}  // namespace zeus::bso::rpc
