// How a job's trials ended, its warnings and its summary survive storing; what cannot be is STORAGE_CORRUPTED.
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "storage/records.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::Value;

const absl::Time kNoticeTime = absl::FromUnixMicros(1'700'000'000'000'001);

JobRow WarningRow() {
  JobRow row;
  row.uid = 5;
  row.revision = 8;
  row.job.spec = testing::MakeSpec();
  row.job.latest_results = {.last_trial_number = 7,
                            .last_end_time = kNoticeTime,
                            .num_not_converged = 3,
                            .num_without_energy = 4,
                            .epochs_missing = true};
  for (int number = 1; number <= 8; ++number) {
    Warning& warning = row.job.warnings.emplace_back();
    warning.reason = WarningReasonOf(number).value();
    warning.since = kNoticeTime + absl::Seconds(number);
    if (warning.reason == WarningReason::kSizeRests) warning.batch_size = 64;
    if (warning.reason == WarningReason::kLongTrial) warning.trial_number = 2;
  }
  row.job.oldest_running_trial = {.trial_number = 2, .start_time = kNoticeTime - absl::Hours(80)};
  return row;
}

v1::JobRecord WarningRecordOf() {
  v1::JobRecord record;
  REQUIRE(record.ParseFromString(EncodeJob(WarningRow())));
  return record;
}

JobSummary FullSummary() {
  return {.last_trial_number = 9,
          .last_end_time = kNoticeTime,
          .best_batch_size = 64,
          .best_probability = 0.875,
          .cost_saving = Saving{.median = 0.5, .low = -0.25, .high = 0.75},
          .time_saving = Saving{.median = 0.125, .low = -3, .high = 0.375},
          .energy_saving = Saving{.median = 0.0625, .low = -std::numeric_limits<double>::infinity(), .high = 1},
          .num_warnings = 2};
}

TEST_CASE("Every field of a job's latest results and warnings survives storing") {
  const Job job = Value(DecodeJob("job", EncodeJob(WarningRow()))).job;
  CHECK(job.latest_results == WarningRow().job.latest_results);
  CHECK(job.warnings == WarningRow().job.warnings);
  CHECK(job.oldest_running_trial == WarningRow().job.oldest_running_trial);
}

TEST_CASE("A record of a server that kept no results has none") {
  v1::JobRecord record = WarningRecordOf();
  record.clear_latest_results();
  record.clear_warnings();
  record.clear_oldest_running_trial();
  const Job job = Value(DecodeJob("job", record.SerializeAsString())).job;
  CHECK(job.latest_results == LatestResults());
  CHECK(job.warnings.empty());
  CHECK_FALSE(job.oldest_running_trial.has_value());
}

TEST_CASE("Every field of a summary survives storing") {
  CHECK(Value(DecodeJobSummary(EncodeJobSummary(FullSummary()))) == FullSummary());
  const JobSummary little{.last_trial_number = 1, .last_end_time = kNoticeTime};
  CHECK(Value(DecodeJobSummary(EncodeJobSummary(little))) == little);
}

TEST_CASE("Results and warnings that cannot be are refused") {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  using Spoil = std::function<void(v1::JobRecord&)>;
  const auto spoil = GENERATE(
      Spoil([](v1::JobRecord& job) { job.mutable_latest_results()->set_last_trial_number(-1); }),
      Spoil([](v1::JobRecord& job) { job.mutable_latest_results()->set_last_end_time_micros(kNever); }),
      Spoil([](v1::JobRecord& job) { job.mutable_latest_results()->set_num_not_converged(kNever); }),
      Spoil([](v1::JobRecord& job) { job.mutable_latest_results()->set_num_without_energy(-1); }),
      Spoil([](v1::JobRecord& job) { job.mutable_warnings(0)->clear_reason(); }),
      Spoil([](v1::JobRecord& job) { job.mutable_warnings(0)->set_reason(static_cast<v1::WarningReason>(9)); }),
      Spoil([](v1::JobRecord& job) { job.mutable_warnings(0)->set_since_micros(kNever); }),
      Spoil([](v1::JobRecord& job) { job.mutable_warnings(0)->set_batch_size(32); }),
      Spoil([](v1::JobRecord& job) { job.mutable_warnings(0)->set_trial_number(1); }),
      Spoil([](v1::JobRecord& job) { job.mutable_warnings(6)->clear_batch_size(); }),
      Spoil([](v1::JobRecord& job) { job.mutable_oldest_running_trial()->set_trial_number(-1); }),
      Spoil([](v1::JobRecord& job) { job.mutable_oldest_running_trial()->set_start_time_micros(kNever); }));
  v1::JobRecord record = WarningRecordOf();
  spoil(record);
  CHECK_THAT(DecodeJob("job", record.SerializeAsString()).status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A summary that cannot be is refused") {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  using Spoil = std::function<void(v1::JobSummaryRecord&)>;
  const auto spoil =
      GENERATE(Spoil([](v1::JobSummaryRecord& summary) { summary.set_last_trial_number(-1); }),
               Spoil([](v1::JobSummaryRecord& summary) { summary.set_num_warnings(-1); }),
               Spoil([](v1::JobSummaryRecord& summary) { summary.set_best_probability(1.5); }),
               Spoil([](v1::JobSummaryRecord& summary) { summary.set_best_probability(kNan); }),
               Spoil([](v1::JobSummaryRecord& summary) {
                 summary.set_last_end_time_micros(std::numeric_limits<int64_t>::min());
               }),
               Spoil([](v1::JobSummaryRecord& summary) { summary.mutable_cost_saving()->set_median(kNan); }),
               Spoil([](v1::JobSummaryRecord& summary) { summary.mutable_time_saving()->set_low(kNan); }),
               Spoil([](v1::JobSummaryRecord& summary) { summary.mutable_energy_saving()->set_high(kNan); }));
  v1::JobSummaryRecord record;
  REQUIRE(record.ParseFromString(EncodeJobSummary(FullSummary())));
  spoil(record);
  CHECK_THAT(DecodeJobSummary(record.SerializeAsString()).status(), FailsWith(Reason::kStorageCorrupted));
}

}  // namespace
}  // namespace zeus::bso::storage
