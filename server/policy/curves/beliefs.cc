#include "server/policy/curves/beliefs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/noise.h"
#include "server/policy/curves/sizes.h"
#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

constexpr double Square(double value) { return value * value; }

// A curve's prior, whose line passes through `level` at the size `anchor`. The slope is uncertain around the default
// size. Column-major; only the lower triangle is set.
Gaussian MakePrior(const CurvePrior& prior, const std::vector<double>& octaves, size_t default_size, size_t anchor,
                   double level) {
  const size_t n = octaves.size();
  std::vector<double> mean(n), covariance(n * n);
  for (size_t j = 0; j < n; ++j) {
    mean[j] = level + prior.slope * (octaves[j] - octaves[anchor]);
    const double from_default = octaves[j] - octaves[default_size];
    for (size_t i = j; i < n; ++i) {
      const double gap = octaves[i] - octaves[j];
      covariance[n * j + i] = prior.level_var +
                              Square(prior.slope_sd) * ((octaves[i] - octaves[default_size]) * from_default) +
                              Square(prior.bend_sd) * std::exp(-Square(gap) / (2 * Square(prior.bend_octaves)));
    }
    covariance[n * j + j] += Square(prior.own_sd);
  }
  return Gaussian(std::move(mean), std::move(covariance));
}

Gaussian FitEpochs(const State& state, const std::vector<double>& octaves, double noise) {
  const double level = std::log(std::max(2.0, static_cast<double>(state.setup.max_epochs) / 3));
  const size_t default_size = state.setup.default_size;
  Gaussian belief = MakePrior(kEpochsPrior, octaves, default_size, default_size, level);
  std::vector<Observation> observations;
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    const SizeState& s = state.sizes[i];
    if (s.runs <= 0) continue;
    const double aging = Square(kAging) * static_cast<double>(state.job.run - s.last);
    observations.push_back({.size = i, .value = s.log_epochs, .variance = noise / s.runs + s.epochs_hint + aging});
  }
  belief.Observe(observations);
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    if (state.sizes[i].runs > 0) continue;
    for (const double bound : state.sizes[i].bounds) belief.ObserveAbove(i, bound, noise);
  }
  return belief;
}

// The size whose reading sets the level of the costs.
size_t Anchor(const State& state) {
  const auto is_timed = [](const SizeState& size) { return size.timed > 0; };
  if (is_timed(state.sizes[state.setup.default_size])) return state.setup.default_size;
  const auto first = std::find_if(state.sizes.begin(), state.sizes.end(), is_timed);
  return first == state.sizes.end() ? state.setup.default_size : static_cast<size_t>(first - state.sizes.begin());
}

Gaussian FitCosts(const State& state, const std::vector<double>& octaves, double noise) {
  const size_t anchor = Anchor(state);
  const double level = state.sizes[anchor].timed > 0 ? state.sizes[anchor].log_cost : 0;
  Gaussian belief = MakePrior(kCostPrior, octaves, state.setup.default_size, anchor, level);
  std::vector<Observation> observations;
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    const SizeState& s = state.sizes[i];
    if (s.timed <= 0) continue;
    observations.push_back({.size = i, .value = s.log_cost, .variance = noise / s.timed + s.cost_hint});
  }
  belief.Observe(observations);
  return belief;
}

std::optional<size_t> FindBest(const State& state, const Beliefs& beliefs) {
  const std::vector<bool> usable = UsableSizes(state);
  std::optional<size_t> best;
  double least = 0;
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    if (state.sizes[i].runs <= 0 || !usable[i]) continue;
    const double cost = ExpectedLogCost(state, beliefs, i);
    if (best && cost >= least) continue;
    best = i;
    least = cost;
  }
  return best;
}

double BestCost(const State& state, const Beliefs& beliefs) {
  const auto cost = [&](size_t i) { return BoundedExp(beliefs.epochs.mean(i) + beliefs.costs.mean(i)); };
  const double warmup = std::max(state.job.warmup.cost, 0.0);
  if (beliefs.best) return cost(*beliefs.best) + warmup;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) {
    if (state.sizes[i].runs > 0) least = std::min(least, cost(i));
  }
  return least + warmup;
}

}  // namespace

Beliefs Fit(const State& state) {
  const std::vector<double> octaves = Octaves(state.setup);
  const double epochs_noise = Variance(state.job.epochs_noise, kLeastEpochsVariance);
  const double costs_noise = Variance(state.job.cost_noise, kLeastCostVariance);
  Beliefs beliefs{.epochs = FitEpochs(state, octaves, epochs_noise),
                  .costs = FitCosts(state, octaves, costs_noise),
                  .epochs_noise = epochs_noise,
                  .costs_noise = costs_noise,
                  .best = std::nullopt,
                  .best_cost = 0};
  beliefs.best = FindBest(state, beliefs);
  beliefs.best_cost = BestCost(state, beliefs);
  return beliefs;
}

double ExpectedLogCost(const State& state, const Beliefs& beliefs, size_t size) {
  return beliefs.epochs.mean(size) + beliefs.costs.mean(size) + Unreliability(state, size);
}

}  // namespace zeus::bso::curves
