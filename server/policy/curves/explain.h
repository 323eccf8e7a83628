// Explains the beliefs about each size to people. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_EXPLAIN_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_EXPLAIN_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// The reason why the policy runs a size or does not. The first one that holds, in this order.
enum class Standing {
  kResting,              // it crashed or ran out of memory; the policy tries it again later
  kBest,                 // it is the best known
  kNothingConverged,     // no size has converged yet
  kFirstRunInFlight,     // its first run is in flight
  kHasNotConverged,      // it had long failures, and no success
  kBeyondTheTriedRange,  // it is too far from what has been tried
  kUntried,              // nothing is known of it
  kStoppedEarly,         // its runs were stopped before they could converge
  kCostsMore,            // it costs more than the best, by more than 2 sds
  kClose,                // it may be as good as the best
};

absl::string_view StandingName(Standing standing);

struct SizeExplanation {
  double cost = 0;        // believed cost to the target, with the warmup
  double sd = 0;          // standard deviation of the log of the cost: about its relative error
  double epochs = 0;      // believed epochs to the target
  double epoch_cost = 0;  // believed cost of an epoch
  double p_best = 0;      // the probability that this is the cheapest size; they add up to 1
  Standing standing = Standing::kUntried;
};

// One for each size. O(n) for n sizes, with about 400 n evaluations of erfc and log.
std::vector<SizeExplanation> Explain(const State& state, const Beliefs& beliefs);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_EXPLAIN_H_
