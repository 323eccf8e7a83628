#include "server/service/verdict.h"

#include <limits>
#include <string>

#include "catch2/catch.hpp"
#include "server/policy/target.h"
#include "tests/support/special_values.h"
#include "tests/support/specs.h"

namespace zeus::bso {
namespace {

using testing::kInfinity;
using testing::kNan;

JobSpec SpecWithTarget(double target, bool higher_is_better = true) {
  JobSpec spec = testing::MakeSpec();
  spec.target_metric = target;
  spec.higher_is_better_metric = higher_is_better;
  return spec;
}

Trial EndedTrial(double energy_joules, const FinalReport& report) {
  Trial trial;
  trial.job_id = "job";
  trial.trial_number = 1;
  trial.batch_size = 256;
  trial.status = TrialStatus::kSucceeded;
  trial.result = Result{
      .time_seconds = 10, .energy_joules = energy_joules, .converged = report.reason == EndReason::kTargetReached};
  trial.final_report = report;
  return trial;
}

// With eta_knob 1 the energy is the cost.
std::string SentenceOn(double target, double energy_joules, const FinalReport& report) {
  return VerdictOn(SpecWithTarget(target), EndedTrial(energy_joules, report)).message;
}

TEST_CASE("A target that went through float32 is reached") {
  for (const double target : {0.95, 0.7, 1e-3, 123.4, -0.3}) {
    CAPTURE(target);
    const double rounded = static_cast<double>(static_cast<float>(target));
    CHECK(ReachesTarget(SpecWithTarget(target), rounded));
    CHECK(ReachesTarget(SpecWithTarget(target, /*higher_is_better=*/false), rounded));
  }
}

TEST_CASE("A metric reaches its target up to a relative 1e-6, on the side that is worse") {
  const double sign = GENERATE(1.0, -1.0);
  const double target = sign * 0.5;
  CHECK(ReachesTarget(SpecWithTarget(target), target - 0.49e-6));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(target), target - 0.51e-6));
  CHECK(ReachesTarget(SpecWithTarget(target), target + 1));
  CHECK(ReachesTarget(SpecWithTarget(target, /*higher_is_better=*/false), target + 0.49e-6));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(target, /*higher_is_better=*/false), target + 0.51e-6));
  CHECK(ReachesTarget(SpecWithTarget(target, /*higher_is_better=*/false), target - 1));
}

TEST_CASE("A target of 0 has no tolerance") {
  const double least = std::numeric_limits<double>::denorm_min();
  CHECK(ReachesTarget(SpecWithTarget(0), 0));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(0), -least));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(0, /*higher_is_better=*/false), least));
}

TEST_CASE("NaN never reaches a target, infinities compare as numbers do") {
  CHECK_FALSE(ReachesTarget(SpecWithTarget(0.5), kNan));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(0.5, /*higher_is_better=*/false), kNan));
  CHECK(ReachesTarget(SpecWithTarget(0.5), kInfinity));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(0.5), -kInfinity));
  CHECK(ReachesTarget(SpecWithTarget(0.5, /*higher_is_better=*/false), -kInfinity));
  CHECK_FALSE(ReachesTarget(SpecWithTarget(0.5, /*higher_is_better=*/false), kInfinity));
}

TEST_CASE("Each reason has its sentence, with the numbers that decided") {
  CHECK(SentenceOn(0.6, 263, {.reason = EndReason::kTargetReached, .metric = 0.625, .epochs = 3}) ==
        "Batch size 256 reached 0.6 within 3 epochs (last 0.625) at a cost of 263 J");
  CHECK(SentenceOn(0.6, 263, {.reason = EndReason::kMaxEpochsDone, .metric = 0.544, .epochs = 5}) ==
        "Batch size 256 did not reach 0.6 within 5 epochs (last 0.544). Start again: another size is next.");
  CHECK(SentenceOn(0.6, 263, {.reason = EndReason::kCostOverLimit, .metric = 0.9, .epochs = 5, .cost_limit = 260}) ==
        "Stopped early: 263 J so far, over the limit of 260 J");
  CHECK(SentenceOn(0.6, 250, {.reason = EndReason::kNextEpochOverLimit, .epochs = 5, .cost_limit = 260}) ==
        "Stopped early: 250 J so far; one more epoch would pass the limit of 260 J");
  CHECK(SentenceOn(0.6, 250,
                   {.reason = EndReason::kDearerThanStartingOver,
                    .epochs = 5,
                    .cost_limit = 260,
                    .expected_rest = 300,
                    .limit_batch_size = 64}) ==
        "Stopped early: about 300 J more expected; a new run at batch size 64 costs about 260 J");
  CHECK(
      SentenceOn(0.6, 263,
                 {.reason = EndReason::kSlowerThanAnother, .epochs = 5, .cost_limit = 260, .limit_batch_size = 64}) ==
      "Stopped early: 263 J so far; another run at batch size 64 has converged meanwhile, which sets a limit of 260 J");
}

