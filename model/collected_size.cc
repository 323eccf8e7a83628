#include "model/collected_size.h"

#include <algorithm>
#include <cmath>

namespace zeus::bso {
namespace {

// Time and energy are at most 1e50, so that costs are at most a little more than 1e100.
constexpr double kMaxQuantity = 1e50;
constexpr double kMaxCost = 1e101;
constexpr double kMaxSum = 1e250;
constexpr int64_t kMaxCount = int64_t{1} << 61;

// With room for more trials than there will ever be.
bool IsCount(int64_t count) { return count >= 0 && count <= kMaxCount; }

bool IsSum(const DoubleDouble& sum) { return std::abs(sum.high) <= kMaxSum && std::abs(sum.low) <= kMaxSum; }

bool IsValid(const TrialCounts& counts) {
  return IsCount(counts.num_trials) && IsCount(counts.num_converged) && IsCount(counts.num_failed) &&
         counts.num_converged <= counts.num_trials && counts.num_failed <= counts.num_trials - counts.num_converged &&
         IsCount(counts.last_converged_trial) && IsCount(counts.last_failed_trial) &&
         IsCount(counts.last_infeasible_trial);
}

bool IsValid(const std::optional<Spent>& spent) {
  const auto is_valid = [](double value) { return value >= 0 && value <= kMaxQuantity; };
  return !spent.has_value() || (is_valid(spent->seconds) && is_valid(spent->joules));
}

bool IsValid(const CostMoments& costs) {
  if (costs.count == 0) return costs == CostMoments();
  return IsCount(costs.count) && costs.first_cost >= 0 && costs.first_cost <= kMaxCost && IsSum(costs.deviation_sum) &&
         IsSum(costs.squared_deviation_sum);
}

bool IsValid(const RunningMean& mean) {
  if (mean.count == 0) return mean == RunningMean();
  return IsCount(mean.count) && mean.mean >= 0 && mean.mean <= kMaxCost && mean.sum_of_squares >= 0 &&
         mean.sum_of_squares <= kMaxSum;
}

}  // namespace

void CountTrial(const Trial& trial, TrialCounts& counts) {
  ++counts.num_trials;
  if (trial.status == TrialStatus::kDispatched || trial.voided.has_value()) return;
  if (trial.failure == TrialFailure::kCancelled) return;
  const auto raise = [&](int64_t& last) { last = std::max(last, trial.trial_number); };
  if (trial.result.has_value() && trial.result->converged) {
    ++counts.num_converged;
    return raise(counts.last_converged_trial);
  }
  ++counts.num_failed;
  raise(counts.last_failed_trial);
  if (trial.failure == TrialFailure::kInfeasible) raise(counts.last_infeasible_trial);
}

void AddToMeans(const Trial& trial, double cost, TrialMeans& means) {
  if (!HasResult(trial) || !trial.result->converged) return;
  means.energy.Add(trial.result->energy_joules);
  means.time.Add(trial.result->time_seconds);
  means.cost.Add(cost);
  if (!trial.final_report.has_value() || trial.final_report->epochs < 1) return;
  const double epochs = static_cast<double>(trial.final_report->epochs);
  means.epochs.Add(epochs);
  means.epoch_cost.Add(cost / epochs);
}

absl::string_view FirstInvalidField(const CollectedSize& size) {
  if (size.batch_size < 1) return "batch_size";
  if (!IsValid(size.counts)) return "counts";
  if (!IsValid(size.cheapest)) return "cheapest";
  if (!IsCount(size.failures.num_failures)) return "num_failures";
  if (!IsValid(size.costs)) return "costs";
  const TrialMeans& means = size.means;
  const bool are_valid = IsValid(means.energy) && IsValid(means.time) && IsValid(means.cost) && IsValid(means.epochs) &&
                         IsValid(means.epoch_cost);
  return are_valid ? "" : "means";
}

}  // namespace zeus::bso
