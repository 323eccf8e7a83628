// Bytes that are no record of ours are STORAGE_CORRUPTED, whatever they are.
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/records.h"
#include "tests/support/status_matchers.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;

v1::JobRecord JobRecord() {
  v1::JobRecord record;
  record.set_uid(1);
  record.mutable_spec()->set_job_id_prefix("job");
  record.mutable_spec()->add_batch_sizes(32);
  record.mutable_spec()->set_beta_knob(2);
  record.mutable_spec()->set_gpu_model("V100");
  record.set_stage(v1::STAGE_MAB);
  record.mutable_generator_state()->set_inc_low(1);
  record.set_last_trial_number(300);
  return record;
}

v1::TrialRecord TrialRecord(v1::TrialType type, v1::TrialStatus status, bool has_result) {
  v1::TrialRecord record;
  record.set_batch_size(32);
  record.set_type(type);
  record.set_status(status);
  record.set_start_time_micros(1700000000000000);
  if (has_result) record.mutable_result()->set_energy_joules(5);
  return record;
}

v1::TrialRecord TrialRecord() {
  return TrialRecord(v1::TRIAL_TYPE_MAB, v1::TRIAL_STATUS_SUCCEEDED, /*has_result=*/true);
}

absl::Status StatusOfJob(absl::string_view value) { return DecodeJob("job", value).status(); }
absl::Status StatusOfTrial(absl::string_view value) { return DecodeTrial("job", 1, value).status(); }
absl::Status StatusOfResult(absl::string_view value) { return DecodeResult(value).status(); }
absl::Status StatusOfArm(absl::string_view value) { return DecodeArm(32, value).status(); }

using DecodeStatus = absl::Status (*)(absl::string_view);

void CheckOkOrCorrupted(DecodeStatus status_of, const std::string& value) {
  const absl::Status status = status_of(value);
  CAPTURE(absl::BytesToHexString(value));
  CHECK((status.ok() || HasReason(status, Reason::kStorageCorrupted)));
}

// Cuts `value` at every length and changes each of its bits.
void CheckDamaged(DecodeStatus status_of, const std::string& value) {
  REQUIRE_THAT(status_of(value), IsOk());
  for (size_t length = 0; length < value.size(); ++length) CheckOkOrCorrupted(status_of, value.substr(0, length));
  for (size_t i = 0; i < value.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = value;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      CheckOkOrCorrupted(status_of, changed);
    }
  }
}