TEST_CASE("A sentence names no best size where there is none") {
  CHECK(SentenceOn(0.6, 250, {.reason = EndReason::kDearerThanStartingOver, .cost_limit = 260, .expected_rest = 300}) ==
        "Stopped early: about 300 J more expected; a new run costs about 260 J");
  CHECK(SentenceOn(0.6, 263, {.reason = EndReason::kSlowerThanAnother, .cost_limit = 260}) ==
        "Stopped early: 263 J so far; another run has converged meanwhile, which sets a limit of 260 J");
}

TEST_CASE("A training that reported no cost is not said to have cost 0 J") {
  CHECK(SentenceOn(0.6, 0, {.reason = EndReason::kCostOverLimit, .cost_limit = 260}) ==
        "Stopped early: no cost was reported, and by what an epoch is believed to cost it is over the limit of 260 J");
  CHECK(
      SentenceOn(0.6, 0, {.reason = EndReason::kNextEpochOverLimit, .cost_limit = 260}) ==
      "Stopped early: no cost was reported, and by what an epoch is believed to cost one more epoch would be over the "
      "limit of 260 J");
  CHECK(SentenceOn(0.6, 0, {.reason = EndReason::kSlowerThanAnother, .cost_limit = 260}) ==
        "Stopped early: no cost was reported, and by what an epoch is believed to cost it is over the limit of 260 J");
}

TEST_CASE("A sentence is right of one epoch, of NaN, and of numbers that differ in late digits") {
  CHECK(SentenceOn(0.6, 263, {.reason = EndReason::kMaxEpochsDone, .metric = kNan, .epochs = 1}) ==
        "Batch size 256 did not reach 0.6 within 1 epoch (last NaN). Start again: another size is next.");
  CHECK(SentenceOn(0.6, 263, {.reason = EndReason::kMaxEpochsDone, .metric = 0.59999, .epochs = 2}) ==
        "Batch size 256 did not reach 0.6 within 2 epochs (last 0.59999). Start again: another size is next.");
  CHECK(SentenceOn(0.6, 260.00000001, {.reason = EndReason::kCostOverLimit, .cost_limit = 260}) ==
        "Stopped early: 260.00000001 J so far, over the limit of 260 J");
}

TEST_CASE("Another size is announced only where one is sure to be next") {
  const FinalReport report = {.reason = EndReason::kMaxEpochsDone, .metric = 0.5, .epochs = 2};
  JobSpec spec = SpecWithTarget(0.6);
  Trial trial = EndedTrial(263, report);
  const std::string start = "Batch size 256 did not reach 0.6 within 2 epochs (last 0.5). Start again";
  for (const TrialType type : {TrialType::kMab, TrialType::kConcurrent, TrialType::kBest}) {
    trial.type = type;
    CHECK(VerdictOn(spec, trial).message == start + ": another size may be next.");
  }
  for (const TrialType type : {TrialType::kExploration, TrialType::kFirst, TrialType::kExplore}) {
    trial.type = type;
    CHECK(VerdictOn(spec, trial).message == start + ": another size is next.");
  }
  spec.batch_sizes = {256};
  CHECK(VerdictOn(spec, trial).message == start + ".");
}

TEST_CASE("The verdict on an ended trial carries its reason, or none where none was recorded") {
  Trial trial = EndedTrial(263, {.reason = EndReason::kCostOverLimit, .cost_limit = 260});
  const Verdict verdict = VerdictOn(testing::MakeSpec(), trial);
  CHECK(verdict.stop_train);
  CHECK_FALSE(verdict.converged);
  CHECK(verdict.end_reason == EndReason::kCostOverLimit);

  trial.final_report.reset();
  trial.result->converged = true;
  const Verdict unrecorded = VerdictOn(testing::MakeSpec(), trial);
  CHECK(unrecorded.stop_train);
  CHECK(unrecorded.converged);
  CHECK_FALSE(unrecorded.message.empty());
  CHECK_FALSE(unrecorded.end_reason.has_value());
}

}  // namespace
}  // namespace zeus::bso
