// Export and import of jobs of the curves policy.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/job_transfer.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

// A job with trials of many ends, and two that run: one of client node-1, and one that has reported. `from` keeps it.
JobRecords TrainedCurvesJob(RpcFixture& from) {
  Answer(from.Register(CurvesSpecMessage()));
  TrainCurves(from, 20);
  auto request = OfJob<v1::StartTrialRequest>();
  request.set_client_id("node-1");
  Answer(from.Call(Optimizer::StartTrial, request));
  REQUIRE_FALSE(Report(from, from.StartTrial(), 1, 5).stop_train());
  return Answer(ExportJob(from.client()));
}

std::string Kinds(const JobRecords& records) {
  std::string kinds;
  for (const v1::JobRecord& record : records) {
    constexpr const char* kNames[] = {"none", "job", "arm", "moments", "trial", "end", "curves_job", "curves_size"};
    kinds += std::string(kinds.empty() ? "" : " ") + kNames[record.record_case()];
  }
  return kinds;
}

// Without the uid, of which each store gives its own.
std::string DescribeCurvesRecords(JobRecords records) {
  std::string text;
  for (v1::JobRecord& record : records) {
    if (record.has_trial()) record.mutable_trial()->clear_job_uid();
    text += record.ShortDebugString() + "\n";
  }
  return text;
}

TEST_CASE("A curves job is exported with its state directly after the job, which no older server takes") {
  RpcFixture from;
  Answer(from.Register(CurvesSpecMessage()));
  from.StartTrial();
  const JobRecords records = Answer(ExportJob(from.client()));
  CHECK(Kinds(records) == "job curves_job curves_size curves_size curves_size trial end");
  for (size_t i = 0; i < 3; ++i) CHECK(records[2 + i].curves_size().batch_size() == 16 << i);
  CHECK(records[3].curves_size().pending() == 1);
  CHECK(records[3].curves_size().num_trials() == 1);
}

TEST_CASE("A curves job goes on where it was imported, draw for draw") {
  RpcFixture from;
  const JobRecords records = TrainedCurvesJob(from);
  RpcFixture to;
  const v1::Job job = Answer(ImportJob(to.client(), records)).job();
  CHECK(job.num_running_trials() == 2);
  CHECK(MessageDifferencer::Equals(to.GetJob(), from.GetJob()));
  CHECK(DescribeCurvesRecords(Answer(ExportJob(to.client()))) == DescribeCurvesRecords(records));
  // The trial that has reported ends, and what its first epoch cost has moved with it.
  const v1::Trial reported = records[records.size() - 2].trial();
  CHECK(reported.progress().first_epoch_cost() > 0);
  CHECK(Report(to, reported, 5, 9, 1).ShortDebugString() == Report(from, reported, 5, 9, 1).ShortDebugString());
  CHECK(TrainCurves(to, 30) == TrainCurves(from, 30));
  CHECK(MessageDifferencer::Equals(to.GetJob().generator_state(), from.GetJob().generator_state()));
  const JobRecords there = Answer(ExportJob(to.client())), here = Answer(ExportJob(from.client()));
  for (size_t i = 1; i < 5; ++i) CHECK(there[i].ShortDebugString() == here[i].ShortDebugString());
}

TEST_CASE("Running trials keep their tickets and clients where they are imported, and end there") {
  RpcFixture from;
  const JobRecords records = TrainedCurvesJob(from);
  RpcFixture to;
  Answer(ImportJob(to.client(), records));
  auto request = OfJob<v1::StartTrialRequest>();
  request.set_client_id("node-1");
  v1::Trial running = Answer(to.Call(Optimizer::StartTrial, request)).trial();
  v1::Trial former = Answer(from.Call(Optimizer::StartTrial, request)).trial();
  // Its trainer may go on naming the job by the uid that it had there.
  auto report = ReportOf(running, 4, 48);
  for (const uint64_t job_uid : {former.job_uid(), running.job_uid()}) {
    report.set_job_uid(job_uid);
    CHECK_FALSE(Answer(to.Call(Optimizer::ReportResult, report)).stop_train());
  }
  report.set_job_uid(running.job_uid() + former.job_uid());
  CheckRefused(to.Call(Optimizer::ReportResult, report), grpc::StatusCode::NOT_FOUND, "JOB_NOT_FOUND");
  former.set_job_uid(running.job_uid());
  CHECK(MessageDifferencer::Equals(running, former));
  CHECK(running.has_curves_ticket());
  CHECK(Report(to, running, 5, 60, 1).ShortDebugString() == Report(from, running, 5, 60, 1).ShortDebugString());
  EndAs(to, to.GetTrial(records[records.size() - 2].trial()), v1::TRIAL_FAILURE_CANCELLED);
  for (const v1::JobRecord& record : Answer(ExportJob(to.client()))) CHECK(record.curves_size().pending() == 0);
}

