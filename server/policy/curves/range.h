// The range of sizes that picks come from: what has been tried and a little beyond. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_RANGE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_RANGE_H_

#include <vector>

#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

struct Range {
  size_t low = 0;  // the first and the last size that was tried
  size_t high = 0;
  std::vector<bool> candidates;  // by size: it is usable, and tried or close beyond an end
};

// `has_best` says whether a size has converged and is usable (Beliefs::best). Until then, the default size and sizes
// with runs in flight or crashes count as tried.
//
// Beyond each end lie the next size, even if it is far, and all within kReach octaves. If the next size rests, the one
// after it belongs to the range too, so that a size that keeps failing does not block the way.
Range TriedRange(const State& state, bool has_best);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_RANGE_H_
