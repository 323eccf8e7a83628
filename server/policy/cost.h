// What a trial costs: the one quantity that everything here minimizes.
#ifndef ZEUS_BSO_SERVER_POLICY_COST_H_
#define ZEUS_BSO_SERVER_POLICY_COST_H_

#include <limits>

#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

// In joules: eta_knob * energy + (1 - eta_knob) * max_power * time. (You, Chung, Chowdhury: "Zeus: Understanding and
// Optimizing GPU Energy Consumption of DNN Training", NSDI 2023, equation 2.)
inline double Cost(const JobSpec& spec, double energy_joules, double time_seconds) {
  return spec.eta_knob * energy_joules + (1 - spec.eta_knob) * spec.max_power * time_seconds;
}

inline double Cost(const JobSpec& spec, const Result& result) {
  return Cost(spec, result.energy_joules, result.time_seconds);
}

// The cost in joules above which a running trial is stopped: +infinity while nothing has converged, and for a job
// without early stop.
inline double EarlyStopBound(const Job& job) {
  if (!job.spec.beta_knob.has_value() || !job.min_cost.has_value()) return std::numeric_limits<double>::infinity();
  return *job.spec.beta_knob * *job.min_cost;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_COST_H_
