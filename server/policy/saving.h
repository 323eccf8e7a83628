// How much less one training costs than another, when both are known up to a log-normal error. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_SAVING_H_
#define ZEUS_BSO_SERVER_POLICY_SAVING_H_

#include <cmath>

#include "server/policy/explanation.h"

namespace zeus::bso {

// `log_ratio` is the mean, and `sd` the standard deviation, of log(what the one costs / what the other costs).
inline Saving SavingOf(double log_ratio, double sd) {
  constexpr double kSdsOf90Percent = 1.6448536269514722;  // The 95 % quantile of the standard normal distribution.
  return {.median = 0 - std::expm1(log_ratio),
          .low = 0 - std::expm1(log_ratio + kSdsOf90Percent * sd),
          .high = 0 - std::expm1(log_ratio - kSdsOf90Percent * sd)};
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_SAVING_H_
