// BatchSizeOptimizer's ReportResult and EndTrial.
#include <string>

#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;

// A report in the middle of the training of this trial.
v1::ReportResultRequest HalfWay(const v1::Trial& trial) {
  auto request = OfTrial<v1::ReportResultRequest>(trial);
  request.set_time_seconds(5);
  request.set_energy_joules(50);
  request.set_metric(0.4999);
  request.set_current_epoch(99);
  return request;
}

// This trial with another batch size.
v1::Trial OfAnotherSize(v1::Trial trial) {
  trial.set_batch_size(64);
  return trial;
}

TEST_CASE_METHOD(RpcFixture, "A report half way is told to go on, and changes nothing") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  const v1::Job job = GetJob();
  const auto verdict = Answer(Call(Optimizer::ReportResult, HalfWay(trial)));
  CHECK_FALSE(verdict.stop_train());
  CHECK_FALSE(verdict.converged());
  CHECK_FALSE(verdict.message().empty());
  CHECK(MessageDifferencer::Equals(GetTrial(trial), trial));
  CHECK(MessageDifferencer::Equals(GetJob(), job));
}

TEST_CASE_METHOD(RpcFixture, "A report that reached the target ends the trial and lowers the job's least cost") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  v1::ReportResultRequest request = HalfWay(trial);
  request.set_metric(0.5);
  const auto verdict = Answer(Call(Optimizer::ReportResult, request));
  CHECK(verdict.stop_train());
  CHECK(verdict.converged());
  CHECK_FALSE(verdict.message().empty());

  const v1::Trial ended = GetTrial(trial);
  CHECK(ended.status() == v1::TRIAL_STATUS_SUCCEEDED);
  CHECK(ended.time_seconds() == 5);
  CHECK(ended.energy_joules() == 50);
  CHECK(ended.converged());
  CHECK(ended.end_time() >= ended.start_time());
  CHECK(ended.start_time() == trial.start_time());
  CHECK(GetJob().min_cost() == 50);
  CHECK(GetJob().min_cost_batch_size() == 32);
}

TEST_CASE_METHOD(RpcFixture, "The last epoch ends a trial that has not converged") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  v1::ReportResultRequest request = HalfWay(trial);
  request.set_current_epoch(100);
  const auto verdict = Answer(Call(Optimizer::ReportResult, request));
  CHECK(verdict.stop_train());
  CHECK_FALSE(verdict.converged());
  const v1::Trial ended = GetTrial(trial);
  CHECK(ended.status() == v1::TRIAL_STATUS_SUCCEEDED);
  REQUIRE(ended.has_converged());
  CHECK_FALSE(ended.converged());
  CHECK_FALSE(GetJob().has_min_cost());
}

TEST_CASE_METHOD(RpcFixture, "A trial that costs more than beta_knob times the least cost is stopped") {
  RegisterJob();
  Answer(ReportConverged(StartTrial(), 100));
  const v1::Trial trial = StartTrial();
  v1::ReportResultRequest request = HalfWay(trial);
  request.set_energy_joules(200);
  CHECK_FALSE(Answer(Call(Optimizer::ReportResult, request)).stop_train());
  request.set_energy_joules(200.5);
  request.set_metric(0.9);
  const auto verdict = Answer(Call(Optimizer::ReportResult, request));
  CHECK(verdict.stop_train());
  CHECK_FALSE(verdict.converged());
  CHECK_FALSE(GetTrial(trial).converged());
}

TEST_CASE_METHOD(RpcFixture, "A repeated report is told what was recorded, and records nothing") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  Answer(ReportConverged(trial, 100));
  const v1::Trial recorded = GetTrial(trial);
  for (const auto& reply : {ReportConverged(trial, 100), ReportNotConverged(trial, 7)}) {
    CHECK(Answer(reply).stop_train());
    CHECK(Answer(reply).converged());
  }
  CHECK(MessageDifferencer::Equals(GetTrial(trial), recorded));
  CHECK(GetJob().min_cost() == 100);
}

TEST_CASE_METHOD(RpcFixture, "A repeated report of a trial that did not converge says so, whatever it reports") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  Answer(ReportNotConverged(trial, 100));
  const auto again = Answer(ReportConverged(trial, 1));
  CHECK(again.stop_train());
  CHECK_FALSE(again.converged());
}

TEST_CASE_METHOD(RpcFixture, "A report on a job or trial that does not exist is NOT_FOUND") {
  v1::Trial trial;
  trial.set_job_id("job");
  trial.set_batch_size(32);
  trial.set_trial_number(1);
  CheckRefused(ReportConverged(trial, 1), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CheckRefused(ReportConverged(trial, 1), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
  CheckRefused(ReportConverged(OfAnotherSize(StartTrial()), 1), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
}

TEST_CASE_METHOD(RpcFixture, "A report on a trial that failed is refused") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)));
  CheckRefused(ReportConverged(trial, 1), grpc::FAILED_PRECONDITION, "TRIAL_FAILED");
}

TEST_CASE_METHOD(RpcFixture, "A trial that is ended without a result has failed, and its size is explored again") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  const v1::Trial ended = Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial))).trial();
  CHECK(ended.status() == v1::TRIAL_STATUS_FAILED);
  CHECK(ended.trial_number() == 1);
  CHECK(ended.end_time() >= ended.start_time());
  CHECK_FALSE(ended.has_time_seconds());
  CHECK_FALSE(ended.has_energy_joules());
  CHECK_FALSE(ended.has_converged());
  CHECK(MessageDifferencer::Equals(GetTrial(trial), ended));

  const v1::Trial next = StartTrial();
  CHECK(next.type() == v1::TRIAL_TYPE_EXPLORATION);
  CHECK(next.batch_size() == 32);
  CHECK(next.trial_number() == 2);
}

TEST_CASE_METHOD(RpcFixture, "Ending a trial that has ended leaves it as it is") {
  RegisterJob();
  const v1::Trial succeeded = StartTrial();
  Answer(ReportConverged(succeeded, 100));
  const v1::Trial failed = StartTrial();
  Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(failed)));
  for (const v1::Trial& trial : {succeeded, failed}) {
    const v1::Trial before = GetTrial(trial);
    const auto answer = Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)));
    CHECK(MessageDifferencer::Equals(answer.trial(), before));
    CHECK(MessageDifferencer::Equals(GetTrial(trial), before));
  }
}

TEST_CASE_METHOD(RpcFixture, "Ending a trial of a job or trial that does not exist is NOT_FOUND") {
  v1::Trial trial;
  trial.set_job_id("job");
  trial.set_batch_size(32);
  trial.set_trial_number(1);
  const auto end = [this](const v1::Trial& which) {
    return Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(which));
  };
  CheckRefused(end(trial), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CheckRefused(end(trial), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
  CheckRefused(end(OfAnotherSize(StartTrial())), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
}

}  // namespace
}  // namespace zeus::bso::rpc
