// The means of seconds and joules per epoch that a size keeps beside its mean log cost. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_EPOCH_MEANS_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_EPOCH_MEANS_H_

#include "model/curves.h"

namespace zeus::bso::curves {

// A run's measurement of one epoch.
struct EpochReading {
  double log_cost = 0;
  double seconds = 0;
  double joules = 0;
};

// Changes the means as the log cost of the same size has changed since `before`. A reading moves them by the same share
// of its distance as it has moved the log cost. A change that comes from another size scales both.
void FollowReading(const SizeState& before, const EpochReading& reading, CurvesSize& size);
void FollowOtherSize(const SizeState& before, CurvesSize& size);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_EPOCH_MEANS_H_
