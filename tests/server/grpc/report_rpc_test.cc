// BatchSizeOptimizer's ReportResult and EndTrial.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"

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

TEST_CASE_METHOD(RpcFixture, "Lists show why a report ended a trial, with its last numbers") {
  RegisterJob();
  Answer(ReportConverged(StartTrial(), 100));
  const v1::Trial over = StartTrial();
  v1::ReportResultRequest request = HalfWay(over);
  request.set_energy_joules(263);
  const auto verdict = Answer(Call(Optimizer::ReportResult, request));
  CHECK(verdict.end_reason() == v1::END_REASON_COST_OVER_LIMIT);
  CHECK(verdict.message() == "Stopped early: 263 J so far, over the limit of 200 J");
  const auto running = StartTrial();

  const auto trials = Answer(Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>())).trials();
  REQUIRE(trials.size() == 3);
  CHECK(trials[0].end_reason() == v1::END_REASON_TARGET_REACHED);
  CHECK(trials[0].last_metric() == 0.9);
  CHECK(trials[0].epochs() == 1);
  CHECK_FALSE(trials[0].has_cost_limit());
  CHECK(trials[1].end_reason() == v1::END_REASON_COST_OVER_LIMIT);
  CHECK(trials[1].last_metric() == 0.4999);
  CHECK(trials[1].epochs() == 99);
  CHECK(trials[1].cost_limit() == 200);
  CHECK(MessageDifferencer::Equals(trials[2], running));
  CHECK(trials[2].end_reason() == v1::END_REASON_UNSPECIFIED);
  CHECK_FALSE(trials[2].has_last_metric());
  CHECK_FALSE(trials[2].has_epochs());
}

TEST_CASE_METHOD(RpcFixture, "A trial that UpdateTrial ended has no reason, and its repeated report says so") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  auto update = OfTrial<v1::UpdateTrialRequest>(trial);
  update.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  update.set_time_seconds(1);
  update.set_energy_joules(1);
  update.set_converged(true);
  Answer(Call(Service::UpdateTrial, update));
  CHECK(GetTrial(trial).end_reason() == v1::END_REASON_UNSPECIFIED);
  const auto verdict = Answer(ReportConverged(trial, 100));
  CHECK(verdict.converged());
  CHECK(verdict.end_reason() == v1::END_REASON_UNSPECIFIED);
}

TEST_CASE_METHOD(RpcFixture, "NaN is a metric that has not reached its target") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  v1::ReportResultRequest request = HalfWay(trial);
  request.set_metric(std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(Answer(Call(Optimizer::ReportResult, request)).stop_train());
  request.set_current_epoch(100);
  const auto verdict = Answer(Call(Optimizer::ReportResult, request));
  CHECK(verdict.end_reason() == v1::END_REASON_MAX_EPOCHS_DONE);
  CHECK(std::isnan(GetTrial(trial).last_metric()));
}

// The fields of ReportResultRequest as the proto had them before they got presence, field by field as on the wire.
std::string OldBytes(const v1::Trial& trial, const std::string& rest) {
  std::string bytes = absl::StrCat("\x0a\x03", "job");  // job_id
  absl::StrAppend(&bytes, "\x10", std::string(1, static_cast<char>(trial.batch_size())));
  absl::StrAppend(&bytes, "\x18", std::string(1, static_cast<char>(trial.trial_number())));
  return bytes + rest;
}

// Field 4, 5 or 6 as a client of any version sends it when it is 1.
std::string One(int field_number) {
  return std::string(1, static_cast<char>(field_number << 3 | 1)) + std::string("\0\0\0\0\0\0\xf0\x3f", 8);
}

TEST_CASE_METHOD(RpcFixture,
                 "A client of an older proto, which leaves zeros off the wire, is refused where 0 is implausible") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_eta_knob(0.5);
  spec.set_target_metric(0.25);
  spec.set_higher_is_better_metric(GENERATE(true, false));
  Answer(Register(spec));
  const v1::Trial trial = StartTrial();
  const auto send = [&](const std::string& rest) {
    return testing::GenericCall(client().channel(), "/zeus.bso.v1.BatchSizeOptimizer/ReportResult", {},
                                OldBytes(trial, rest));
  };
  const auto no_time = send(One(5) + One(6));
  CheckRefused(no_time, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(no_time.fields() == std::vector<std::string>{"time_seconds"});
  if (spec.higher_is_better_metric()) {
    // Neither the energy nor the epochs need be there; the metric is 1, which ends the trial.
    CHECK(send(One(4)).ok());
    CHECK(GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED);
    CHECK(send(One(4) + One(6)).ok());
    CHECK(GetTrial(trial).end_reason() == v1::END_REASON_TARGET_REACHED);
    CHECK(GetTrial(trial).energy_joules() == 0);
  } else {
    const auto no_metric = send(One(4) + One(5));
    CheckRefused(no_metric, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
    CHECK(no_metric.fields() == std::vector<std::string>{"metric"});
    CHECK(send("").fields() == std::vector<std::string>{"metric", "time_seconds"});
    CHECK(GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED);
  }
}

TEST_CASE_METHOD(RpcFixture, "A client of an older proto must send the energy where it is the whole cost") {
  RegisterJob();  // With eta_knob 1.
  const v1::Trial trial = StartTrial();
  const auto send = [&](const std::string& rest) {
    return testing::GenericCall(client().channel(), "/zeus.bso.v1.BatchSizeOptimizer/ReportResult", {},
                                OldBytes(trial, rest));
  };
  const auto no_energy = send(One(4) + One(6));
  CheckRefused(no_energy, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(no_energy.fields() == std::vector<std::string>{"energy_joules"});
  CHECK(send(One(5)).ok());
  CHECK(GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED);
}

TEST_CASE_METHOD(RpcFixture, "A repeated report is told what was recorded, and records nothing") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  const std::string message = Answer(ReportConverged(trial, 100)).message();
  const v1::Trial recorded = GetTrial(trial);
  for (const auto& reply : {ReportConverged(trial, 100), ReportNotConverged(trial, 7)}) {
    CHECK(Answer(reply).stop_train());
    CHECK(Answer(reply).converged());
  }
  CHECK(MessageDifferencer::Equals(GetTrial(trial), recorded));
  CHECK(GetJob().min_cost() == 100);
  CHECK(Answer(ReportNotConverged(trial, 7)).end_reason() == v1::END_REASON_TARGET_REACHED);
  CHECK(Answer(ReportNotConverged(trial, 7)).message() == message);
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
