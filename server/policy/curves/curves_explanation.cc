// CurvesPolicy::Explain.
#include <algorithm>
#include <cmath>

#include "model/status_macros.h"
#include "server/policy/curves/curves_policy.h"
#include "server/policy/curves/explain.h"
#include "server/policy/numeric.h"
#include "server/policy/saving.h"

namespace zeus::bso {
namespace {

using curves::Beliefs;
using curves::State;

Standing StandingOf(curves::Standing standing) {
  switch (standing) {
    case curves::Standing::kResting:
      return Standing::kResting;
    case curves::Standing::kBest:
      return Standing::kBest;
    case curves::Standing::kNothingConverged:
      return Standing::kNothingConverged;
    case curves::Standing::kFirstRunInFlight:
      return Standing::kFirstTrialRunning;
    case curves::Standing::kHasNotConverged:
      return Standing::kHasNotConverged;
    case curves::Standing::kBeyondTheTriedRange:
      return Standing::kBeyondTheTriedRange;
    case curves::Standing::kUntried:
      return Standing::kUntried;
    case curves::Standing::kStoppedEarly:
      return Standing::kStoppedEarly;
    case curves::Standing::kCostsMore:
      return Standing::kCostsMore;
    case curves::Standing::kClose:
      return Standing::kClose;
  }
  return Standing::kUntried;
}

// The latest trial that the standing of a size rests on; 0: no single one.
int64_t TrialOf(const CurvesSize& size, Standing standing) {
  switch (standing) {
    case Standing::kBest:
    case Standing::kClose:
    case Standing::kCostsMore:
      return size.last_converged_trial;
    case Standing::kResting:
      return std::max(size.last_infeasible_trial, size.last_failed_trial);
    case Standing::kHasNotConverged:
    case Standing::kStoppedEarly:
      return size.last_failed_trial;
    default:
      return 0;
  }
}

double SdOf(double variance) { return std::sqrt(std::max(variance, 0.0)); }

// What the beliefs rest on; where there is nothing, they are the prior only.
struct Evidence {
  bool epochs;  // A size has converged.
  bool costs;   // A size has been timed.
};

Evidence EvidenceIn(const std::vector<CurvesSize>& sizes) {
  const auto any = [&](double curves::SizeState::*weight) {
    return std::any_of(sizes.begin(), sizes.end(), [&](const CurvesSize& size) { return size.state.*weight > 0; });
  };
  return {.epochs = any(&curves::SizeState::runs), .costs = any(&curves::SizeState::timed)};
}

BatchSizeExplanation ExplainSize(const curves::SizeExplanation& believed, const Beliefs& beliefs, size_t i,
                                 const Evidence& evidence, const CurvesSize& size) {
  BatchSizeExplanation explanation{.batch_size = size.batch_size,
                                   .num_trials = size.num_trials,
                                   .num_converged = size.num_converged,
                                   .num_failed = size.num_failed};
  if (evidence.epochs) {
    explanation.epochs = {.value = believed.epochs, .relative_sd = SdOf(beliefs.epochs.variance(i))};
  }
  if (evidence.costs) {
    explanation.epoch_cost = {.value = believed.epoch_cost, .relative_sd = SdOf(beliefs.costs.variance(i))};
  }
  if (evidence.epochs && evidence.costs) explanation.cost = {.value = believed.cost, .relative_sd = believed.sd};
  if (evidence.epochs && size.state.timed > 0) {
    // Energy and time are to the cost as in the epochs that were measured.
    const double measured = BoundedExp(size.state.log_cost);
    explanation.energy = {.value = believed.cost * size.epoch_joules / measured, .relative_sd = believed.sd};
    explanation.time = {.value = believed.cost * size.epoch_seconds / measured, .relative_sd = believed.sd};
  }
  explanation.best_probability = believed.p_best;
  explanation.standing = StandingOf(believed.standing);
  if (const int64_t trial = TrialOf(size, explanation.standing); trial > 0) explanation.trial_number = trial;
  return explanation;
}

// The sd of the log of how many times as much one size costs as another.
double SdOfRatio(const Beliefs& beliefs, size_t a, size_t b) {
  const auto variance = [&](const curves::Gaussian& curve) {
    return curve.variance(a) + curve.variance(b) - 2 * curve.covariance(a, b);
  };
  return SdOf(variance(beliefs.epochs) + variance(beliefs.costs));
}

// Sets what the best size saves, by the estimates that are shown. A saving is absent if one of its two is unknown or 0.
void AddSavings(double sd, const BatchSizeExplanation& best, const BatchSizeExplanation& other,
                Explanation& explanation) {
  const auto saving = [sd](const std::optional<Estimate>& ours, const std::optional<Estimate>& theirs) {
    const bool is_known = ours.has_value() && theirs.has_value() && ours->value > 0 && theirs->value > 0;
    return is_known ? std::optional(SavingOf(std::log(ours->value / theirs->value), sd)) : std::nullopt;
  };
  explanation.cost_saving = saving(best.cost, other.cost);
  explanation.time_saving = saving(best.time, other.time);
  explanation.energy_saving = saving(best.energy, other.energy);
}

}  // namespace

absl::StatusOr<Explanation> CurvesPolicy::Explain(const Job& job, JobRecords& records) const {
  ZB_ASSIGN_OR_RETURN(const std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const State state = StateOf(job, sizes);
  const std::shared_ptr<const Beliefs> beliefs = Fit(job, state);
  const std::vector<curves::SizeExplanation> believed = curves::Explain(state, *beliefs);
  const Evidence evidence = EvidenceIn(sizes);
  Explanation explanation;
  for (size_t i = 0; i < sizes.size(); ++i) {
    explanation.sizes.push_back(ExplainSize(believed[i], *beliefs, i, evidence, sizes[i]));
  }
  if (!beliefs->best.has_value()) return explanation;
  explanation.best_batch_size = sizes[*beliefs->best].batch_size;
  const size_t default_size = state.setup.default_size;
  if (*beliefs->best != default_size && sizes[default_size].state.runs > 0) {
    AddSavings(SdOfRatio(*beliefs, *beliefs->best, default_size), explanation.sizes[*beliefs->best],
               explanation.sizes[default_size], explanation);
  }
  return explanation;
}

}  // namespace zeus::bso