TEST_CASE("Trials that end where the job was imported end later than all that were imported") {
  RpcFixture from;
  const JobRecords records = TrainedCurvesJob(from);
  int64_t last = 0;
  for (const v1::JobRecord& record : records) last = std::max(last, record.trial().end_revision());
  RpcFixture to;
  Answer(ImportJob(to.client(), records));
  const v1::Trial ended = EndAs(to, records[records.size() - 2].trial(), v1::TRIAL_FAILURE_FAILED);
  CHECK(ended.end_revision() > last);
}

TEST_CASE("A job without a policy is imported as a zeus job, whatever the server's default is") {
  RpcFixture from;
  from.RegisterJob();
  JobRecords records = Answer(ExportJob(from.client()));
  records.front().mutable_job()->mutable_spec()->clear_policy();
  RpcFixture to({.default_policy = PolicyKind::kCurves});
  CHECK(Answer(ImportJob(to.client(), records)).job().spec().policy() == v1::POLICY_ZEUS);
}

// The first record of a kind.
v1::JobRecord& FirstCurvesRecord(JobRecords& records, v1::JobRecord::RecordCase kind) {
  return *std::find_if(records.begin(), records.end(),
                       [&](const v1::JobRecord& record) { return record.record_case() == kind; });
}

// A job of two trials: the first reached its target, the second runs.
JobRecords ShortCurvesJob() {
  RpcFixture from;
  Answer(from.Register(CurvesSpecMessage()));
  REQUIRE(Report(from, from.StartTrial(), 10, 100, 1).stop_train());
  from.StartTrial();
  return Answer(ExportJob(from.client()));
}

struct Refusal {
  std::string field;
  std::function<void(JobRecords&)> spoil;
};

