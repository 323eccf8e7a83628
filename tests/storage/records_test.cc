#include "storage/records.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "tests/support/special_values.h"
#include "tests/support/status_matchers.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

using testing::Value;

using testing::kInfinity;

// No field has its default, and no two fields of one type are equal.
JobRow FullJobRow() {
  JobRow row;
  row.uid = 0xfedcba9876543210;
  row.last_trial_number = 12;
  row.job.spec = {.job_id = "job-1",
                  .job_id_prefix = "job",
                  .batch_sizes = {8, 16, int64_t{1} << 40},
                  .default_batch_size = 16,
                  .eta_knob = 0.25,
                  .beta_knob = 1.5,
                  .target_metric = -0.75,
                  .higher_is_better_metric = false,
                  .max_epochs = 101,
                  .num_pruning_rounds = 3,
                  .window_size = 10,
                  .mab_prior_mean = -1e300,
                  .mab_prior_precision = 1e-300,
                  .mab_num_explorations = 4,
                  .mab_seed = 0xffffffffffffffff,
                  .max_power = 0.1,
                  .number_of_gpus = 5,
                  .gpu_model = "A40 \"µ\"",
                  .trial_timeout = absl::Microseconds(1500),
                  .max_failures_per_batch_size = 7};
  row.job.stage = Stage::kMab;
  row.job.exp_default_batch_size = 8;
  row.job.min_cost = 123.456;
  row.job.min_cost_batch_size = int64_t{1} << 40;
  row.job.create_time = absl::FromUnixMicros(1700000000123456);
  row.job.generator_state = {.state_high = 0x8000000000000001,
                             .state_low = 0x8000000000000002,
                             .inc_high = 0x8000000000000003,
                             .inc_low = 0x8000000000000005,
                             .has_uint32 = true,
                             .uinteger = 0xffffffff};
  row.job.failures = {{8, {.num_failures = 2, .infeasible = false}}, {16, {.num_failures = 0, .infeasible = true}}};
  row.job.num_running_trials = 3;
  return row;
}

Trial SucceededTrial() {
  Trial trial;
  trial.job_id = "job-1";
  trial.trial_number = 7;
  trial.batch_size = 16;
  trial.type = TrialType::kMab;
  trial.status = TrialStatus::kSucceeded;
  trial.start_time = absl::FromUnixMicros(1700000000000001);
  trial.end_time = absl::FromUnixMicros(1700000000000002);
  trial.result = {.time_seconds = 10.5, .energy_joules = 2000.25, .converged = true};
  trial.client_id = "host:7";
  trial.final_report = {.reason = EndReason::kTargetReached, .metric = 0.75, .epochs = 6, .cost_limit = 4000.5};
  return trial;
}

JobRow RoundTrip(const JobRow& row) { return Value(DecodeJob(row.job.spec.job_id, EncodeJob(row))); }

Trial RoundTrip(const Trial& trial) { return Value(DecodeTrial(trial.job_id, trial.trial_number, EncodeTrial(trial))); }

void CheckEqual(const JobRow& actual, const JobRow& expected) {
  CHECK(actual.uid == expected.uid);
  CHECK(actual.last_trial_number == expected.last_trial_number);
  CHECK(actual.job.spec == expected.job.spec);
  CHECK(actual.job.stage == expected.job.stage);
  CHECK(actual.job.exp_default_batch_size == expected.job.exp_default_batch_size);
  CHECK(actual.job.min_cost == expected.job.min_cost);
  CHECK(actual.job.min_cost_batch_size == expected.job.min_cost_batch_size);
  CHECK(actual.job.create_time == expected.job.create_time);
  CHECK(actual.job.generator_state == expected.job.generator_state);
  CHECK(actual.job.failures == expected.job.failures);
  CHECK(actual.job.num_running_trials == expected.job.num_running_trials);
}

void CheckEqual(const Trial& actual, const Trial& expected) {
  CHECK(actual.job_id == expected.job_id);
  CHECK(actual.trial_number == expected.trial_number);
  CHECK(actual.batch_size == expected.batch_size);
  CHECK(actual.type == expected.type);
  CHECK(actual.status == expected.status);
  CHECK(actual.start_time == expected.start_time);
  CHECK(actual.end_time == expected.end_time);
  CHECK(actual.result == expected.result);
  CHECK(actual.failure == expected.failure);
  CHECK(actual.client_id == expected.client_id);
  CHECK(actual.deadline == expected.deadline);
  REQUIRE(actual.final_report.has_value() == expected.final_report.has_value());
  if (!expected.final_report.has_value()) return;
  CHECK(actual.final_report->reason == expected.final_report->reason);
  CHECK(actual.final_report->metric == expected.final_report->metric);
  CHECK(actual.final_report->epochs == expected.final_report->epochs);
  CHECK(actual.final_report->cost_limit == expected.final_report->cost_limit);
}

TEST_CASE("Every field of a job survives storing") { CheckEqual(RoundTrip(FullJobRow()), FullJobRow()); }

TEST_CASE("What a job does not have stays absent") {
  JobRow row = FullJobRow();
  row.job.spec.beta_knob.reset();
  row.job.spec.mab_seed.reset();
  row.job.min_cost.reset();
  row.job.generator_state.reset();
  row.job.spec.trial_timeout.reset();
  row.job.failures.clear();
  CheckEqual(RoundTrip(row), row);
}

TEST_CASE("Optional fields of a job that are zero are not taken for absent") {
  JobRow row = FullJobRow();
  row.job.spec.beta_knob = 0;
  row.job.spec.mab_seed = 0;
  row.job.spec.trial_timeout = absl::ZeroDuration();
  row.job.spec.max_failures_per_batch_size = 0;
  row.job.min_cost = 0;
  row.job.generator_state = Pcg64State{};
  CheckEqual(RoundTrip(row), row);
}

