#include "server/policy/curves/outside.h"

#include <algorithm>
#include <cmath>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/learn_cost.h"
#include "server/policy/curves/sizes.h"
#include "server/policy/curves/valid_cost.h"

namespace zeus::bso::curves {
namespace {

void TransferSize(const State& other, size_t from, bool costs, SizeState& to) {
  const SizeState& s = other.sizes[from];
  to.runs = std::min(s.runs, kTransferredRuns);
  to.log_epochs = s.log_epochs;
  to.epochs_hint = s.epochs_hint;
  to.bounds = s.bounds;
  to.failures = Failures(other, from);
  to.fits = s.fits;
  to.crashes = s.crashes;
  to.ooms = s.ooms;
  to.rest_until = std::max<int64_t>(0, s.rest_until - other.job.run);
  if (!costs) return;
  to.timed = s.timed;
  to.log_cost = s.log_cost;
  to.cost_hint = s.cost_hint;
}

void TransferJob(const JobState& other, bool costs, JobState& job) {
  job.epochs_noise = other.epochs_noise;
  job.cost_noise = other.cost_noise;
  if (!costs) return;
  job.warmup = other.warmup;
  job.last_warmup = other.last_warmup;
  job.warmup_runs = std::min(other.warmup_runs, kTransferredRuns);
  job.foreign_costs = other.foreign_costs;
}

}  // namespace

void MachineChanged(State& state) {
  for (SizeState& s : state.sizes) {
    if (s.timed <= 0) continue;
    s.timed = 1;
    s.cost_hint = kHintSd * kHintSd;
  }
  ForgetMachine(state);
  state.job.cost_surprise = {};
  state.job.foreign_costs = true;
}

void Profile(size_t size, double epoch_cost, double sd, const Beliefs& beliefs, State& state) {
  if (!IsValidCost(epoch_cost) || !(sd > 0) || std::isinf(sd)) return;
  const double log_cost = std::log(epoch_cost);
  SetCostLevel(size, log_cost, beliefs, state);
  SizeState& s = state.sizes[size];
  if (s.timed > 0 && s.cost_hint <= 0) return;
  s.timed = (kCostNoiseSd / sd) * (kCostNoiseSd / sd);
  s.log_cost = log_cost;
  s.cost_hint = 0;
}

void LearnFrom(const State& other, const Transfer& transfer, State& state) {
  const std::vector<int64_t>& theirs = other.setup.batch_sizes;
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    const auto found = std::lower_bound(theirs.begin(), theirs.end(), state.setup.batch_sizes[i]);
    if (found == theirs.end() || *found != state.setup.batch_sizes[i]) continue;
    TransferSize(other, static_cast<size_t>(found - theirs.begin()), transfer.costs, state.sizes[i]);
  }
  TransferJob(other.job, transfer.costs, state.job);
  if (!transfer.same_machine) MachineChanged(state);
}

}  // namespace zeus::bso::curves
