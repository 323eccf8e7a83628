// The policy's beliefs about a job: two curves over the sizes, and which size is best. Pure functions of the state.
//
// Source: Gaussian process regression (gaussian.h), with the kernel of CurvePrior (constants.h).
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_BELIEFS_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_BELIEFS_H_

#include <optional>

#include "server/policy/curves/gaussian.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

struct Beliefs {
  Gaussian epochs;      // log epochs to the target
  Gaussian costs;       // log cost of an epoch
  double epochs_noise;  // variance of a run's log epochs
  double costs_noise;   // variance of a run's log epoch cost
  std::optional<size_t>
      best;          // the usable size of least expected cost among those that converged; none if there is none
  double best_cost;  // what a run there costs, with its warmup. If all that converged rest, the least of them;
                     // infinite if none has converged
};

// Beliefs depend on everything in the state except pending. A caller may keep them until the state changes: two n x n
// matrices, 6 KB for 20 sizes, 16 MB for 1,024. O(n^2) for each size with results.
Beliefs Fit(const State& state);

// Believed log cost to the target at a size, without its warmup; failures make it dearer.
double ExpectedLogCost(const State& state, const Beliefs& beliefs, size_t size);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_BELIEFS_H_