TEST_CASE("A new job survives storing") {
  JobRow row = FullJobRow();
  row.last_trial_number = 0;
  row.job.stage = Stage::kPruning;
  CheckEqual(RoundTrip(row), row);
}

TEST_CASE("The name of a job is that of its key") {
  CHECK(Value(DecodeJob("other", EncodeJob(FullJobRow()))).job.spec.job_id == "other");
}

TEST_CASE("Every field of a trial survives storing") { CheckEqual(RoundTrip(SucceededTrial()), SucceededTrial()); }

TEST_CASE("Each type of trial survives storing") {
  Trial trial = SucceededTrial();
  trial.type = GENERATE(TrialType::kExploration, TrialType::kConcurrent, TrialType::kMab);
  CheckEqual(RoundTrip(trial), trial);
}

TEST_CASE("A trial that runs has neither an end nor a result") {
  Trial trial = SucceededTrial();
  trial.status = TrialStatus::kDispatched;
  trial.end_time.reset();
  trial.result.reset();
  trial.final_report.reset();
  trial.deadline = absl::FromUnixMicros(1700000000000003);
  CheckEqual(RoundTrip(trial), trial);
}

TEST_CASE("A trial that failed has an end and no result") {
  Trial trial = SucceededTrial();
  trial.status = TrialStatus::kFailed;
  trial.result.reset();
  trial.final_report.reset();
  trial.failure = GENERATE(as<std::optional<TrialFailure>>(), std::nullopt, TrialFailure::kFailed,
                           TrialFailure::kInfeasible, TrialFailure::kCancelled, TrialFailure::kTimedOut);
  CheckEqual(RoundTrip(trial), trial);
}

TEST_CASE("A job that was stored before there was a limit of failures has the default one") {
  v1::JobRecord record;
  REQUIRE(record.ParseFromString(EncodeJob(FullJobRow())));
  record.mutable_spec()->clear_max_failures_per_batch_size();
  CHECK(Value(DecodeJob("job", record.SerializeAsString())).job.spec.max_failures_per_batch_size == 3);
}

TEST_CASE("The row of a client and a kept answer survive storing") {
  CHECK(Value(DecodeClient(EncodeClient(int64_t{1} << 40))) == int64_t{1} << 40);
  const Answer answer = Value(DecodeAnswer(EncodeAnswer({"StartTrialRequest", "asked\n", std::string("\0\xff", 2)})));
  CHECK(answer.request_type == "StartTrialRequest");
  CHECK(answer.request == "asked\n");
  CHECK(answer.response == std::string("\0\xff", 2));
}

TEST_CASE("A result of zeros is not taken for absent") {
  Trial trial = SucceededTrial();
  trial.result = Result{};
  trial.final_report = FinalReport{.reason = EndReason::kMaxEpochsDone};
  CheckEqual(RoundTrip(trial), trial);
}

TEST_CASE("Each reason for which a report ends a trial survives storing, with and without a limit") {
  Trial trial = SucceededTrial();
  trial.result->converged = false;
  trial.final_report->reason = EndReason::kCostOverLimit;
  trial.final_report->metric = GENERATE(-kInfinity, kInfinity, 0.0);
  CheckEqual(RoundTrip(trial), trial);
  trial.final_report->reason = EndReason::kMaxEpochsDone;
  trial.final_report->cost_limit = GENERATE(as<std::optional<double>>(), std::nullopt, 0.0);
  CheckEqual(RoundTrip(trial), trial);
}

TEST_CASE("A last metric of NaN survives storing") {
  Trial trial = SucceededTrial();
  trial.result->converged = false;
  trial.final_report->reason = EndReason::kMaxEpochsDone;
  trial.final_report->metric = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(RoundTrip(trial).final_report->metric));
}

TEST_CASE("A trial of a server that recorded no reasons has none") {
  v1::TrialRecord record;
  REQUIRE(record.ParseFromString(EncodeTrial(SucceededTrial())));
  record.clear_final_report();
  const Trial trial = Value(DecodeTrial("job-1", 7, record.SerializeAsString()));
  CHECK(trial.result == SucceededTrial().result);
  CHECK_FALSE(trial.final_report.has_value());
}

TEST_CASE("Times are kept to the microsecond, also before 1970") {
  Trial trial = SucceededTrial();
  trial.start_time = absl::FromUnixMicros(-1);
  trial.end_time = absl::FromUnixMicros(0);
  CheckEqual(RoundTrip(trial), trial);
}

TEST_CASE("Every field of a result survives storing") {
  const Result result = GENERATE(Result{.time_seconds = 10.5, .energy_joules = 2000.25, .converged = true},
                                 Result{.time_seconds = 5e-324, .energy_joules = 1.7e308, .converged = false});
  CHECK(Value(DecodeResult(EncodeResult(result))) == result);
}

TEST_CASE("Every field of an arm survives storing") {
  const GaussianTsArm arm = {.batch_size = 16,
                             .param_mean = -1234.5,
                             .param_precision = 0.001,
                             .reward_precision = 0.002,
                             .num_observations = int64_t{1} << 40};
  CHECK(Value(DecodeArm(16, EncodeArm(arm))) == arm);
}

TEST_CASE("Infinite precisions of an arm survive storing") {
  const GaussianTsArm arm = {.batch_size = 16,
                             .param_mean = -5,
                             .param_precision = kInfinity,
                             .reward_precision = kInfinity,
                             .num_observations = 1};
  CHECK(Value(DecodeArm(16, EncodeArm(arm))) == arm);
}

}  // namespace
}  // namespace zeus::bso::storage
