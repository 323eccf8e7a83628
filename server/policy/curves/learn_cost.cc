#include "server/policy/curves/learn_cost.h"

#include <algorithm>
#include <cmath>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/noise.h"
#include "server/policy/curves/surprise.h"
#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

// All costs change by the factor exp(shift). Ratios stay.
void ScaleWarmup(double shift, JobState& job) {
  job.warmup.cost *= BoundedExp(shift);
  job.last_warmup.cost *= BoundedExp(shift);
}

// A slow drift happens at all sizes: the data set grows, say.
void DriftOthers(size_t size, double deviation, State& state) {
  for (size_t j = 0; j < state.setup.num_sizes(); ++j) {
    if (j != size && state.sizes[j].timed > 0) state.sizes[j].log_cost += deviation / kWindow;
  }
}

// All costs have changed like this size's.
void SpreadCost(size_t size, double deviation, const Verdict& verdict, State& state) {
  for (size_t j = 0; j < state.setup.num_sizes(); ++j) {
    SizeState& s = state.sizes[j];
    if (j == size || j == verdict.skip || s.timed <= 0) continue;
    s.log_cost += deviation;
    s.cost_hint = kHintSd * kHintSd;
    s.timed = 1;
  }
  ForgetMachine(state);
  ScaleWarmup(deviation, state.job);
  state.job.costs_changed_at = state.job.run;
}

void LearnCostSurprise(size_t size, double log_cost, double deviation, State& state) {
  SizeState& s = state.sizes[size];
  const Verdict verdict = JudgeSurprise(state.job.cost_surprise, size, deviation, s.timed);
  if (verdict.spread) {
    SpreadCost(size, deviation, verdict, state);
    state.job.cost_surprise = {};
  } else {
    state.job.cost_surprise = MakeSurprise(size, deviation, verdict.believe);
  }
  if (verdict.believe) {
    s.timed = 1;
    s.log_cost = log_cost;
  }
}

// A reading where the size has been timed on this machine.
void LearnAnotherCost(size_t size, double log_cost, const Beliefs& beliefs, State& state) {
  SizeState& s = state.sizes[size];
  const double deviation = log_cost - s.log_cost;
  const double jump = std::max(kCostJump, kSurprise * std::sqrt(beliefs.costs_noise * (1 + 1 / s.timed)));
  AddDeviation(deviation, jump, s.timed, state.job.cost_noise);
  if (std::abs(deviation) > jump) {
    LearnCostSurprise(size, log_cost, deviation, state);
    return;
  }
  state.job.cost_surprise = {};
  s.timed = std::min(s.timed + 1, kWindow);
  s.log_cost += deviation / s.timed;
  if (std::abs(deviation) <= kCostJump) DriftOthers(size, deviation, state);
}

}  // namespace

void LearnWarmup(double first_cost, double epoch_cost, JobState& job) {
  const Warmup now{.cost = first_cost - epoch_cost, .log_ratio = std::log(first_cost) - std::log(epoch_cost)};
  const bool is_plausible = job.warmup_runs == 0 || std::abs(now.log_ratio) <= std::abs(job.last_warmup.log_ratio);
  const Warmup counted = is_plausible ? now : job.last_warmup;
  const double weight = 1 / std::max(1.0, job.warmup_runs);
  job.last_warmup = now;
  job.warmup_runs = std::min(job.warmup_runs + 1, kWindow);
  job.warmup.cost += (counted.cost - job.warmup.cost) * weight;
  job.warmup.log_ratio += (counted.log_ratio - job.warmup.log_ratio) * weight;
}

void LearnCost(size_t size, double log_cost, bool first_epoch_only, const Beliefs& beliefs, State& state) {
  SizeState& s = state.sizes[size];
  const double log_ratio = state.job.warmup.log_ratio;
  if (first_epoch_only && s.timed <= 0 && std::abs(log_ratio) > kWarmup) {
    if (state.job.foreign_costs) return;
    s.timed = 1;
    s.log_cost = log_cost;
    s.cost_hint = (log_ratio / 2) * (log_ratio / 2);
    return;
  }
  SetCostLevel(size, log_cost, beliefs, state);
  if (s.timed <= 0 || s.cost_hint > 0) {
    s.timed = 1;
    s.log_cost = log_cost;
    s.cost_hint = 0;
    return;
  }
  LearnAnotherCost(size, log_cost, beliefs, state);
}

void SetCostLevel(size_t size, double log_cost, const Beliefs& beliefs, State& state) {
  if (!state.job.foreign_costs) return;
  state.job.foreign_costs = false;
  const double shift = log_cost - beliefs.costs.mean(size);
  ScaleWarmup(shift, state.job);
  for (SizeState& s : state.sizes) {
    if (s.timed > 0) s.log_cost += shift;
  }
}

void ForgetMachine(State& state) {
  for (SizeState& s : state.sizes) {
    s.fits = false;
    s.crashes = 0;
    s.ooms = 0;
    s.rest_until = 0;
  }
}

}  // namespace zeus::bso::curves
