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

// The log of how many times as much as the default the best costs.
struct LogRatio {
  double mean;
  double sd;
};

LogRatio CostRatio(const Beliefs& beliefs, size_t best, size_t other) {
  const auto variance = [&](const curves::Gaussian& curve) {
    return curve.variance(best) + curve.variance(other) - 2 * curve.covariance(best, other);
  };
  return {.mean = beliefs.epochs.mean(best) + beliefs.costs.mean(best) - beliefs.epochs.mean(other) -
                  beliefs.costs.mean(other),
          .sd = SdOf(variance(beliefs.epochs) + variance(beliefs.costs))};
}

void AddSavings(const Beliefs& beliefs, size_t best, size_t default_size, const std::vector<CurvesSize>& sizes,
                Explanation& explanation) {
  const LogRatio ratio = CostRatio(beliefs, best, default_size);
  explanation.cost_saving = SavingOf(ratio.mean, ratio.sd);
  const CurvesSize& ours = sizes[best];
  const CurvesSize& theirs = sizes[default_size];
  if (ours.state.timed <= 0 || theirs.state.timed <= 0) return;
  const double log_cost = ours.state.log_cost - theirs.state.log_cost;
  if (ours.epoch_seconds > 0 && theirs.epoch_seconds > 0) {
    const double log_time = std::log(ours.epoch_seconds / theirs.epoch_seconds);
    explanation.time_saving = SavingOf(ratio.mean + log_time - log_cost, ratio.sd);
  }
  if (ours.epoch_joules > 0 && theirs.epoch_joules > 0) {
    const double log_energy = std::log(ours.epoch_joules / theirs.epoch_joules);
    explanation.energy_saving = SavingOf(ratio.mean + log_energy - log_cost, ratio.sd);
  }
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
    AddSavings(*beliefs, *beliefs->best, default_size, sizes, explanation);
  }
  return explanation;
}

}  // namespace zeus::bso
