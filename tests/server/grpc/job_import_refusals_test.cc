// Records that cannot be a job.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/server/grpc/trained_job.h"

namespace zeus::bso::rpc {
namespace {

using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

// The first record of a kind.
v1::JobRecord& First(JobRecords& records, v1::JobRecord::RecordCase kind) {
  return *std::find_if(records.begin(), records.end(),
                       [&](const v1::JobRecord& record) { return record.record_case() == kind; });
}

}  // namespace

TEST_CASE("Records that are wrong, or do not fit together, are refused and change nothing") {
  RpcFixture from;
  const JobRecords good = TrainedJob(from);
  using Record = v1::JobRecord;
  const auto job = [](JobRecords& records) -> v1::Job& { return *First(records, Record::kJob).mutable_job(); };
  const auto trial = [](JobRecords& records) -> v1::Trial& { return *First(records, Record::kTrial).mutable_trial(); };
  const auto arm = [](JobRecords& records) -> v1::GaussianTsArm& {
    return *First(records, Record::kArm).mutable_arm();
  };
  const auto moments = [](JobRecords& records) -> v1::CostMoments& {
    return *First(records, Record::kCostMoments).mutable_cost_moments();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  struct Case {
    std::string field;
    std::function<void(JobRecords&)> spoil;
  };
  const std::vector<Case> cases = {
      {"end", [](JobRecords& records) { records.clear(); }},
      {"end", [](JobRecords& records) { records.pop_back(); }},
      {"end.num_records", [](JobRecords& records) { records.back().mutable_end()->set_num_records(28); }},
      {"end.num_records", [](JobRecords& records) { records.back().mutable_end()->set_num_records(0); }},
      {"end.num_records", [](JobRecords& records) { records.erase(records.begin() + 1); }},
      {"end", [](JobRecords& records) { records.push_back(records.back()); }},
      {"record", [](JobRecords& records) { records[1].Clear(); }},
      {"job", [](JobRecords& records) { records.erase(records.begin()); }},
      {"job", [](JobRecords& records) { records.insert(records.begin(), records.front()); }},
      {"arm", [](JobRecords& records) { std::swap(records[1], records[4]); }},
      {"trial.trial_number",
       [](JobRecords& records) {
         records.erase(records.end() - 2);
         records.back().mutable_end();
         std::swap(records[10], records[11]);
       }},
      {"job.spec.eta_knob", [&](JobRecords& records) { job(records).mutable_spec()->set_eta_knob(2); }},
      {"job.spec.job_id", [&](JobRecords& records) { job(records).mutable_spec()->clear_job_id(); }},
      {"job.stage", [&](JobRecords& records) { job(records).clear_stage(); }},
      {"job.exp_default_batch_size", [&](JobRecords& records) { job(records).set_exp_default_batch_size(7); }},
      {"job.min_cost_batch_size", [&](JobRecords& records) { job(records).set_min_cost_batch_size(7); }},
      {"job.min_cost", [&](JobRecords& records) { job(records).set_min_cost(-1); }},
      {"job.min_cost", [&](JobRecords& records) { job(records).set_min_cost(nan); }},
      {"job.create_time", [&](JobRecords& records) { job(records).mutable_create_time()->set_nanos(-1); }},
      {"job.generator_state", [&](JobRecords& records) { job(records).clear_generator_state(); }},
      {"job.generator_state.inc_low",
       [&](JobRecords& records) { job(records).mutable_generator_state()->set_inc_low(2); }},
      {"job.failures[1].batch_size", [&](JobRecords& records) { job(records).add_failures()->set_batch_size(7); }},
      {"job.failures",
       [&](JobRecords& records) {
         job(records).mutable_failures(0)->set_num_failures(std::numeric_limits<int64_t>::max());
       }},
      {"job.min_cost", [&](JobRecords& records) { job(records).set_min_cost(0); }},
      {"job.min_cost", [&](JobRecords& records) { job(records).clear_min_cost(); }},
      {"job.min_cost_batch_size",
       [&](JobRecords& records) {
         job(records).set_min_cost_batch_size(job(records).min_cost_batch_size() == 16 ? 32 : 16);
       }},
      {"cost_moments",
       [&](JobRecords& records) {
         moments(records).set_deviation_sum_high(1.7e308);
         moments(records).set_deviation_sum_low(1.7e308);
       }},
      {"cost_moments", [&](JobRecords& records) { moments(records).set_squared_deviation_sum_high(-1e100); }},
      {"cost_moments", [&](JobRecords& records) { moments(records).set_first_cost(1e100); }},
      {"arm.job_id", [&](JobRecords& records) { arm(records).set_job_id("other"); }},
      {"arm.batch_size", [&](JobRecords& records) { arm(records).set_batch_size(7); }},
      {"arm.param_mean", [&](JobRecords& records) { arm(records).set_param_mean(nan); }},
      {"arm.batch_size", [](JobRecords& records) { records[2] = records[1]; }},
      {"cost_moments", [&](JobRecords& records) { job(records).mutable_spec()->set_window_size(3); }},
      {"cost_moments.count", [&](JobRecords& records) { moments(records).set_count(0); }},
      {"cost_moments.count", [&](JobRecords& records) { moments(records).set_count(1000); }},
      {"cost_moments.first_cost", [&](JobRecords& records) { moments(records).set_first_cost(nan); }},
      {"cost_moments.deviation_sum_low", [&](JobRecords& records) { moments(records).set_deviation_sum_low(nan); }},
      {"trial.job_id", [&](JobRecords& records) { trial(records).set_job_id("other"); }},
      {"trial.trial_number", [&](JobRecords& records) { trial(records).set_trial_number(2); }},
      {"trial.batch_size", [&](JobRecords& records) { trial(records).set_batch_size(7); }},
      {"trial.type", [&](JobRecords& records) { trial(records).clear_type(); }},
      {"trial.status", [&](JobRecords& records) { trial(records).clear_status(); }},
      {"trial.start_time", [&](JobRecords& records) { trial(records).mutable_start_time()->set_seconds(1LL << 50); }},
      {"trial.end_time", [&](JobRecords& records) { trial(records).clear_end_time(); }},
      {"trial.end_time", [&](JobRecords& records) { trial(records).mutable_end_time()->set_seconds(0); }},
      {"trial.time_seconds", [&](JobRecords& records) { trial(records).clear_time_seconds(); }},
      {"trial.energy_joules", [&](JobRecords& records) { trial(records).set_energy_joules(-1); }},
      {"trial.converged", [&](JobRecords& records) { trial(records).set_status(v1::TRIAL_STATUS_FAILED); }},
      {"trial.failure", [&](JobRecords& records) { trial(records).set_failure(v1::TRIAL_FAILURE_FAILED); }},
      {"trial.end_reason", [&](JobRecords& records) { trial(records).set_end_reason(v1::END_REASON_MAX_EPOCHS_DONE); }},
      {"trial.end_reason", [&](JobRecords& records) { trial(records).set_end_reason(static_cast<v1::EndReason>(99)); }},
      {"trial.end_reason",
       [](JobRecords& records) {  // The last trial is running.
         v1::Trial& running = *records[records.size() - 2].mutable_trial();
         running.set_end_reason(v1::END_REASON_MAX_EPOCHS_DONE);
         running.set_last_metric(0.1);
         running.set_epochs(1);
       }},
      {"trial.end_reason",
       [](JobRecords& records) {  // The one before has failed.
         v1::Trial& failed = *records[records.size() - 3].mutable_trial();
         failed.set_end_reason(v1::END_REASON_MAX_EPOCHS_DONE);
         failed.set_last_metric(0.1);
         failed.set_epochs(1);
       }},
      {"trial.last_metric", [&](JobRecords& records) { trial(records).clear_last_metric(); }},
      {"trial.last_metric", [&](JobRecords& records) { trial(records).clear_end_reason(); }},
      {"trial.epochs", [&](JobRecords& records) { trial(records).clear_epochs(); }},
      {"trial.epochs", [&](JobRecords& records) { trial(records).set_epochs(-1); }},
      {"trial.cost_limit", [&](JobRecords& records) { trial(records).set_cost_limit(-1); }},
      {"trial.cost_limit", [&](JobRecords& records) { trial(records).set_cost_limit(nan); }},
      {"trial.cost_limit",
       [&](JobRecords& records) {
         trial(records).set_end_reason(v1::END_REASON_UNSPECIFIED);
         trial(records).set_cost_limit(260);
       }},
      {"trial.cost_limit",
       [&](JobRecords& records) {
         trial(records).set_end_reason(v1::END_REASON_COST_OVER_LIMIT);
         trial(records).clear_cost_limit();
       }},
      {"trial.client_id", [&](JobRecords& records) { trial(records).set_client_id("a\nb"); }},
  };
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

TEST_CASE("Two running trials of one client cannot be imported") {
  RpcFixture from;
  from.RegisterJob();
  from.StartTrial();
  from.StartTrial();
  JobRecords records = Answer(ExportJob(from.client()));
  for (v1::JobRecord& record : records) {
    if (record.has_trial()) record.mutable_trial()->set_client_id("node-1");
  }
  RpcFixture to;
  const auto reply = ImportJob(to.client(), records);
  CheckRefused(reply, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(reply.fields() == std::vector<std::string>{"trial.client_id"});
}

}  // namespace zeus::bso::rpc
