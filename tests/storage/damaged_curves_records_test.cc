// What no job of the curves policy can know is STORAGE_CORRUPTED.
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>

#include "catch2/catch.hpp"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "storage/records.h"
#include "tests/support/curves_values.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using testing::FailsWith;
using testing::FullCurvesJob;
using testing::FullCurvesSize;
using testing::FullTicket;
using testing::IsOk;

v1::JobRecord CurvesJobRecord() {
  JobRow row;
  row.uid = 1;
  row.job.spec = testing::MakeSpec();
  row.job.spec.policy = PolicyKind::kCurves;
  row.job.stage = Stage::kNone;
  row.job.curves = FullCurvesJob();
  v1::JobRecord record;
  REQUIRE(record.ParseFromString(EncodeJob(row)));
  return record;
}

v1::JobRecord ZeusJobRecord() {
  v1::JobRecord record = CurvesJobRecord();
  record.mutable_spec()->set_policy(v1::POLICY_ZEUS);
  record.set_stage(v1::STAGE_MAB);
  record.clear_curves();
  return record;
}

v1::CurvesSizeRecord SizeRecord() {
  v1::CurvesSizeRecord record;
  REQUIRE(record.ParseFromString(EncodeCurvesSize(FullCurvesSize())));
  return record;
}

v1::TrialRecord CurvesTrialRecord() {
  Trial trial;
  trial.batch_size = 16;
  trial.type = TrialType::kExplore;
  trial.ticket = FullTicket();
  trial.progress =
      TrialProgress{.epochs = 1, .time_seconds = 2, .energy_joules = 3, .metric = 0.5, .first_epoch_cost = 5};
  v1::TrialRecord record;
  REQUIRE(record.ParseFromString(EncodeTrial(trial)));
  return record;
}

absl::Status StatusOf(const v1::JobRecord& record) { return DecodeJob("job", record.SerializeAsString()).status(); }

absl::Status StatusOf(const v1::TrialRecord& record) {
  return DecodeTrial("job", 1, record.SerializeAsString()).status();
}

absl::Status StatusOf(const v1::CurvesSizeRecord& record) {
  return DecodeCurvesSize(16, FullCurvesJob(), record.SerializeAsString()).status();
}

// Called with a number: its path, and the message that has it.
using Change = std::function<void(const std::string& path, const FieldDescriptor& field, Message& parent)>;

void ForEachNumber(Message& message, const std::string& prefix, const Change& change) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const std::string path = prefix + field.name();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.is_repeated()) {
      for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
        ForEachNumber(*reflection.MutableRepeatedMessage(&message, &field, j), path + ".", change);
      }
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ForEachNumber(*reflection.MutableMessage(&message, &field), path + ".", change);
    } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) {
      change(path, field, message);
    }
  }
}

void SetDouble(Message& message, const FieldDescriptor& field, double value) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.SetRepeatedDouble(&message, &field, 0, value);
  } else {
    reflection.SetDouble(&message, &field, value);
  }
}

// Checks that neither a number that is not finite nor the least integer, nor the greatest unless `may_be_greatest`, is
// read anywhere in `part`, which is a part of `record`.
template <typename Record>
void CheckNumbers(Record& record, Message& part, const std::set<std::string>& any,
                  const std::set<std::string>& may_be_greatest = {}) {
  REQUIRE_THAT(StatusOf(record), IsOk());
  int num_checked = 0;
  ForEachNumber(part, "", [&](const std::string& path, const FieldDescriptor& field, Message& parent) {
    if (any.contains(path)) return;
    CAPTURE(path);
    const auto check = [&] { CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted)); };
    const Reflection& reflection = *parent.GetReflection();
    std::unique_ptr<Message> before(parent.New());
    before->CopyFrom(parent);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
        for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity()}) {
          SetDouble(parent, field, wrong);
          check();
        }
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(&parent, &field, std::numeric_limits<int32_t>::min());
        check();
        reflection.SetInt32(&parent, &field, std::numeric_limits<int32_t>::max());
        check();
        break;
      default:
        REQUIRE(field.cpp_type() == FieldDescriptor::CPPTYPE_INT64);
        reflection.SetInt64(&parent, &field, std::numeric_limits<int64_t>::min());
        check();
        reflection.SetInt64(&parent, &field, std::numeric_limits<int64_t>::max());
        if (!may_be_greatest.contains(path)) check();
    }
    parent.CopyFrom(*before);
    ++num_checked;
  });
  CHECK(num_checked > 3);
  CHECK_THAT(StatusOf(record), IsOk());
}

TEST_CASE("Each number of what a job knows is checked when it is read") {
  v1::JobRecord record = CurvesJobRecord();
  CheckNumbers(record, *record.mutable_curves(), {});
}

TEST_CASE("Each number of a size is checked when it is read") {
  v1::CurvesSizeRecord record = SizeRecord();
  CheckNumbers(record, record, {});
}

TEST_CASE("Each number of a ticket and of a progress is checked when it is read, but that any metric is one") {
  v1::TrialRecord record = CurvesTrialRecord();
  CheckNumbers(record, *record.mutable_ticket(), {});
  CheckNumbers(record, *record.mutable_progress(), {"metric"}, {"epochs"});
}

