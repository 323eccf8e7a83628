#include "server/policy/curves/learn_trial.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "server/policy/cost.h"
#include "server/policy/curves/epoch_cost.h"
#include "server/policy/curves/epoch_means.h"
#include "server/policy/curves/known_job.h"
#include "server/policy/curves/learn.h"

namespace zeus::bso::curves {
namespace {

Outcome OutcomeOf(const Trial& trial) {
  if (trial.result.has_value()) {
    if (!trial.progress.has_value()) return Outcome::kLost;
    if (trial.result->converged) return Outcome::kConverged;
    // That it was through all epochs holds also where max_epochs has changed since.
    const bool at_end = trial.final_report.has_value() && trial.final_report->reason == EndReason::kMaxEpochsDone;
    return at_end ? Outcome::kGaveUp : Outcome::kStopped;
  }
  switch (trial.failure.value_or(TrialFailure::kFailed)) {
    case TrialFailure::kFailed:
    case TrialFailure::kTimedOut:
      return Outcome::kFailed;
    case TrialFailure::kInfeasible:
      return Outcome::kInfeasible;
    case TrialFailure::kCancelled:
      return Outcome::kLost;
    case TrialFailure::kNotConverged:
      return Outcome::kGaveUp;
  }
  return Outcome::kLost;
}

// All that a trial says about its costs; they are unknown if no report is known.
Progress FinalProgress(const JobSpec& spec, const Trial& trial) {
  if (!trial.progress.has_value()) return {.epochs = 1, .cost = std::numeric_limits<double>::quiet_NaN()};
  Progress progress = ProgressOf(spec, *trial.progress);
  progress.epochs = std::max<int64_t>(progress.epochs, 1);
  return progress;
}

bool ReadsCosts(Outcome outcome) {
  return outcome == Outcome::kConverged || outcome == Outcome::kStopped || outcome == Outcome::kGaveUp;
}

}  // namespace

Progress ProgressOf(const JobSpec& spec, const TrialProgress& progress) {
  const std::optional<Spent>& first = progress.first_epoch;
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  return {.epochs = progress.epochs,
          .cost = Cost(spec, progress.energy_joules, progress.time_seconds),
          .first_cost = first.has_value() ? Cost(spec, first->joules, first->seconds)
                                          : progress.first_epoch_cost.value_or(unknown)};
}

void LearnTrial(const Beliefs& beliefs, Kind kind, const Trial& trial, const JobSpec& spec, JobState& job,
                std::vector<CurvesSize>& sizes) {
  const size_t index = IndexOf(spec, trial.batch_size);
  const Outcome outcome = OutcomeOf(trial);
  const Progress progress = FinalProgress(spec, trial);
  const std::optional<double> epoch_cost = EpochCost(job, progress, beliefs.costs.mean(index));
  State state = StateOf(spec, job, sizes);
  Finish(beliefs, index, kind, progress, outcome, state);
  job = state.job;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const SizeState before = std::exchange(sizes[i].state, state.sizes[i]);
    if (i != index) {
      FollowOtherSize(before, sizes[i]);
    } else if (epoch_cost.has_value() && ReadsCosts(outcome)) {
      const double share = *epoch_cost / progress.cost;
      FollowReading(before,
                    {.log_cost = std::log(*epoch_cost),
                     .seconds = trial.progress->time_seconds * share,
                     .joules = trial.progress->energy_joules * share},
                    sizes[i]);
    }
  }
}

}  // namespace zeus::bso::curves
