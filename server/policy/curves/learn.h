// Learns from the end of a run.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_H_

#include <vector>

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// Learns from the run of `ticket`, once, and returns the sizes whose state changed, ascending; the caller stores these
// and state.job. `beliefs` are those of `state`, before this result, and are out of date afterwards. `pending` stays as
// it is. Draws nothing.
//
// Runs that converged or did not teach the epochs, the costs, and how first epochs differ. Of runs that crashed or ran
// out of memory only the size counts (learn_crash.h); `progress` is ignored. Lost runs teach nothing.
std::vector<size_t> Finish(const Beliefs& beliefs, const Ticket& ticket, const Progress& progress, Outcome outcome,
                           State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_H_
