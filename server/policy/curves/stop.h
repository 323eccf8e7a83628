// Decides whether a run goes on. Pure functions, which allocate nothing and draw nothing: they may be called for any
// progress, in any order, again.
//
// Sources: the expected remaining epochs are the mean residual life of a log-normal distribution, E[N | N > k] - k,
// which follows from the moments of a truncated normal distribution.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_STOP_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_STOP_H_

#include <cstdint>

#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

enum class StopReason {
  kGoOn,
  kCostOverLimit,           // `spent` is over `limit`
  kNextEpochOverLimit,      // `spent` is not, and with another epoch it would be
  kDearerThanStartingOver,  // `rest` is over `reference`
  kSlowerThanAnother,       // a kFirst run whose `spent` reaches `limit`, as another size has converged meanwhile
};

// Costs are in the caller's unit. Numbers that the decision did not need are 0.
struct StopDecision {
  StopReason reason = StopReason::kGoOn;
  double spent = 0;      // by the run so far: what it reported or, if that is not valid, what is believed
  double limit = 0;      // on what the run may cost in all
  double rest = 0;       // what is left of the run is expected to cost this
  double reference = 0;  // a new run at the best size costs this, on this run's machine

  bool stop() const { return reason != StopReason::kGoOn; }
};

// For a run that has not reached the target. `beta` is Setup::beta. `best_cost` is the present Beliefs::best_cost; only
// kFirst runs use it. Before the first epoch a run goes on.
StopDecision ShouldStop(double beta, const JobState& job, const Ticket& ticket, const Progress& progress,
                        double best_cost);

// The number of epochs, from 1 to setup.max_epochs, after which ShouldStop stops a run whose every epoch costs
// `epoch_cost`, the first one included; setup.max_epochs if it never does. Takes at most a few thousand calls of
// ShouldStop, whatever max_epochs is.
int64_t Limit(const Setup& setup, const JobState& job, const Ticket& ticket, double epoch_cost, double best_cost);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_STOP_H_
