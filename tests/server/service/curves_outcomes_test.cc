// What the end of a trial means to the curves policy.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::IsOk;

class OutcomesFixture : public CurvesFixture {
 public:
  // A trial at this size that has done 10 epochs of 10 J.
  Trial HalfDone(int64_t batch_size = 32) {
    const Trial trial = StartAt(batch_size);
    for (int epoch = 1; epoch <= 10; ++epoch) REQUIRE_FALSE(TakeReport(trial, epoch, 10 * epoch).stop_train);
    return trial;
  }
};

TEST_CASE_METHOD(OutcomesFixture, "A target that is reached counts, whatever it cost") {
  Converge(StartAt(32), 10, 10);
  const Trial dear = StartAt(32);
  const Verdict verdict = TakeReport(dear, 1, 1e6, 1);
  CHECK(verdict.converged);
  CHECK(verdict.end_reason == EndReason::kTargetReached);
  const CurvesSize size = StoredSize(32);
  CHECK(size.num_converged == 2);
  CHECK(size.last_converged_trial == dear.trial_number);
  CHECK(size.state.last == 2);
  CHECK(StoredCurves().state.run == 2);
}

TEST_CASE_METHOD(OutcomesFixture, "A trial that has done all its epochs is a long failure") {
  const Trial trial = StartAt(32);
  const Verdict verdict = TakeReport(trial, 100, 500);
  CHECK(verdict.stop_train);
  CHECK_FALSE(verdict.converged);
  CHECK(verdict.end_reason == EndReason::kMaxEpochsDone);
  const CurvesSize size = StoredSize(32);
  CHECK(size.state.failures == 1);
  CHECK(size.state.bounds == absl::InlinedVector<double, 3>{std::log(100)});
  CHECK(size.state.log_cost == Approx(std::log(5)));
  CHECK(size.num_converged == 0);
  CHECK(size.num_failed == 0);
  CHECK(StoredCurves().state.stops == 1);
}

TEST_CASE_METHOD(OutcomesFixture, "A loop that ended by itself is a long failure after the epochs that it reported") {
  const Trial trial = HalfDone();
  SECTION("by its own word") { REQUIRE_THAT(TryEnd(KeyOf(trial), TrialFailure::kNotConverged), IsOk()); }
  SECTION("by the word of one who knows its epochs") {
    EndTrial(trial, {.status = TrialStatus::kFailed, .progress = TrialProgress{.epochs = 10}});
  }
  CHECK(Stored(trial).status == TrialStatus::kFailed);
  CHECK(Stored(trial).failure == TrialFailure::kNotConverged);
  CHECK(Stored(trial).progress->epochs == 10);
  CHECK(Stored(trial).progress->energy_joules == 100);
  const CurvesSize size = StoredSize(32);
  CHECK(size.state.failures == 1);
  CHECK(size.state.bounds == absl::InlinedVector<double, 3>{std::log(10)});
  CHECK(size.state.log_cost == Approx(std::log(10)));
  CHECK(size.state.crashes == 0);
  CHECK(size.num_failed == 1);
  CHECK(size.last_failed_trial == trial.trial_number);
}

TEST_CASE_METHOD(OutcomesFixture, "One who knows of more epochs than were reported is believed, without their cost") {
  const Trial trial = HalfDone();
  EndTrial(trial, {.status = TrialStatus::kFailed, .progress = TrialProgress{.epochs = 20}});
  CHECK(StoredSize(32).state.bounds == absl::InlinedVector<double, 3>{std::log(20)});
  CHECK(StoredSize(32).state.timed == 0);
}

TEST_CASE_METHOD(OutcomesFixture, "A loop that ended by itself without a report counts as one epoch") {
  REQUIRE_THAT(TryEnd(KeyOf(StartAt(32)), TrialFailure::kNotConverged), IsOk());
  CHECK(StoredSize(32).state.bounds == absl::InlinedVector<double, 3>{0});
  CHECK(StoredSize(32).state.timed == 0);
  CHECK(StoredSize(32).state.fits);
}

TEST_CASE_METHOD(OutcomesFixture, "A trial that was stopped for its cost is no long failure by itself") {
  Converge(StartAt(32), 10, 10);
  Trial trial = StartAt(64);
  const Verdict verdict = TakeReport(trial, 2, 500);
  REQUIRE(verdict.end_reason == EndReason::kCostOverLimit);
  CHECK(StoredSize(64).state.failures == 0);
  CHECK(StoredSize(64).state.bounds == absl::InlinedVector<double, 3>{std::log(2)});
  CHECK(StoredSize(64).state.log_cost == Approx(std::log(250)));
}

TEST_CASE_METHOD(OutcomesFixture, "A crash and a silence count as crashes, and say nothing about epochs and costs") {
  const Trial trial = HalfDone();
  const TrialFailure failure = GENERATE(TrialFailure::kFailed, TrialFailure::kTimedOut);
  EndTrial(trial, {.status = TrialStatus::kFailed, .failure = failure});
  const CurvesSize size = StoredSize(32);
  CHECK(size.state == curves::SizeState{.crashes = 1});
  CHECK(size.num_failed == 1);
  CHECK(StoredCurves().state.run == 0);
  CHECK(StoredCurves().state.stops == 1);
  CHECK(Stored(trial).progress->epochs == 10);  // Kept all the same.
}

