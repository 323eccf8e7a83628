// Gaussian Thompson sampling: each batch size is an arm of a bandit, its reward is -cost, and the belief about its mean
// reward is a Gaussian posterior whose reward precision is learned from the rewards seen. Pure functions.
//
// Source of the update: the conjugate prior of a Gaussian with known precision, see K. P. Murphy, "Conjugate Bayesian
// analysis of the Gaussian distribution" (2007), section 2.
#ifndef ZEUS_BSO_SERVER_POLICY_ZEUS_GAUSSIAN_TS_H_
#define ZEUS_BSO_SERVER_POLICY_ZEUS_GAUSSIAN_TS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "model/arm.h"
#include "model/cost_moments.h"
#include "model/job.h"

namespace zeus::bso {

// The posterior of an arm from these costs (joules), always from the job's prior; with no costs it is the prior. When
// the costs do not vary, both precisions are +infinity and the mean is that of the rewards.
GaussianTsArm FitArm(const JobSpec& spec, int64_t batch_size, std::span<const double> costs);

// The same from their moments, of which there may be none: equal but for the last digits, on which the order of a sum
// depends, and for costs that are all equal, whose variance is exactly 0 here.
GaussianTsArm FitArmToMoments(const JobSpec& spec, int64_t batch_size, const CostMoments& moments);

// Where a pick draws from. Each draw moves the generator on, so that the order of the draws is part of the contract.
struct RandomSource {
  // The given values in a random order.
  absl::FunctionRef<absl::StatusOr<std::vector<int64_t>>(std::span<const int64_t>)> choices;
  // A draw of a normal distribution with mean `loc` and standard deviation `scale`.
  absl::FunctionRef<absl::StatusOr<double>(double loc, double scale)> normal;
};

// The batch size to run next. `arms` is not empty, batch size ascending. First draws an order of all sizes: the first
// in it with fewer than `min_observations` observations is the pick. When there is none, draws a mean reward from each
// posterior in ascending order of the sizes: the largest wins, the first in a tie.
absl::StatusOr<int64_t> PickArm(std::span<const GaussianTsArm> arms, int64_t min_observations, RandomSource source);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_ZEUS_GAUSSIAN_TS_H_
