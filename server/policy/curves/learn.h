// Learns from the end of a run.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_H_

#include <cstddef>
#include <vector>

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// Learns from a run at `size` that was started as `kind`, once, and returns the sizes whose state changed, ascending;
// the caller stores these and state.job. `beliefs` are those of `state`, before this result, and are out of date
// afterwards. `pending` stays as it is. Draws nothing.
//
// Runs that converged, stopped or gave up teach the epochs, the costs, and how first epochs differ. A crash or running
// out of memory teaches only about its size (learn_crash.h), and `progress` is ignored. A lost run teaches nothing.
std::vector<size_t> Finish(const Beliefs& beliefs, size_t size, Kind kind, const Progress& progress, Outcome outcome,
                           State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_H_
