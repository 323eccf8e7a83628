// What the policies keep of jobs and trials survives storing; records of servers that knew one policy are read as its.
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "storage/records.h"
#include "tests/support/curves_values.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

using testing::FullCurvesJob;
using testing::FullCurvesSize;
using testing::FullTicket;
using testing::Value;

JobRow CurvesRow() {
  JobRow row;
  row.uid = 5;
  row.revision = 8;
  row.job.spec = testing::MakeSpec();
  row.job.spec.policy = PolicyKind::kCurves;
  row.job.stage = Stage::kNone;
  row.job.generator_state = Pcg64State{};
  row.job.curves = FullCurvesJob();
  return row;
}

Trial CurvesTrial(TrialType type = TrialType::kExplore) {
  Trial trial;
  trial.job_id = "job";
  trial.trial_number = 7;
  trial.batch_size = 16;
  trial.type = type;
  trial.start_time = absl::FromUnixMicros(1700000000000001);
  trial.ticket = FullTicket(KindOf(type));
  trial.progress = TrialProgress{
      .epochs = 3, .time_seconds = 10.5, .energy_joules = 2000.25, .metric = 0.25, .first_epoch_cost = 700.5};
  return trial;
}

// The same, ended by a report.
Trial EndedCurvesTrial() {
  Trial trial = CurvesTrial();
  trial.status = TrialStatus::kSucceeded;
  trial.end_time = trial.start_time;
  trial.result = Result{.time_seconds = 10.5, .energy_joules = 2000.25, .converged = false};
  trial.end_revision = int64_t{1} << 40;
  trial.final_report = FinalReport{.reason = EndReason::kDearerThanStartingOver,
                                   .metric = 0.25,
                                   .epochs = 3,
                                   .cost_limit = 260.5,
                                   .expected_rest = 300.5,
                                   .limit_batch_size = 64};
  return trial;
}

Job CurvesRoundTrip(const JobRow& row) { return Value(DecodeJob("job", EncodeJob(row))).job; }

Trial CurvesRoundTrip(const Trial& trial) { return Value(DecodeTrial("job", trial.trial_number, EncodeTrial(trial))); }

CurvesSize CurvesRoundTrip(const CurvesSize& size) {
  return Value(DecodeCurvesSize(size.batch_size, FullCurvesJob(), EncodeCurvesSize(size)));
}

void CheckEqual(const TrialProgress& actual, const TrialProgress& expected) {
  CHECK(actual.epochs == expected.epochs);
  CHECK(actual.time_seconds == expected.time_seconds);
  CHECK(actual.energy_joules == expected.energy_joules);
  CHECK(actual.metric == expected.metric);
  CHECK(actual.first_epoch_cost == expected.first_epoch_cost);
}

TEST_CASE("Every field of what a job of the curves policy knows survives storing") {
  const Job job = CurvesRoundTrip(CurvesRow());
  CHECK(job.spec == CurvesRow().job.spec);
  CHECK(job.stage == Stage::kNone);
  CHECK(job.curves == FullCurvesJob());
}

TEST_CASE("What such a job does not know stays absent, and zeros are not taken for absent") {
  JobRow row = CurvesRow();
  row.job.curves = CurvesJob{};
  CHECK(CurvesRoundTrip(row).curves == CurvesJob{});
  row.job.curves->state.epochs_surprise.size = 0;
  row.job.curves->best_cost = 0;
  CHECK(CurvesRoundTrip(row).curves == row.job.curves);
}

TEST_CASE("Every field of a size survives storing") {
  CHECK(CurvesRoundTrip(FullCurvesSize()) == FullCurvesSize());
  CHECK(CurvesRoundTrip(CurvesSize{.batch_size = 32}) == CurvesSize{.batch_size = 32});
  CurvesSize size = FullCurvesSize();
  size.state.bounds = {2.5};
  CHECK(CurvesRoundTrip(size) == size);
}

