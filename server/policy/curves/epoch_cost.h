// The cost of a warm epoch, from the costs that a run reports. A pure function.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_EPOCH_COST_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_EPOCH_COST_H_

#include <optional>

#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// None if no epoch is completed or the cost is unknown. `believed` is the log of what an epoch is believed to cost.
//
// With the first epoch's cost known, the mean of the later ones. Otherwise the first epoch may have had the extra cost
// of a warmup, the warmup's ratio, or (in runs of two epochs and more) no warmup at all: the result is the cost between
// the least and the largest of these explanations that is nearest to `believed`.
std::optional<double> EpochCost(const JobState& job, const Progress& progress, double believed);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_EPOCH_COST_H_