TEST_CASE("Bytes that are no message are corrupted as any record") {
  // A field that ends within its number; a length beyond the end; a group that is never closed; a wire type that there
  // is not.
  const std::string value = GENERATE(as<std::string>(), "\x08",
                                     "\x0a\x7f"
                                     "abc",
                                     "\x0b", "\x0f\x01", "\xff\xff\xff\xff\xff");
  CAPTURE(absl::BytesToHexString(value));
  CHECK_THAT(StatusOfJob(value), FailsWith(Reason::kStorageCorrupted));
  CHECK_THAT(StatusOfTrial(value), FailsWith(Reason::kStorageCorrupted));
  CHECK_THAT(StatusOfResult(value), FailsWith(Reason::kStorageCorrupted));
  CHECK_THAT(StatusOfArm(value), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("An empty value is neither a job nor a trial") {
  CHECK_THAT(StatusOfJob(""), FailsWith(Reason::kStorageCorrupted));
  CHECK_THAT(StatusOfTrial(""), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A job in a stage that there is not is corrupted") {
  v1::JobRecord record = JobRecord();
  REQUIRE_THAT(StatusOfJob(record.SerializeAsString()), IsOk());
  record.set_stage(static_cast<v1::Stage>(GENERATE(0, 3, -1, 2147483647)));
  CAPTURE(record.stage());
  CHECK_THAT(StatusOfJob(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A job whose counters have no room for one more, or count below zero, is corrupted") {
  const int64_t counter = GENERATE(int64_t{-1}, std::numeric_limits<int64_t>::max());
  v1::JobRecord record = JobRecord();
  SECTION("trial numbers") { record.set_last_trial_number(counter); }
  SECTION("revisions") { record.set_revision(counter); }
  SECTION("running trials") { record.set_num_running_trials(counter); }
  SECTION("failures of a size") { record.add_failures()->set_num_failures(counter); }
  CHECK_THAT(StatusOfJob(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A sum of costs that has no room for one more is corrupted") {
  v1::CostMomentsRecord record;
  record.set_count(1);
  CHECK_THAT(DecodeCostMoments(record.SerializeAsString()).status(), IsOk());
  record.set_count(std::numeric_limits<int64_t>::max());
  CHECK_THAT(DecodeCostMoments(record.SerializeAsString()).status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A generator with an even increment, some of whose draws never end, is corrupted") {
  v1::JobRecord record = JobRecord();
  record.mutable_generator_state()->set_inc_low(2);
  CHECK_THAT(StatusOfJob(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A timeout that no duration can tell is corrupted: Protobuf throws at it") {
  v1::JobRecord record = JobRecord();
  record.mutable_spec()->set_trial_timeout_micros(
      GENERATE(int64_t{-1}, 315'576'000'000'000'001, std::numeric_limits<int64_t>::max()));
  CHECK_THAT(StatusOfJob(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A time that no timestamp can tell is corrupted: Protobuf throws at it") {
  const int64_t micros = GENERATE(std::numeric_limits<int64_t>::min(), -62'135'596'800'000'001, 253'402'300'800'000'000,
                                  std::numeric_limits<int64_t>::max());
  v1::JobRecord job = JobRecord();
  job.set_create_time_micros(micros);
  CHECK_THAT(StatusOfJob(job.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
  v1::TrialRecord trial = TrialRecord();
  SECTION("of a start") { trial.set_start_time_micros(micros); }
  SECTION("of an end") { trial.set_end_time_micros(micros); }
  CHECK_THAT(StatusOfTrial(trial.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A trial of a type that there is not is corrupted") {
  v1::TrialRecord record = TrialRecord();
  REQUIRE_THAT(StatusOfTrial(record.SerializeAsString()), IsOk());
  record.set_type(static_cast<v1::TrialType>(GENERATE(0, 4, -1, 2147483647)));
  CAPTURE(record.type());
  CHECK_THAT(StatusOfTrial(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A trial with a status that there is not is corrupted") {
  v1::TrialRecord record = TrialRecord();
  record.set_status(static_cast<v1::TrialStatus>(GENERATE(0, 4, -1, 2147483647)));
  CAPTURE(record.status());
  CHECK_THAT(StatusOfTrial(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A trial that succeeded without a result is corrupted") {
  const v1::TrialRecord record = TrialRecord(v1::TRIAL_TYPE_MAB, v1::TRIAL_STATUS_SUCCEEDED, /*has_result=*/false);
  CHECK_THAT(StatusOfTrial(record.SerializeAsString()), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A trial with a result that did not succeed is corrupted") {
  const v1::TrialStatus status = GENERATE(v1::TRIAL_STATUS_DISPATCHED, v1::TRIAL_STATUS_FAILED);
  CHECK_THAT(StatusOfTrial(TrialRecord(v1::TRIAL_TYPE_MAB, status, /*has_result=*/true).SerializeAsString()),
             FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A final report that does not fit its trial, or is none, is corrupted") {
  const auto status_with = [](v1::TrialRecord trial, bool converged, const v1::FinalReportRecord& report) {
    if (trial.has_result()) trial.mutable_result()->set_converged(converged);
    *trial.mutable_final_report() = report;
    return StatusOfTrial(trial.SerializeAsString());
  };
  v1::FinalReportRecord reached;
  reached.set_reason(v1::END_REASON_TARGET_REACHED);
  CHECK_THAT(status_with(TrialRecord(), true, reached), IsOk());
  CHECK_THAT(status_with(TrialRecord(), false, reached), FailsWith(Reason::kStorageCorrupted));
  for (const v1::TrialStatus status : {v1::TRIAL_STATUS_DISPATCHED, v1::TRIAL_STATUS_FAILED}) {
    CHECK_THAT(status_with(TrialRecord(v1::TRIAL_TYPE_MAB, status, /*has_result=*/false), true, reached),
               FailsWith(Reason::kStorageCorrupted));
  }
  v1::FinalReportRecord over;
  over.set_reason(v1::END_REASON_COST_OVER_LIMIT);
  CHECK_THAT(status_with(TrialRecord(), false, over), FailsWith(Reason::kStorageCorrupted));
  over.set_cost_limit(260);
  CHECK_THAT(status_with(TrialRecord(), false, over), IsOk());
  CHECK_THAT(status_with(TrialRecord(), true, over), FailsWith(Reason::kStorageCorrupted));
  for (const double limit : {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    over.set_cost_limit(limit);
    CHECK_THAT(status_with(TrialRecord(), false, over), FailsWith(Reason::kStorageCorrupted));
  }
  v1::FinalReportRecord report;
  report.set_reason(static_cast<v1::EndReason>(GENERATE(0, 4, -1)));
  CHECK_THAT(status_with(TrialRecord(), false, report), FailsWith(Reason::kStorageCorrupted));
  report.set_reason(v1::END_REASON_MAX_EPOCHS_DONE);
  CHECK_THAT(status_with(TrialRecord(), false, report), IsOk());
  report.set_epochs(-1);
  CHECK_THAT(status_with(TrialRecord(), false, report), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A text in a job that is no UTF-8 is corrupted") {
  // Field 2 (spec), 3 bytes: its field 1 (job_id_prefix), 1 byte: 0xff. Then field 3 (stage): 1.
  CHECK_THAT(StatusOfJob("\x12\x03\x0a\x01"
                         "a"
                         "\x18\x01"),
             IsOk());
  CHECK_THAT(StatusOfJob("\x12\x03\x0a\x01"
                         "\xff"
                         "\x18\x01"),
             FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A job with any damage is read or corrupted") { CheckDamaged(StatusOfJob, JobRecord().SerializeAsString()); }

TEST_CASE("A trial with any damage is read or corrupted") {
  CheckDamaged(StatusOfTrial, TrialRecord().SerializeAsString());
}

TEST_CASE("A result with any damage is read or corrupted") {
  CheckDamaged(StatusOfResult, EncodeResult({.time_seconds = 10.5, .energy_joules = 2000.25, .converged = true}));
}

TEST_CASE("An arm with any damage is read or corrupted") {
  CheckDamaged(StatusOfArm, EncodeArm({.batch_size = 32,
                                       .param_mean = -1234.5,
                                       .param_precision = 0.1,
                                       .reward_precision = 0.2,
                                       .num_observations = 300}));
}

TEST_CASE("Fields that a later server added are skipped") {
  v1::TrialRecord record = TrialRecord();
  const std::string value = absl::StrCat(record.SerializeAsString(), "\xf8\x07\x05");  // Field 127: 5.
  CHECK_THAT(StatusOfTrial(value), IsOk());
}

}  // namespace
}  // namespace zeus::bso::storage