// Checks that the records are refused with the field named, and that nothing is left of them.
void CheckRefusals(const JobRecords& good, const std::vector<Refusal>& cases) {
  RpcFixture to;
  for (const auto& [field, spoil] : cases) {
    JobRecords records = good;
    spoil(records);
    const auto reply = ImportJob(to.client(), records);
    INFO(field << ": " << reply.status.error_message());
    CheckRefused(reply, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
    const std::vector<std::string> fields = reply.fields();
    CHECK(std::find(fields.begin(), fields.end(), field) != fields.end());
    CHECK(ExportJob(to.client()).reason() == "JOB_NOT_FOUND");
  }
  CHECK(ImportJob(to.client(), good).ok());
}

void Renumber(JobRecords& records) {
  records.back().mutable_end()->set_num_records(static_cast<int64_t>(records.size()) - 1);
}

TEST_CASE("Records of a curves job that come in a wrong order, or not all, are refused") {
  const JobRecords good = ShortCurvesJob();
  REQUIRE(Kinds(good) == "job curves_job curves_size curves_size curves_size trial trial end");
  const auto drop = [](size_t index) {
    return [index](JobRecords& records) {
      records.erase(records.begin() + static_cast<std::ptrdiff_t>(index));
      Renumber(records);
    };
  };
  CheckRefusals(good,
                {{"curves_job", drop(1)},
                 {"curves_size", drop(2)},
                 {"curves_size", drop(4)},
                 {"curves_job", [](JobRecords& records) { std::swap(records[1], records[2]); }},
                 {"curves_job", [](JobRecords& records) { records.insert(records.begin() + 1, records[1]); }},
                 {"curves_job", [](JobRecords& records) { records.insert(records.begin() + 3, records[1]); }},
                 {"curves_job", [](JobRecords& records) { records.erase(records.begin() + 1, records.end() - 1); }},
                 {"curves_size.batch_size", [](JobRecords& records) { std::swap(records[2], records[3]); }},
                 {"curves_size.batch_size", [](JobRecords& records) { records[3] = records[2]; }},
                 {"curves_size", [](JobRecords& records) { std::swap(records[4], records[5]); }},
                 {"curves_size", [](JobRecords& records) { records.insert(records.end() - 1, records[4]); }},
                 {"arm",
                  [](JobRecords& records) {
                    v1::GaussianTsArm& arm = *records.insert(records.begin() + 5, v1::JobRecord())->mutable_arm();
                    arm.set_job_id("job");
                    arm.set_batch_size(32);
                  }},
                 {"arm",
                  [](JobRecords& records) {
                    v1::CostMoments& moments =
                        *records.insert(records.begin() + 5, v1::JobRecord())->mutable_cost_moments();
                    moments.set_batch_size(32);
                    moments.set_count(1);
                  }},
                 {"job", [](JobRecords& records) { records.erase(records.begin()); }}});
}

TEST_CASE("What no curves job can be is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto job = [](JobRecords& records) -> v1::Job& {
    return *FirstCurvesRecord(records, v1::JobRecord::kJob).mutable_job();
  };
  const auto state = [](JobRecords& records) -> v1::CurvesJobState& {
    return *FirstCurvesRecord(records, v1::JobRecord::kCurvesJob).mutable_curves_job();
  };
  const auto size = [](JobRecords& records) -> v1::CurvesSizeState& { return *records[3].mutable_curves_size(); };
  CheckRefusals(
      ShortCurvesJob(),
      {{"job.stage", [&](JobRecords& records) { job(records).set_stage(v1::STAGE_MAB); }},
       {"job.stage", [&](JobRecords& records) { job(records).set_stage(v1::STAGE_UNSPECIFIED); }},
       {"job.stage", [&](JobRecords& records) { job(records).mutable_spec()->set_policy(v1::POLICY_ZEUS); }},
       {"job.stage", [&](JobRecords& records) { job(records).mutable_spec()->clear_policy(); }},
       {"curves_job",
        [&](JobRecords& records) {
          job(records).mutable_spec()->set_policy(v1::POLICY_ZEUS);
          job(records).set_stage(v1::STAGE_MAB);
        }},
       {"job.spec.policy",
        [&](JobRecords& records) { job(records).mutable_spec()->set_policy(static_cast<v1::Policy>(3)); }},
       {"job.failures", [&](JobRecords& records) { job(records).add_failures()->set_batch_size(32); }},
       {"job.spec.batch_sizes",
        [&](JobRecords& records) {
          for (int i = 0; i < 254; ++i) job(records).mutable_spec()->add_batch_sizes(1000 + i);
        }},
       {"curves_job.run", [&](JobRecords& records) { state(records).set_run(-1); }},
       {"curves_job.epochs_noise", [&](JobRecords& records) { state(records).clear_epochs_noise(); }},
       {"curves_job.cost_noise", [&](JobRecords& records) { state(records).clear_cost_noise(); }},
       {"curves_job.epochs_surprise",
        [&](JobRecords& records) {
          state(records).mutable_epochs_surprise()->set_direction(std::numeric_limits<int32_t>::min());
          state(records).mutable_epochs_surprise()->set_size(0);
        }},
       {"curves_job.cost_surprise", [&](JobRecords& records) { state(records).mutable_cost_surprise()->set_size(3); }},
       {"curves_job.stops", [&](JobRecords& records) { state(records).set_stops(-1); }},
       {"curves_job.escalation", [&](JobRecords& records) { state(records).set_escalation(17); }},
       {"curves_job.warmup_cost", [&](JobRecords& records) { state(records).set_warmup_cost(nan); }},
       {"curves_job.warmup_log_ratio", [&](JobRecords& records) { state(records).set_warmup_log_ratio(nan); }},
       {"curves_job.last_warmup_cost", [&](JobRecords& records) { state(records).set_last_warmup_cost(nan); }},
       {"curves_job.last_warmup_log_ratio",
        [&](JobRecords& records) { state(records).set_last_warmup_log_ratio(nan); }},
       {"curves_job.warmup_runs", [&](JobRecords& records) { state(records).set_warmup_runs(21); }},
       {"curves_job.best_batch_size", [&](JobRecords& records) { state(records).set_best_batch_size(17); }},
       {"curves_job.best_cost", [&](JobRecords& records) { state(records).clear_best_cost(); }},
       {"curves_size.batch_size", [&](JobRecords& records) { size(records).set_batch_size(33); }},
       {"curves_size.batch_size", [&](JobRecords& records) { size(records).clear_batch_size(); }},
       {"curves_size.runs", [&](JobRecords& records) { size(records).set_runs(21); }},
       {"curves_size.log_epochs", [&](JobRecords& records) { size(records).set_log_epochs(nan); }},
       {"curves_size.epochs_hint", [&](JobRecords& records) { size(records).set_epochs_hint(-1); }},
       {"curves_size.last", [&](JobRecords& records) { size(records).set_last(2); }},
       {"curves_size.failures", [&](JobRecords& records) { size(records).set_failures(-1); }},
       {"curves_size.failed_at", [&](JobRecords& records) { size(records).set_failed_at(2); }},
       {"curves_size.bounds",
        [&](JobRecords& records) {
          for (const double bound : {1, 2, 3, 4}) size(records).add_bounds(bound);
        }},
       {"curves_size.timed", [&](JobRecords& records) { size(records).set_timed(401); }},
       {"curves_size.log_cost", [&](JobRecords& records) { size(records).set_log_cost(nan); }},
       {"curves_size.cost_hint", [&](JobRecords& records) { size(records).set_cost_hint(-1); }},
       {"curves_size.crashes", [&](JobRecords& records) { size(records).set_crashes(-1); }},
       {"curves_size.ooms", [&](JobRecords& records) { size(records).set_ooms(-1); }},
       {"curves_size.rest_until", [&](JobRecords& records) { size(records).set_rest_until(-1); }},
       {"curves_size.epoch_seconds", [&](JobRecords& records) { size(records).set_epoch_seconds(-1); }},
       {"curves_size.epoch_joules", [&](JobRecords& records) { size(records).set_epoch_joules(nan); }},
       {"curves_size.last_converged_trial", [&](JobRecords& records) { size(records).set_last_converged_trial(-1); }},
       {"curves_size", [&](JobRecords& records) { size(records).set_last_converged_trial(3); }},
       {"curves_size", [&](JobRecords& records) { size(records).set_last_failed_trial(3); }},
       {"curves_size", [&](JobRecords& records) { size(records).set_last_infeasible_trial(3); }}});
}