TEST_CASE_METHOD(OutcomesFixture, "A size that ran out of memory rests, and with it all that are larger") {
  const Trial trial = StartAt(32);
  REQUIRE_THAT(TryEnd(KeyOf(trial), TrialFailure::kInfeasible), IsOk());
  CHECK(StoredSize(16).state.rest_until == 0);
  CHECK(StoredSize(32).state.ooms == 1);
  CHECK(StoredSize(32).state.rest_until == 2);
  CHECK(StoredSize(64).state.rest_until == 2);
  CHECK(StoredSize(32).last_infeasible_trial == trial.trial_number);
  CHECK(StoredSize(32).last_failed_trial == trial.trial_number);
  CHECK(StoredSize(64).last_infeasible_trial == 0);
  CHECK(StoredSize(64).num_failed == 0);
}

TEST_CASE_METHOD(OutcomesFixture, "A trial that was cancelled, or whose epochs nobody knows, teaches nothing") {
  Converge(StartAt(32), 10, 10);
  const CurvesJob job = StoredCurves();
  const CurvesSize before = StoredSize(32);
  const bool cancelled = GENERATE(true, false);
  const Trial trial = StartAt(32);
  TakeReport(trial, 1, 15);
  if (cancelled) {
    REQUIRE_THAT(TryEnd(KeyOf(trial), TrialFailure::kCancelled), IsOk());
  } else {
    Succeed(trial, /*energy_joules=*/15, /*converged=*/true);
  }
  CHECK(StoredCurves() == job);
  const CurvesSize after = StoredSize(32);
  CHECK(after.state == before.state);
  CHECK(after.num_trials == 2);
  CHECK(after.num_failed == 0);
  CHECK(after.num_converged == (cancelled ? 1 : 2));
  CHECK(after.last_failed_trial == 0);
}

TEST_CASE_METHOD(OutcomesFixture, "A result by the word of one who knows its epochs teaches as a report does") {
  const bool converged = GENERATE(true, false);
  const auto end = [&](const std::string& job_id, bool by_report) {
    CreateJob(CurvesSpec(job_id));
    const Trial trial = StartAt(32, job_id);
    if (by_report) {
      TakeReport(trial, converged ? 10 : 100, 200, converged ? 1 : 0);
      return;
    }
    const TrialProgress progress = {.epochs = converged ? 10 : 100, .time_seconds = 20, .energy_joules = 200};
    EndTrial(trial, {.status = TrialStatus::kSucceeded, .result = Result{20, 200, converged}, .progress = progress});
  };
  end("a", true);
  end("b", false);
  CHECK(StoredCurves("a") == StoredCurves("b"));
  CHECK(StoredSizes("a") == StoredSizes("b"));
}

TEST_CASE_METHOD(OutcomesFixture, "One who knows the epochs of a trial need not know what its first epoch cost") {
  const Trial trial = StartAt(32);
  TakeReport(trial, 1, 30);
  TakeReport(trial, 2, 40);
  EndTrial(trial, {.status = TrialStatus::kSucceeded,
                   .result = Result{5, 50, true},
                   .progress = TrialProgress{.epochs = 3, .time_seconds = 5, .energy_joules = 50}});
  CHECK(Stored(trial).progress->first_epoch_cost == 30);
  CHECK(StoredSize(32).state.log_cost == Approx(std::log(10)));
}

TEST_CASE_METHOD(OutcomesFixture, "A loop that ended by itself is a failure as any other to a zeus job") {
  CreateJob(testing::MakeSpec("zeus"));
  StartAndFail(TrialFailure::kNotConverged, "zeus");
  CHECK(StoredJob("zeus").failures.at(32).num_failures == 1);
  EndTrial(CreateTrial(32, TrialType::kExploration, "zeus"),
           {.status = TrialStatus::kFailed, .progress = TrialProgress{.epochs = 3}});
  CHECK(StoredTrial(32, 2, "zeus").failure == TrialFailure::kFailed);
  CHECK(StoredJob("zeus").failures.at(32).num_failures == 2);
}

TEST_CASE_METHOD(OutcomesFixture, "The best size and its cost follow what is learned") {
  Converge(StartAt(32), 10, 10);
  CHECK(StoredCurves().best_batch_size == 32);
  CHECK(StoredCurves().best_cost.value() == Approx(100).epsilon(0.01));
  Converge(StartAt(64), 5, 10);
  CHECK(StoredCurves().best_batch_size == 64);
  CHECK(StoredCurves().best_cost.value() == Approx(50).epsilon(0.15));
  // All that converged rest: the cost stays, and no size is the best.
  for (int i = 0; i < 3; ++i) REQUIRE_THAT(TryEnd(KeyOf(StartAt(32)), TrialFailure::kInfeasible), IsOk());
  CHECK_FALSE(StoredCurves().best_batch_size.has_value());
  CHECK(StoredCurves().best_cost.value() == Approx(50).epsilon(0.15));
}

TEST_CASE_METHOD(OutcomesFixture, "A job whose sizes all fail still starts trials, and converges in the end") {
  const TrialFailure failure =
      GENERATE(TrialFailure::kFailed, TrialFailure::kInfeasible, TrialFailure::kTimedOut, TrialFailure::kNotConverged);
  for (int i = 0; i < 40; ++i) REQUIRE_THAT(TryEnd(KeyOf(Start()), failure), IsOk());
  const Trial trial = Start();
  CHECK(trial.type == TrialType::kFirst);
  CHECK(TakeReport(trial, 10, 100, 1).converged);
  CHECK(StoredCurves().best_batch_size == trial.batch_size);
}

}  // namespace
}  // namespace zeus::bso
