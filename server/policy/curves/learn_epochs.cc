#include "server/policy/curves/learn_epochs.h"

#include <algorithm>
#include <cmath>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/noise.h"
#include "server/policy/curves/sizes.h"
#include "server/policy/curves/surprise.h"

namespace zeus::bso::curves {
namespace {

// The sd of a run's log epochs around its size's mean.
double Deviation(const SizeState& size, const Beliefs& beliefs) {
  return std::sqrt(beliefs.epochs_noise * (1 + 1 / size.runs) + kEpochsPrior.own_sd * kEpochsPrior.own_sd);
}

void AddToMean(double log_epochs, SizeState& size) {
  size.runs = std::min(size.runs + 1, kWindow);
  size.log_epochs += (log_epochs - size.log_epochs) / size.runs;
}

// The epochs of all sizes have changed like this one's.
void SpreadEpochs(size_t size, double deviation, const Verdict& verdict, State& state) {
  for (size_t j = 0; j < state.setup.num_sizes(); ++j) {
    SizeState& s = state.sizes[j];
    if (j == size || j == verdict.skip) continue;
    if (s.runs > 0) {
      s.log_epochs += deviation;
      s.epochs_hint = kHintSd * kHintSd;
      s.runs = 1;
    }
    s.failures = 0;
    s.bounds.clear();
  }
}

void LearnEpochsSurprise(size_t size, double log_epochs, State& state) {
  SizeState& s = state.sizes[size];
  const double deviation = log_epochs - s.log_epochs;
  const Verdict verdict = JudgeSurprise(state.job.epochs_surprise, size, deviation, s.runs);
  if (verdict.spread) {
    SpreadEpochs(size, deviation, verdict, state);
    state.job.epochs_surprise = {};
  } else {
    state.job.epochs_surprise = MakeSurprise(size, deviation, verdict.believe);
  }
  if (verdict.believe) {
    s.runs = 1;
    s.log_epochs = log_epochs;
    s.failures = 0;
  }
}

// A success clears half of the failures.
void ForgiveFailures(size_t size, State& state) {
  SizeState& s = state.sizes[size];
  s.failures = Failures(state, size) / 2;
  if (s.failures < kLeastFailures) s.failures = 0;
  s.failed_at = state.job.run;
}

// Remembers the largest bounds.
void AddBound(double log_epochs, SizeState& size) {
  size.bounds.insert(std::upper_bound(size.bounds.begin(), size.bounds.end(), log_epochs), log_epochs);
  if (size.bounds.size() > kMaxBounds) size.bounds.erase(size.bounds.begin());
}

// A long failure where runs have converged: the size may have changed. Its successes count less and less.
void DoubtSuccesses(size_t size, double log_epochs, const Beliefs& beliefs, State& state) {
  SizeState& s = state.sizes[size];
  Surprise& last = state.job.epochs_surprise;
  const bool surprises = log_epochs - s.log_epochs > kFailSurprise * Deviation(s, beliefs);
  const bool elsewhere = last.direction == 1 && last.size != size;
  if (surprises && !elsewhere) last = MakeSurprise(size, /*deviation=*/1, /*believed=*/false);
  if (log_epochs >= s.log_epochs || state.job.escalation >= kEscalationBelieves) {
    s.runs = std::max(kLeastRuns, s.runs / 2);
  }
}

void LearnLongFailure(size_t size, double log_epochs, const Beliefs& beliefs, State& state) {
  SizeState& s = state.sizes[size];
  s.failures = Failures(state, size) + 1;
  s.failed_at = state.job.run;
  if (s.runs > 0) DoubtSuccesses(size, log_epochs, beliefs, state);
}

}  // namespace

void LearnConverged(size_t size, double log_epochs, const Beliefs& beliefs, State& state) {
  SizeState& s = state.sizes[size];
  state.job.stops = 0;
  state.job.escalation = 0;
  s.last = state.job.run;
  ForgiveFailures(size, state);
  if (s.runs <= 0 || s.epochs_hint > 0) {
    s.runs = 1;
    s.log_epochs = log_epochs;
    s.epochs_hint = 0;
    s.bounds.clear();
    return;
  }
  const double deviation = log_epochs - s.log_epochs;
  const double bound = kSurprise * Deviation(s, beliefs);
  AddDeviation(deviation, bound, s.runs, state.job.epochs_noise);
  if (std::abs(deviation) > bound) {
    LearnEpochsSurprise(size, log_epochs, state);
    return;
  }
  state.job.epochs_surprise = {};
  AddToMean(log_epochs, s);
}

void LearnNotConverged(size_t size, double log_epochs, bool at_end, Kind kind, const Beliefs& beliefs, State& state) {
  SizeState& s = state.sizes[size];
  state.job.stops += 1;
  if (kind == Kind::kBest) state.job.escalation = std::min(state.job.escalation + 1, kMaxEscalation);
  const double sd = std::sqrt(beliefs.epochs.variance(size) + beliefs.epochs_noise);
  const bool is_long = at_end || (log_epochs - beliefs.epochs.mean(size)) / sd > kFailSurprise;
  if (s.runs <= 0) AddBound(log_epochs, s);
  if (is_long) {
    LearnLongFailure(size, log_epochs, beliefs, state);
  } else if (s.runs > 0 && kind == Kind::kBest && log_epochs > s.log_epochs) {
    AddToMean(log_epochs, s);  // The size needs as many epochs at least.
  }
}

}  // namespace zeus::bso::curves
