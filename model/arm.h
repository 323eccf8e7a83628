// What the bandit believes about one batch size, as plain values.
#ifndef ZEUS_BSO_MODEL_ARM_H_
#define ZEUS_BSO_MODEL_ARM_H_

#include <cstdint>

namespace zeus::bso {

// Gaussian posterior over the mean reward of one batch size; the reward of a result is -cost, in joules.
struct GaussianTsArm {
  int64_t batch_size = 0;
  double param_mean = 0;        // In joules.
  double param_precision = 0;   // 1 / variance of the mean, in 1 / joules^2; may be +infinity.
  double reward_precision = 0;  // 1 / variance of a reward, in 1 / joules^2; may be +infinity.
  int64_t num_observations = 0;

  bool operator==(const GaussianTsArm&) const = default;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_ARM_H_
