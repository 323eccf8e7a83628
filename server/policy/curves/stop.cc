#include "server/policy/curves/stop.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/epoch_cost.h"
#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

// The costs that a decision goes by: from the run or, if it reported none, believed.
struct Costs {
  double spent;
  double epoch;
};

Costs CostsOf(const JobState& job, const Ticket& ticket, const Progress& progress) {
  if (const std::optional<double> epoch = EpochCost(job, progress, ticket.log_cost)) {
    return {.spent = progress.cost, .epoch = *epoch};
  }
  const double believed = BoundedExp(ticket.log_cost);
  return {.spent = believed * static_cast<double>(progress.epochs), .epoch = believed};
}

// The cost of a run at the best size on this run's machine. A run that costs much more or less than its size is
// known to is on a slower or faster machine.
double ReferenceCost(const Ticket& ticket, const Costs& costs) {
  if (!ticket.known_cost) return ticket.reference_cost;
  if (std::abs(std::log(costs.epoch) - *ticket.known_cost) <= ticket.jump) return ticket.reference_cost;
  return ticket.reference_cost * (costs.epoch / BoundedExp(*ticket.known_cost));
}

// The expected cost of an exploring run from here to the target.
double ExpectedRest(const Ticket& ticket, double epochs, double epoch_cost) {
  const double mean = ticket.mean, sd = ticket.sd;
  if (epochs < BoundedExp(ticket.log_epochs)) {
    return epoch_cost * (BoundedExp(std::min(ticket.log_epochs, mean - kOptimism * sd)) - epochs);
  }
  const double z = (mean - std::log(epochs)) / sd;
  if (z < -kTailSds) return epoch_cost * epochs * (sd * sd);
  return epoch_cost * (BoundedExp(mean + sd * sd / 2) * NormalCdf(z + sd) / NormalCdf(z) - epochs);
}

// The limit on the run's cost, for kBest and kExplore.
double CostLimit(double beta, const Ticket& ticket, double reference) {
  const double factor = ticket.kind == Kind::kBest ? beta : std::min(beta, kStopFactor);
  const double doublings = ticket.kind == Kind::kBest ? ticket.escalation : 0;
  return factor * reference * std::pow(2.0, doublings) * (1 + kStopSlack);
}

}  // namespace

StopDecision ShouldStop(double beta, const JobState& job, const Ticket& ticket, const Progress& progress,
                        double best_cost) {
  StopDecision decision;
  if (progress.epochs < 1) return decision;
  const Costs costs = CostsOf(job, ticket, progress);
  decision.spent = costs.spent;
  if (ticket.kind == Kind::kFirst) {
    decision.limit = beta * best_cost;
    if (costs.spent >= decision.limit) decision.reason = StopReason::kSlowerThanAnother;
    return decision;
  }

  decision.reference = ReferenceCost(ticket, costs);
  decision.limit = CostLimit(beta, ticket, decision.reference);
  if (costs.spent + costs.epoch > decision.limit) {
    decision.reason = costs.spent > decision.limit ? StopReason::kCostOverLimit : StopReason::kNextEpochOverLimit;
    return decision;
  }
  if (ticket.kind == Kind::kBest) return decision;

  decision.rest = ExpectedRest(ticket, static_cast<double>(progress.epochs), costs.epoch);
  if (decision.rest > decision.reference) decision.reason = StopReason::kDearerThanStartingOver;
  return decision;
}

}  // namespace zeus::bso::curves
