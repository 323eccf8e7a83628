#include "server/policy/curves/learn.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/epoch_cost.h"
#include "server/policy/curves/learn_cost.h"
#include "server/policy/curves/learn_crash.h"
#include "server/policy/curves/learn_epochs.h"
#include "server/policy/curves/valid_cost.h"

namespace zeus::bso::curves {
namespace {

void LearnCosts(size_t size, const Progress& progress, const Beliefs& beliefs, State& state) {
  const std::optional<double> epoch_cost = EpochCost(state.job, progress, beliefs.costs.mean(size));
  if (!epoch_cost) return;
  if (progress.epochs >= 2 && IsValidCost(progress.first_cost) && progress.first_cost < progress.cost) {
    LearnWarmup(progress.first_cost, *epoch_cost, state.job);
  }
  LearnCost(size, std::log(*epoch_cost), /*first_epoch_only=*/progress.epochs == 1, beliefs, state);
}

// An epoch was completed: this and all smaller sizes fit in memory.
void LearnFits(size_t size, State& state) {
  for (size_t j = 0; j <= size; ++j) {
    state.sizes[j].fits = true;
    state.sizes[j].ooms = 0;
  }
}

void LearnRun(const Beliefs& beliefs, size_t size, Kind kind, const Progress& progress, Outcome outcome, State& state) {
  state.sizes[size].crashes = 0;
  state.sizes[size].rest_until = 0;
  state.job.run += 1;
  if (progress.epochs >= 1) {
    LearnCosts(size, progress, beliefs, state);
    LearnFits(size, state);
  }
  const double log_epochs = std::log(std::max(1.0, static_cast<double>(progress.epochs)));
  if (outcome == Outcome::kConverged) {
    LearnConverged(size, log_epochs, beliefs, state);
    return;
  }
  const bool at_end = outcome == Outcome::kGaveUp || progress.epochs >= state.setup.max_epochs;
  LearnNotConverged(size, log_epochs, at_end, kind, beliefs, state);
}

void Learn(const Beliefs& beliefs, size_t size, Kind kind, const Progress& progress, Outcome outcome, State& state) {
  switch (outcome) {
    case Outcome::kLost:
      return;
    case Outcome::kFailed:
    case Outcome::kInfeasible:
      state.job.stops += 1;
      return LearnCrash(size, outcome == Outcome::kInfeasible, state);
    case Outcome::kConverged:
    case Outcome::kStopped:
    case Outcome::kGaveUp:
      return LearnRun(beliefs, size, kind, progress, outcome, state);
  }
}

}  // namespace

std::vector<size_t> Finish(const Beliefs& beliefs, size_t size, Kind kind, const Progress& progress, Outcome outcome,
                           State& state) {
  const std::vector<SizeState> before = state.sizes;
  Learn(beliefs, size, kind, progress, outcome, state);
  std::vector<size_t> changed;
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    if (state.sizes[i] != before[i]) changed.push_back(i);
  }
  return changed;
}

}  // namespace zeus::bso::curves
