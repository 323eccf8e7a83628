// Learns the cost of an epoch.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_COST_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_COST_H_

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// Learns what a first epoch costs more than others: the extra cost and the ratio, of which either may be what a job
// keeps to. A reading that is farther from 1 than the last one counts as that one, since a single odd reading is no
// rule. `epoch_cost` is the cost of one of the others.
void LearnWarmup(double first_cost, double epoch_cost, JobState& job);

// Learns that an epoch at `size` has the log cost `log_cost`. `first_epoch_only`: the run had a single epoch. Where
// first epochs differ, such a reading is a hint at most.
void LearnCost(size_t size, double log_cost, bool first_epoch_only, const Beliefs& beliefs, State& state);

// While costs come from another machine: shifts them all so that `size` has the log cost `log_cost`.
void SetCostLevel(size_t size, double log_cost, const Beliefs& beliefs, State& state);

// Forgets what may differ on another machine: which sizes fit in memory, and which crash.
void ForgetMachine(State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_COST_H_
