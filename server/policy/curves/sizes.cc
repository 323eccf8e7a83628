#include "server/policy/curves/sizes.h"

#include <algorithm>
#include <cmath>

#include "server/policy/curves/constants.h"

namespace zeus::bso::curves {

std::vector<double> Octaves(const Setup& setup) {
  std::vector<double> octaves(setup.batch_sizes.size());
  std::transform(setup.batch_sizes.begin(), setup.batch_sizes.end(), octaves.begin(),
                 [](int64_t batch_size) { return std::log2(static_cast<double>(batch_size)); });
  return octaves;
}

double Failures(const State& state, size_t size) {
  const SizeState& s = state.sizes[size];
  return s.failures * std::pow(2.0, -static_cast<double>(state.job.run - s.failed_at) / kFailHalfLife);
}

double Unreliability(const State& state, size_t size) {
  const double runs = state.sizes[size].runs;
  return std::log((runs + Failures(state, size) + 1) / (runs + 1));
}

bool IsSeen(const SizeState& size) {
  return size.timed > 0 || size.runs > 0 || size.failures > 0 || !size.bounds.empty();
}

bool IsResting(const State& state, size_t size) { return state.job.run < state.sizes[size].rest_until; }

bool AllAreResting(const State& state) {
  return std::all_of(state.sizes.begin(), state.sizes.end(),
                     [&](const SizeState& size) { return state.job.run < size.rest_until; });
}

std::vector<bool> UsableSizes(const State& state) {
  if (AllAreResting(state)) return std::vector<bool>(state.sizes.size(), true);
  std::vector<bool> usable(state.sizes.size());
  for (size_t i = 0; i < state.setup.num_sizes(); ++i) usable[i] = !IsResting(state, i);
  return usable;
}

}  // namespace zeus::bso::curves
