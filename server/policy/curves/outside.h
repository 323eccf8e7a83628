// Knowledge that comes from outside of a job's runs. After each of these, beliefs are out of date, and any size's state
// may have changed.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_OUTSIDE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_OUTSIDE_H_

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// The job continues on another machine, such as another GPU model. The costs keep their shape, roughly; the next
// reading sets their level. Memory may be larger or smaller, so that no size rests any more. The policy adapts to a new
// power limit by itself, without this.
void MachineChanged(State& state);

// The cost of an epoch at `size` was measured without a training, with the relative standard deviation `sd`. `beliefs`
// are those of `state`. Readings of runs are better: if the size has them already, the measurement only sets the level
// after a change of the machine. Ignored unless `epoch_cost` is valid (constants.h) and `sd` is above 0 and finite.
inline constexpr double kProfileSd = 0.03;
void Profile(size_t size, double epoch_cost, double sd, const Beliefs& beliefs, State& state);

struct Transfer {
  bool same_machine = false;  // otherwise, MachineChanged follows
  bool costs = true;          // costs come over too; epochs always do
};

// Starts the job of `state`, which has no results yet, with what another job with the same target has learned about the
// sizes that both have. Use: the same training on another GPU; another list of sizes. Epochs weigh at most
// kTransferredRuns.
void LearnFrom(const State& other, const Transfer& transfer, State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_OUTSIDE_H_
