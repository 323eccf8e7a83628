// Picks the size of the next run. A pure function, except that it draws from the generator.
//
// Source: Thompson sampling, see W. R. Thompson, "On the Likelihood that One Unknown Probability Exceeds Another in
// View of the Evidence of Two Samples" (1933). A pick draws one pair of curves from the beliefs and takes the size that
// is cheapest on them.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_PICK_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_PICK_H_

#include <cstddef>

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"
#include "server/random/generator.h"

namespace zeus::bso::curves {

struct Start {
  size_t size = 0;
  Ticket ticket = {};
};

// `beliefs` are those of `state`, in which `pending` is set. The caller starts the run, so that the next pick finds one
// more pending.
//
// Before any size has converged (kFirst): the default size, unless it has failed or rests. While a run is in flight
// there, the nearest free size within kStartReach octaves of it. Once the default has failed or rests: of the range
// (TriedRange) the sizes that were tried least, and of these the cheapest in a draw.
//
// With a best size: the cheapest of it and of the range in a draw (kExplore, or kBest if that is the best itself).
// Sizes with a run in flight are left out, other than the best. If an end of the tried range is nearly as good as the
// best, the pick is beyond that end. After kMaxStops results in a row without success, the best itself. After
// kEscalationExplores failures in a row at the best: the cheapest of the range in a draw, as if it were the best.
//
// Draws twice n standard normal numbers (n sizes), or none: none while the default is as good as untried, and none when
// kMaxStops takes the best.
Start Pick(const State& state, const Beliefs& beliefs, random::Generator& generator);

// The ticket of a run at a size that the caller chose: kFirst while there is no best, kBest there, else kExplore, which
// hopes for the mean. Draws nothing.
Ticket TicketAt(size_t size, const State& state, const Beliefs& beliefs);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_PICK_H_