TEST_CASE("A job of the curves policy without its state, or another with it, is corrupted") {
  CHECK_THAT(StatusOf(ZeusJobRecord()), IsOk());
  v1::JobRecord record = CurvesJobRecord();
  SECTION("without") { record.clear_curves(); }
  SECTION("another") { record.mutable_spec()->set_policy(v1::POLICY_ZEUS); }
  SECTION("of an older server") { record.mutable_spec()->clear_policy(); }
  SECTION("another, in a stage of its own") {
    record = ZeusJobRecord();
    *record.mutable_curves() = CurvesJobRecord().curves();
  }
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A job in a stage of another policy is corrupted") {
  v1::JobRecord curves = CurvesJobRecord();
  curves.set_stage(GENERATE(v1::STAGE_PRUNING, v1::STAGE_MAB));
  CHECK_THAT(StatusOf(curves), FailsWith(Reason::kStorageCorrupted));
  v1::JobRecord zeus = ZeusJobRecord();
  zeus.set_stage(v1::STAGE_NONE);
  CHECK_THAT(StatusOf(zeus), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A job of a policy that there is not is corrupted") {
  v1::JobRecord record = ZeusJobRecord();
  record.mutable_spec()->set_policy(static_cast<v1::Policy>(GENERATE(3, -1, 2147483647)));
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A job of the curves policy with more sizes than it can have is corrupted") {
  v1::JobRecord record = CurvesJobRecord();
  record.mutable_spec()->clear_batch_sizes();
  for (int size = 1; size <= kMaxCurvesBatchSizes; ++size) record.mutable_spec()->add_batch_sizes(size);
  CHECK_THAT(StatusOf(record), IsOk());
  record.mutable_spec()->add_batch_sizes(kMaxCurvesBatchSizes + 1);
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A best size that the job does not have is corrupted") {
  v1::JobRecord record = CurvesJobRecord();
  record.mutable_curves()->set_best_batch_size(17);
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A surprise at a size that the job does not have is corrupted") {
  v1::JobRecord record = CurvesJobRecord();
  const int size = GENERATE(-1, 3);
  SECTION("of the epochs") { record.mutable_curves()->mutable_epochs_surprise()->set_size(size); }
  SECTION("of the costs") { record.mutable_curves()->mutable_cost_surprise()->set_size(size); }
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A trial of the curves policy without a ticket, or another with one, is corrupted") {
  v1::TrialRecord record = CurvesTrialRecord();
  REQUIRE_THAT(StatusOf(record), IsOk());
  SECTION("without") { record.clear_ticket(); }
  SECTION("another") { record.set_type(v1::TRIAL_TYPE_MAB); }
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("An end that no revision can be is corrupted") {
  v1::TrialRecord record = CurvesTrialRecord();
  record.set_end_revision(GENERATE(int64_t{-1}, std::numeric_limits<int64_t>::max()));
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("A final report for the cost has the limit, and what was expected exactly where it decided") {
  v1::TrialRecord record = CurvesTrialRecord();
  record.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  record.mutable_result()->set_energy_joules(5);
  v1::FinalReportRecord& report = *record.mutable_final_report();
  const bool has_rest = GENERATE(true, false);
  report.set_reason(has_rest ? v1::END_REASON_DEARER_THAN_STARTING_OVER
                             : GENERATE(v1::END_REASON_NEXT_EPOCH_OVER_LIMIT, v1::END_REASON_SLOWER_THAN_ANOTHER));
  report.set_cost_limit(5);
  if (has_rest) report.set_expected_rest(5);
  REQUIRE_THAT(StatusOf(record), IsOk());
  SECTION("without a limit") { report.clear_cost_limit(); }
  SECTION("the other way round") {
    if (has_rest) {
      report.clear_expected_rest();
    } else {
      report.set_expected_rest(5);
    }
  }
  SECTION("an expectation that is no number") {
    report.set_reason(v1::END_REASON_DEARER_THAN_STARTING_OVER);
    report.set_expected_rest(GENERATE(-1.0, std::numeric_limits<double>::infinity()));
  }
  CHECK_THAT(StatusOf(record), FailsWith(Reason::kStorageCorrupted));
}

// Cuts the bytes at every length and changes each of their bits.
template <typename Decode>
void CheckDamaged(const std::string& value, Decode decode) {
  REQUIRE_THAT(decode(value), IsOk());
  const auto check = [&](const std::string& damaged) {
    const absl::Status status = decode(damaged);
    CHECK((status.ok() || HasReason(status, Reason::kStorageCorrupted)));
  };
  for (size_t length = 0; length < value.size(); ++length) check(value.substr(0, length));
  for (size_t i = 0; i < value.size() * 8; ++i) {
    std::string changed = value;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    check(changed);
  }
}

TEST_CASE("Records of the curves policy with any damage are read or corrupted") {
  CheckDamaged(CurvesJobRecord().SerializeAsString(),
               [](const std::string& value) { return DecodeJob("job", value).status(); });
  CheckDamaged(SizeRecord().SerializeAsString(),
               [](const std::string& value) { return DecodeCurvesSize(16, FullCurvesJob(), value).status(); });
  CheckDamaged(CurvesTrialRecord().SerializeAsString(),
               [](const std::string& value) { return DecodeTrial("job", 1, value).status(); });
}

}  // namespace
}  // namespace zeus::bso::storage
