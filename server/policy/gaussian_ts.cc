#include "server/policy/gaussian_ts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/model/status_macros.h"
#include "server/random/statistics.h"

namespace zeus::bso {

GaussianTsArm FitArm(const JobSpec& spec, int64_t batch_size, std::span<const double> costs) {
  GaussianTsArm arm{.batch_size = batch_size,
                    .param_mean = spec.mab_prior_mean,
                    .param_precision = spec.mab_prior_precision,
                    .reward_precision = 0,
                    .num_observations = static_cast<int64_t>(costs.size())};
  if (costs.empty()) return arm;

  std::vector<double> rewards(costs.size());
  std::transform(costs.begin(), costs.end(), rewards.begin(), [](double cost) { return -cost; });
  // Infinite for a variance of 0, and for one too small for its reciprocal.
  arm.reward_precision = 1 / random::PopulationVariance(rewards);
  if (std::isinf(arm.reward_precision)) {
    arm.param_precision = std::numeric_limits<double>::infinity();
    arm.param_mean = random::Mean(rewards);
    return arm;
  }
  arm.param_precision = spec.mab_prior_precision + static_cast<double>(rewards.size()) * arm.reward_precision;
  arm.param_mean = (spec.mab_prior_precision * spec.mab_prior_mean + arm.reward_precision * random::Sum(rewards)) /
                   arm.param_precision;
  return arm;
}

absl::StatusOr<int64_t> PickArm(std::span<const GaussianTsArm> arms, int64_t min_observations, RandomSource source) {
  std::vector<int64_t> sizes(arms.size());
  std::transform(arms.begin(), arms.end(), sizes.begin(), [](const GaussianTsArm& arm) { return arm.batch_size; });
  ZB_ASSIGN_OR_RETURN(const std::vector<int64_t> order, source.choices(sizes));
  for (const int64_t size : order) {
    const auto arm = std::lower_bound(sizes.begin(), sizes.end(), size) - sizes.begin();
    if (arms[static_cast<size_t>(arm)].num_observations < min_observations) return size;
  }

  int64_t best = sizes.front();
  double best_draw = -std::numeric_limits<double>::infinity();
  for (const GaussianTsArm& arm : arms) {
    ZB_ASSIGN_OR_RETURN(const double draw, source.normal(arm.param_mean, std::sqrt(1 / arm.param_precision)));
    if (draw > best_draw) {
      best_draw = draw;
      best = arm.batch_size;
    }
  }
  return best;
}

}  // namespace zeus::bso
