// Which costs are known. A pure function.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_VALID_COST_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_VALID_COST_H_

#include "server/policy/curves/constants.h"

namespace zeus::bso::curves {

// False for NaN.
inline bool IsValidCost(double cost) { return kLeastCost < cost && cost < kMostCost; }

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_VALID_COST_H_