TEST_CASE("A trial keeps its ticket, whose kind follows from the type") {
  const TrialType type = GENERATE(TrialType::kFirst, TrialType::kBest, TrialType::kExplore);
  const Trial trial = CurvesRoundTrip(CurvesTrial(type));
  CHECK(trial.type == type);
  CHECK(trial.ticket == FullTicket(KindOf(type)));
  Trial unknown = CurvesTrial(type);
  unknown.ticket->known_cost.reset();
  CHECK(CurvesRoundTrip(unknown).ticket == unknown.ticket);
  unknown.ticket->known_cost = 0;
  CHECK(CurvesRoundTrip(unknown).ticket == unknown.ticket);
}

TEST_CASE("A trial keeps how far it has come") {
  CheckEqual(*CurvesRoundTrip(CurvesTrial()).progress, *CurvesTrial().progress);
  Trial trial = CurvesTrial();
  trial.progress = TrialProgress{};
  CheckEqual(*CurvesRoundTrip(trial).progress, TrialProgress{});
  trial.progress->metric = 0;
  trial.progress->first_epoch_cost = 0;
  CheckEqual(*CurvesRoundTrip(trial).progress, *trial.progress);
  trial.progress->metric = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(*CurvesRoundTrip(trial).progress->metric));
  trial.progress.reset();
  CHECK_FALSE(CurvesRoundTrip(trial).progress.has_value());
}

TEST_CASE("A trial of either policy keeps the order of its end") {
  Trial trial = EndedCurvesTrial();
  CHECK(CurvesRoundTrip(trial).end_revision == int64_t{1} << 40);
  trial.type = TrialType::kMab;
  trial.ticket.reset();
  CHECK(CurvesRoundTrip(trial).end_revision == int64_t{1} << 40);
  trial.end_revision = 0;
  CHECK(CurvesRoundTrip(trial).end_revision == 0);
  trial.end_revision.reset();
  CHECK_FALSE(CurvesRoundTrip(trial).end_revision.has_value());
}

TEST_CASE("Each reason of the curves policy survives storing, with its numbers") {
  Trial trial = EndedCurvesTrial();
  trial.final_report->reason = GENERATE(EndReason::kNextEpochOverLimit, EndReason::kDearerThanStartingOver,
                                        EndReason::kSlowerThanAnother, EndReason::kCostOverLimit);
  if (trial.final_report->reason != EndReason::kDearerThanStartingOver) trial.final_report->expected_rest.reset();
  if (trial.final_report->reason == EndReason::kCostOverLimit) trial.final_report->limit_batch_size.reset();
  const FinalReport stored = *CurvesRoundTrip(trial).final_report;
  CHECK(stored.reason == trial.final_report->reason);
  CHECK(stored.cost_limit == 260.5);
  CHECK(stored.expected_rest == trial.final_report->expected_rest);
  CHECK(stored.limit_batch_size == trial.final_report->limit_batch_size);
}

TEST_CASE("A training loop that ended by itself is stored as such") {
  Trial trial = CurvesTrial();
  trial.status = TrialStatus::kFailed;
  trial.failure = TrialFailure::kNotConverged;
  CHECK(CurvesRoundTrip(trial).failure == TrialFailure::kNotConverged);
}

TEST_CASE("Jobs and trials of a server that knew one policy follow the Zeus policy") {
  JobRow row;
  row.uid = 1;
  row.job.spec = testing::MakeSpec();
  row.job.stage = Stage::kMab;
  v1::JobRecord record;
  REQUIRE(record.ParseFromString(EncodeJob(row)));
  record.mutable_spec()->clear_policy();
  const Job job = Value(DecodeJob("job", record.SerializeAsString())).job;
  CHECK(job.spec.policy == PolicyKind::kZeus);
  CHECK(job.spec == row.job.spec);
  CHECK_FALSE(job.curves.has_value());

  // Field 1 (batch_size): 32. Field 2 (type): TRIAL_TYPE_MAB. Field 3 (status): TRIAL_STATUS_DISPATCHED. Field 4
  // (start_time_micros): 5.
  const Trial trial = Value(DecodeTrial("job", 1, "\x08\x20\x10\x03\x18\x01\x20\x05"));
  CHECK(trial.type == TrialType::kMab);
  CHECK_FALSE(trial.ticket.has_value());
  CHECK_FALSE(trial.progress.has_value());
  CHECK_FALSE(trial.end_revision.has_value());
}

}  // namespace
}  // namespace zeus::bso::storage
