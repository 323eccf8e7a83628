// Learns how many epochs reach the target.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_EPOCHS_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_EPOCHS_H_

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// A run at `size` reached the target after exp(log_epochs) epochs. JobState::run counts it already.
void LearnConverged(size_t size, double log_epochs, const Beliefs& beliefs, State& state);

// A run at `size` ended after exp(log_epochs) epochs without the target. JobState::run counts it already. `at_end` says
// that more epochs could not follow: the trainer gave up, or it completed max_epochs. Such a run, or one that is
// surprisingly long, is a long failure, after which the size counts as less reliable. One that was stopped earlier says
// only that the size needs more epochs.
void LearnNotConverged(size_t size, double log_epochs, bool at_end, Kind kind, const Beliefs& beliefs, State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_EPOCHS_H_
