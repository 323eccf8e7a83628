#include "server/policy/zeus/gaussian_ts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/status_macros.h"
#include "server/random/statistics.h"

namespace zeus::bso {

namespace {

// What is known of rewards, of which there is one at least.
struct RewardSummary {
  int64_t count;
  double sum;
  double mean;
  double variance;
};

GaussianTsArm Prior(const JobSpec& spec, int64_t batch_size) {
  return {.batch_size = batch_size,
          .param_mean = spec.mab_prior_mean,
          .param_precision = spec.mab_prior_precision,
          .reward_precision = 0,
          .num_observations = 0};
}

GaussianTsArm Posterior(const JobSpec& spec, int64_t batch_size, const RewardSummary& rewards) {
  GaussianTsArm arm{.batch_size = batch_size, .num_observations = rewards.count};
  // Infinite for a variance of 0, and for one too small for its reciprocal.
  arm.reward_precision = 1 / rewards.variance;
  if (std::isinf(arm.reward_precision)) {
    arm.param_precision = std::numeric_limits<double>::infinity();
    arm.param_mean = rewards.mean;
    return arm;
  }
  arm.param_precision = spec.mab_prior_precision + static_cast<double>(rewards.count) * arm.reward_precision;
  arm.param_mean =
      (spec.mab_prior_precision * spec.mab_prior_mean + arm.reward_precision * rewards.sum) / arm.param_precision;
  return arm;
}

}  // namespace

GaussianTsArm FitArm(const JobSpec& spec, int64_t batch_size, std::span<const double> costs) {
  if (costs.empty()) return Prior(spec, batch_size);
  std::vector<double> rewards(costs.size());
  std::transform(costs.begin(), costs.end(), rewards.begin(), [](double cost) { return -cost; });
  return Posterior(spec, batch_size,
                   {.count = static_cast<int64_t>(rewards.size()),
                    .sum = random::Sum(rewards),
                    .mean = random::Mean(rewards),
                    .variance = random::PopulationVariance(rewards)});
}

GaussianTsArm FitArmToMoments(const JobSpec& spec, int64_t batch_size, const CostMoments& moments) {
  if (moments.count == 0) return Prior(spec, batch_size);
  return Posterior(spec, batch_size,
                   {.count = moments.count,
                    .sum = -moments.Sum(),
                    .mean = -moments.Mean(),
                    .variance = moments.PopulationVariance()});
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
