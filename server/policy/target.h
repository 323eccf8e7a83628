// When a training has converged. Pure functions, the same for every policy.
#ifndef ZEUS_BSO_SERVER_POLICY_TARGET_H_
#define ZEUS_BSO_SERVER_POLICY_TARGET_H_

#include <cmath>

#include "model/job.h"

namespace zeus::bso {

// Whether a metric reaches the target of the job. Tolerates float32 rounding: metrics that miss the target by at most
// 1e-6 of it count. NaN never does.
inline bool ReachesTarget(const JobSpec& spec, double metric) {
  constexpr double kTolerance = 1e-6;  // Relative to the target. A float32 has about seven digits.
  const double tolerance = kTolerance * std::abs(spec.target_metric);
  return spec.higher_is_better_metric ? metric >= spec.target_metric - tolerance
                                      : metric <= spec.target_metric + tolerance;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_TARGET_H_
