// ZeusPolicy::Explain.
#include <cmath>
#include <limits>
#include <map>

#include "model/status_macros.h"
#include "server/policy/best_probability.h"
#include "server/policy/cost.h"
#include "server/policy/saving.h"
#include "server/policy/zeus/failed_sizes.h"
#include "server/policy/zeus/zeus_policy.h"

namespace zeus::bso {
namespace {

constexpr int64_t kMaxTrials = 10'000;

// With the standard error of the mean; of one number, that is not known, and taken to be as large as the number.
std::optional<Estimate> EstimateOf(const RunningMean& mean) {
  if (mean.count == 0) return std::nullopt;
  if (mean.count == 1) return Estimate{.value = mean.mean, .relative_sd = 1};
  const double count = static_cast<double>(mean.count);
  const double error = std::sqrt(mean.sum_of_squares / (count - 1) / count);
  return Estimate{.value = mean.mean, .relative_sd = mean.mean > 0 ? error / mean.mean : 0};
}

// What the trials of one size say.
struct SizeHistory {
  TrialCounts counts;
  TrialMeans means;
};

// What the bandit believes of an arm: the cost is -reward.
Estimate CostOf(const GaussianTsArm& arm) {
  const double cost = std::max(-arm.param_mean, 0.0);
  const double sd = std::sqrt(1 / arm.param_precision);  // 0 where the results did not vary, infinite for a flat prior.
  return {.value = cost, .relative_sd = cost > 0 ? sd / cost : std::numeric_limits<double>::infinity()};
}

// The arms that the bandit can compare, by index in the sizes of the job.
using Arms = std::map<size_t, GaussianTsArm>;

void AddBestProbabilities(const Arms& arms, Explanation& explanation) {
  constexpr double kLeastSd = 1e-9;  // Relative to the cost, of results that did not vary.
  std::vector<CostBelief> costs(explanation.sizes.size());
  std::vector<bool> comparable(explanation.sizes.size());
  for (const auto& [i, arm] : arms) {
    const Estimate cost = CostOf(arm);
    if (!std::isfinite(cost.relative_sd)) continue;
    costs[i] = {.mean = cost.value, .sd = cost.value * std::max(cost.relative_sd, kLeastSd)};
    comparable[i] = true;
  }
  if (std::find(comparable.begin(), comparable.end(), true) == comparable.end()) return;
  const std::vector<double> probabilities = BestProbabilities(costs, comparable);
  for (size_t i = 0; i < probabilities.size(); ++i) explanation.sizes[i].best_probability = probabilities[i];
}

// Of a size that has an arm, against the best one.
Standing StandingOf(const Estimate& cost, const Estimate& best) {
  constexpr double kApart = 2;  // In standard deviations.
  if (!std::isfinite(cost.relative_sd)) return Standing::kUntried;
  const double sd = std::hypot(cost.value * cost.relative_sd, best.value * best.relative_sd);
  return cost.value - best.value > kApart * sd ? Standing::kCostsMore : Standing::kClose;
}

std::optional<Saving> SavingBetween(const std::optional<Estimate>& ours, const std::optional<Estimate>& theirs) {
  if (!ours.has_value() || !theirs.has_value() || ours->value <= 0 || theirs->value <= 0) return std::nullopt;
  return SavingOf(std::log(ours->value / theirs->value), std::hypot(ours->relative_sd, theirs->relative_sd));
}

size_t IndexOf(const JobSpec& spec, int64_t batch_size) {
  return static_cast<size_t>(std::lower_bound(spec.batch_sizes.begin(), spec.batch_sizes.end(), batch_size) -
                             spec.batch_sizes.begin());
}

// Those that may be picked.
Arms ArmsInUse(const Job& job, const std::vector<GaussianTsArm>& all) {
  Arms arms;
  for (const GaussianTsArm& arm : all) {
    if (!IsRuledOut(job, arm.batch_size)) arms[IndexOf(job.spec, arm.batch_size)] = arm;
  }
  return arms;
}

void ExplainArms(const Job& job, const Arms& arms, Explanation& explanation) {
  AddBestProbabilities(arms, explanation);
  std::optional<size_t> best;
  for (const auto& [i, arm] : arms) {
    if (arm.num_observations > 0 && (!best.has_value() || arm.param_mean > arms.at(*best).param_mean)) best = i;
  }
  for (size_t i = 0; i < explanation.sizes.size(); ++i) {
    BatchSizeExplanation& size = explanation.sizes[i];
    if (const auto arm = arms.find(i); arm == arms.end()) {
      size.standing = IsRuledOut(job, size.batch_size) ? Standing::kRuledOut
                      : size.num_trials > 0            ? Standing::kHasNotConverged
                                                       : Standing::kUntried;
    } else {
      size.cost = CostOf(arm->second);
      size.standing = !best.has_value() ? Standing::kUntried : StandingOf(*size.cost, CostOf(arms.at(*best)));
    }
  }
  if (!best.has_value()) return;
  explanation.sizes[*best].standing = Standing::kBest;
  const BatchSizeExplanation& ours = explanation.sizes[*best];
  explanation.best_batch_size = ours.batch_size;
  const BatchSizeExplanation& theirs = explanation.sizes[IndexOf(job.spec, job.spec.default_batch_size)];
  if (theirs.num_converged == 0 || ours.batch_size == theirs.batch_size) return;
  explanation.energy_saving = SavingBetween(ours.energy, theirs.energy);
  explanation.time_saving = SavingBetween(ours.time, theirs.time);
}

std::optional<int64_t> TrialOf(Standing standing, const TrialCounts& history) {
  const bool is_for_success =
      standing == Standing::kBest || standing == Standing::kClose || standing == Standing::kCostsMore;
  const bool is_for_failure = standing == Standing::kRuledOut || standing == Standing::kHasNotConverged;
  const int64_t trial = is_for_success ? history.last_converged_trial : is_for_failure ? history.last_failed_trial : 0;
  return trial > 0 ? std::optional(trial) : std::nullopt;
}

}  // namespace

absl::StatusOr<Explanation> ZeusPolicy::Explain(const Job& job, JobRecords& records) const {
  ZB_ASSIGN_OR_RETURN(const std::vector<Trial> trials, records.GetNewestTrials(kMaxTrials));
  std::map<int64_t, SizeHistory> histories;
  for (const int64_t batch_size : job.spec.batch_sizes) {
    ZB_ASSIGN_OR_RETURN(const CollectedSize collected, records.GetCollectedSize(batch_size));
    histories[batch_size] = {.counts = collected.counts, .means = collected.means};
  }
  for (const Trial& trial : trials) {
    SizeHistory& history = histories[trial.batch_size];
    CountTrial(trial, history.counts);
    if (trial.result.has_value()) AddToMeans(trial, Cost(job.spec, *trial.result), history.means);
  }

  const bool is_pruning = job.stage == Stage::kPruning;
  Explanation explanation;
  for (const int64_t batch_size : job.spec.batch_sizes) {
    const SizeHistory& history = histories[batch_size];
    BatchSizeExplanation& size = explanation.sizes.emplace_back();
    size = {.batch_size = batch_size,
            .num_trials = history.counts.num_trials,
            .num_converged = history.counts.num_converged,
            .num_failed = history.counts.num_failed};
    size.standing = IsRuledOut(job, batch_size) ? Standing::kRuledOut : Standing::kPruning;
    if (is_pruning) continue;
    size.energy = EstimateOf(history.means.energy);
    size.time = EstimateOf(history.means.time);
    size.epochs = EstimateOf(history.means.epochs);
    size.epoch_cost = EstimateOf(history.means.epoch_cost);
  }
  if (!is_pruning) {
    ZB_ASSIGN_OR_RETURN(const std::vector<GaussianTsArm> arms, records.GetArms());
    ExplainArms(job, ArmsInUse(job, arms), explanation);
    if (explanation.best_batch_size.value_or(job.spec.default_batch_size) != job.spec.default_batch_size) {
      explanation.cost_saving = SavingBetween(EstimateOf(histories[*explanation.best_batch_size].means.cost),
                                              EstimateOf(histories[job.spec.default_batch_size].means.cost));
    }
  }
  for (BatchSizeExplanation& size : explanation.sizes) {
    size.trial_number = TrialOf(size.standing, histories[size.batch_size].counts);
  }
  return explanation;
}

}  // namespace zeus::bso
