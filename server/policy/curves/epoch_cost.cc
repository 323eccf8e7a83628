#include "server/policy/curves/epoch_cost.h"

#include <algorithm>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/valid_cost.h"
#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

// A warmup is believed to leave at least this share of a run's cost to its epochs.
constexpr double kLeastShare = 0.1;

}  // namespace

std::optional<double> EpochCost(const JobState& job, const Progress& progress, double believed) {
  const auto& [epochs, cost, first_cost] = progress;
  if (epochs < 1 || !IsValidCost(cost)) return std::nullopt;
  const double count = static_cast<double>(epochs);
  if (epochs >= 2 && IsValidCost(first_cost) && first_cost < cost) return (cost - first_cost) / (count - 1);

  const double constant_extra = std::max(cost - job.warmup.cost, kLeastShare * cost) / count;
  const double constant_ratio = cost / (count - 1 + BoundedExp(job.warmup.log_ratio));
  double least = std::min(constant_extra, constant_ratio);
  double most = std::max(constant_extra, constant_ratio);
  if (epochs >= 2) {
    least = std::min(least, cost / count);
    most = std::max(most, cost / count);
  }
  return std::min(std::max(BoundedExp(believed), least), most);
}

}  // namespace zeus::bso::curves