TEST_CASE("Counts of a size that its trials do not bear out are refused") {
  const JobRecords good = ShortCurvesJob();
  std::vector<Refusal> cases;
  for (size_t i = 2; i < 5; ++i) {
    const v1::CurvesSizeState& size = good[i].curves_size();
    const auto add = [&](const std::string& field, auto set, auto number) {
      cases.push_back(
          {"curves_size." + field, [=](JobRecords& records) { (records[i].mutable_curves_size()->*set)(number + 1); }});
      cases.push_back(
          {"curves_size." + field, [=](JobRecords& records) { (records[i].mutable_curves_size()->*set)(number - 1); }});
    };
    add("pending", &v1::CurvesSizeState::set_pending, size.pending());
    add("num_trials", &v1::CurvesSizeState::set_num_trials, size.num_trials());
    add("num_converged", &v1::CurvesSizeState::set_num_converged, size.num_converged());
    add("num_failed", &v1::CurvesSizeState::set_num_failed, size.num_failed());
  }
  CheckRefusals(good, cases);
}

TEST_CASE("What no trial of a curves job can be is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto trial = [](JobRecords& records) -> v1::Trial& { return *records[5].mutable_trial(); };
  const auto running = [](JobRecords& records) -> v1::Trial& { return *records[6].mutable_trial(); };
  const auto stop = [&](JobRecords& records, v1::EndReason reason) -> v1::Trial& {
    v1::Trial& stopped = trial(records);
    stopped.set_converged(false);
    stopped.set_end_reason(reason);
    stopped.set_cost_limit(5);
    return stopped;
  };
  CheckRefusals(
      ShortCurvesJob(),
      {{"trial.curves_ticket", [&](JobRecords& records) { trial(records).clear_curves_ticket(); }},
       {"trial.curves_ticket", [&](JobRecords& records) { trial(records).set_type(v1::TRIAL_TYPE_MAB); }},
       {"trial.type", [&](JobRecords& records) { trial(records).set_type(static_cast<v1::TrialType>(7)); }},
       {"trial.curves_ticket.sd", [&](JobRecords& records) { trial(records).mutable_curves_ticket()->set_sd(0); }},
       {"trial.curves_ticket.mean",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_mean(nan); }},
       {"trial.curves_ticket.reference_cost",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_reference_cost(-1); }},
       {"trial.curves_ticket.log_epochs",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_log_epochs(nan); }},
       {"trial.curves_ticket.log_cost",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_log_cost(nan); }},
       {"trial.curves_ticket.escalation",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_escalation(17); }},
       {"trial.curves_ticket.known_cost",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_known_cost(nan); }},
       {"trial.curves_ticket.jump",
        [&](JobRecords& records) { running(records).mutable_curves_ticket()->set_jump(-1); }},
       {"trial.progress.epochs", [&](JobRecords& records) { trial(records).mutable_progress()->set_epochs(-1); }},
       {"trial.progress.time_seconds",
        [&](JobRecords& records) { trial(records).mutable_progress()->set_time_seconds(1e51); }},
       {"trial.progress.energy_joules",
        [&](JobRecords& records) { trial(records).mutable_progress()->set_energy_joules(nan); }},
       {"trial.progress.first_epoch_cost",
        [&](JobRecords& records) { trial(records).mutable_progress()->set_first_epoch_cost(-1); }},
       {"trial.end_revision", [&](JobRecords& records) { trial(records).set_end_revision(-1); }},
       {"trial.end_revision",
        [&](JobRecords& records) { trial(records).set_end_revision(std::numeric_limits<int64_t>::max()); }},
       {"trial.end_revision", [&](JobRecords& records) { running(records).set_end_revision(3); }},
       {"trial.failure", [&](JobRecords& records) { trial(records).set_failure(static_cast<v1::TrialFailure>(6)); }},
       {"trial.cost_limit",
        [&](JobRecords& records) { stop(records, v1::END_REASON_NEXT_EPOCH_OVER_LIMIT).clear_cost_limit(); }},
       {"trial.cost_limit",
        [&](JobRecords& records) { stop(records, v1::END_REASON_SLOWER_THAN_ANOTHER).clear_cost_limit(); }},
       {"trial.expected_rest", [&](JobRecords& records) { stop(records, v1::END_REASON_DEARER_THAN_STARTING_OVER); }},
       {"trial.expected_rest",
        [&](JobRecords& records) { stop(records, v1::END_REASON_DEARER_THAN_STARTING_OVER).set_expected_rest(-1); }},
       {"trial.expected_rest",
        [&](JobRecords& records) { stop(records, v1::END_REASON_NEXT_EPOCH_OVER_LIMIT).set_expected_rest(1); }},
       {"trial.limit_batch_size", [&](JobRecords& records) { trial(records).set_limit_batch_size(32); }}});
}

TEST_CASE("A zeus job with a trial of the curves policy is refused") {
  RpcFixture from;
  from.RegisterJob();
  from.StartTrial();
  JobRecords records = Answer(ExportJob(from.client()));
  v1::Trial& trial = *records[records.size() - 2].mutable_trial();
  trial.set_type(v1::TRIAL_TYPE_FIRST);
  trial.mutable_curves_ticket()->set_sd(1);
  RpcFixture to;
  CHECK(ImportJob(to.client(), records).fields() == std::vector<std::string>{"trial.type"});
}

TEST_CASE("A zeus job with a trial that ended as only the curves policy ends one is refused") {
  RpcFixture from;
  from.RegisterJob();
  Answer(from.ReportNotConverged(from.StartTrial(), 100));
  JobRecords records = Answer(ExportJob(from.client()));
  v1::Trial& trial = *records[records.size() - 2].mutable_trial();
  trial.set_end_reason(v1::END_REASON_SLOWER_THAN_ANOTHER);
  trial.set_cost_limit(50);
  RpcFixture to;
  CHECK(ImportJob(to.client(), records).fields() == std::vector<std::string>{"trial.end_reason"});
}

}  // namespace
}  // namespace zeus::bso::rpc
