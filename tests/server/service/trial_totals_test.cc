#include "server/service/trial_totals.h"

#include <optional>

#include "catch2/catch.hpp"
#include "storage/job_change.h"

namespace zeus::bso {
namespace {

Trial ConvergedTrial(double joules) {
  Trial trial;
  trial.type = TrialType::kBest;
  trial.status = TrialStatus::kSucceeded;
  trial.result = Result{.time_seconds = joules / 10, .energy_joules = joules, .converged = true};
  trial.final_report = FinalReport{.reason = EndReason::kTargetReached};
  return trial;
}

Trial TimedOutTrial(double joules) {
  Trial trial;
  trial.type = TrialType::kExploration;
  trial.status = TrialStatus::kFailed;
  trial.failure = TrialFailure::kTimedOut;
  trial.progress = TrialProgress{.epochs = 1, .time_seconds = joules / 10, .energy_joules = joules};
  return trial;
}

TEST_CASE("The end of a trial has a name") {
  CHECK(kTrialEndNames[TrialEndOf(ConvergedTrial(1))] == "target_reached");
  CHECK(kTrialEndNames[TrialEndOf(TimedOutTrial(1))] == "timed_out");
  Trial trial = ConvergedTrial(1);
  trial.final_report->reason = EndReason::kSlowerThanAnother;
  CHECK(kTrialEndNames[TrialEndOf(trial)] == "slower_than_another");
  trial.final_report.reset();
  CHECK(kTrialEndNames[TrialEndOf(trial)] == "recorded");
  trial = TimedOutTrial(1);
  trial.failure = TrialFailure::kNotConverged;
  CHECK(kTrialEndNames[TrialEndOf(trial)] == "not_converged");
  trial.failure.reset();
  CHECK(kTrialEndNames[TrialEndOf(trial)] == "failed");
}

TEST_CASE("Trials are counted by policy, and what they cost is subtracted from the default's cost") {
  TrialTotals totals;
  totals.OnCommit({.job_id = "a", .uid = 1, .trials_ended = {ConvergedTrial(70), TimedOutTrial(20)}});
  totals.OnCommit({.job_id = "a", .uid = 1, .trials_ended = {ConvergedTrial(60)}});
  totals.OnCommit({.job_id = "b", .uid = 2, .trials_ended = {TimedOutTrial(5)}});
  CHECK(totals.Read().ended[1][0] == 2);
  CHECK(totals.Read().ended[0][9] == 2);
  CHECK(totals.Read().saved == Spent{});

  // Trials wait until the cost at the default is known, and count once.
  totals.OnDefaultCost(1, std::nullopt);
  CHECK(totals.Read().saved == Spent{});
  totals.OnDefaultCost(1, Spent{.seconds = 10, .joules = 100});
  totals.OnDefaultCost(1, Spent{.seconds = 10, .joules = 100});
  CHECK(totals.Read().saved == Spent{.seconds = 2 * 10 - 15, .joules = 2 * 100 - 150});
  totals.OnDefaultCost(2, Spent{.seconds = 1, .joules = 1});
  CHECK(totals.Read().saved.joules == 45);
}

}  // namespace
}  // namespace zeus::bso
