#include "server/policy/curves/explain.h"

#include <algorithm>
#include <cmath>

#include "server/policy/best_probability.h"
#include "server/policy/curves/constants.h"
#include "server/policy/curves/range.h"
#include "server/policy/curves/sizes.h"
#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

// Half a failure: one has happened in the last kFailHalfLife results.
constexpr double kRecentFailure = 0.5;

// More sds than this apart counts as different.
constexpr double kApart = 2;

std::vector<CostBelief> ExpectedLogCosts(const State& state, const Beliefs& beliefs) {
  std::vector<CostBelief> costs(state.sizes.size());
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    const double variance = std::max(beliefs.epochs.variance(i), 0.0) + std::max(beliefs.costs.variance(i), 0.0);
    costs[i] = {.mean = ExpectedLogCost(state, beliefs, i), .sd = std::sqrt(variance)};
  }
  return costs;
}

// For a size where no run has converged.
Standing StandingWithoutSuccess(const State& state, size_t i, bool is_candidate) {
  if (state.sizes[i].pending > 0) return Standing::kFirstRunInFlight;
  if (Failures(state, i) >= kRecentFailure) return Standing::kHasNotConverged;
  if (!is_candidate) return Standing::kBeyondTheTriedRange;
  return state.sizes[i].timed <= 0 ? Standing::kUntried : Standing::kStoppedEarly;
}

Standing StandingOf(const State& state, const Beliefs& beliefs, const std::vector<CostBelief>& costs,
                    const std::vector<bool>& candidates, size_t i) {
  if (IsResting(state, i)) return Standing::kResting;
  if (i == beliefs.best) return Standing::kBest;
  if (!beliefs.best) return Standing::kNothingConverged;
  if (state.sizes[i].runs <= 0) return StandingWithoutSuccess(state, i, candidates[i]);
  if (!candidates[i]) return Standing::kBeyondTheTriedRange;
  return costs[i].mean - costs[*beliefs.best].mean > kApart * costs[i].sd ? Standing::kCostsMore : Standing::kClose;
}

}  // namespace

absl::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::kResting:
      return "resting";
    case Standing::kBest:
      return "best";
    case Standing::kNothingConverged:
      return "no size has converged yet";
    case Standing::kFirstRunInFlight:
      return "first run in flight";
    case Standing::kHasNotConverged:
      return "has not converged";
    case Standing::kBeyondTheTriedRange:
      return "beyond the tried range";
    case Standing::kUntried:
      return "untried";
    case Standing::kStoppedEarly:
      return "stopped early";
    case Standing::kCostsMore:
      return "costs more";
    case Standing::kClose:
      return "close";
  }
  return "";
}

std::vector<SizeExplanation> Explain(const State& state, const Beliefs& beliefs) {
  const std::vector<CostBelief> costs = ExpectedLogCosts(state, beliefs);
  const std::vector<double> probabilities = BestProbabilities(costs, UsableSizes(state));
  const std::vector<bool> candidates = TriedRange(state, beliefs.best.has_value()).candidates;
  std::vector<SizeExplanation> sizes(costs.size());
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    sizes[i] = {.cost = BoundedExp(costs[i].mean) + std::max(state.job.warmup.cost, 0.0),
                .sd = costs[i].sd,
                .epochs = BoundedExp(beliefs.epochs.mean(i)),
                .epoch_cost = BoundedExp(beliefs.costs.mean(i)),
                .p_best = probabilities[i],
                .standing = StandingOf(state, beliefs, costs, candidates, i)};
  }
  return sizes;
}

}  // namespace zeus::bso::curves
