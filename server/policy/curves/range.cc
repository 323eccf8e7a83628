#include "server/policy/curves/range.h"

#include <cmath>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/sizes.h"

namespace zeus::bso::curves {
namespace {

bool IsTried(const State& state, bool has_best, size_t i) {
  const SizeState& s = state.sizes[i];
  return IsSeen(s) || (!has_best && (i == state.setup.default_size || s.pending > 0 || s.crashes > 0));
}

// Adds the sizes beyond `end`, upwards or downwards.
void Extend(const State& state, const std::vector<double>& octaves, size_t end, bool upwards,
            std::vector<bool>& candidates) {
  const size_t beyond = upwards ? octaves.size() - 1 - end : end;
  if (beyond == 0) return;
  const auto at = [&](size_t steps) { return upwards ? end + steps : end - steps; };
  const size_t always = IsResting(state, at(1)) ? 2 : 1;
  for (size_t steps = 1; steps <= beyond; ++steps) {
    if (steps > always && std::abs(octaves[at(steps)] - octaves[end]) > kReach + kOctaveSlack) return;
    candidates[at(steps)] = true;
  }
}

}  // namespace

Range TriedRange(const State& state, bool has_best) {
  const size_t n = state.setup.num_sizes();
  Range range{.low = 0, .high = n - 1, .candidates = UsableSizes(state)};
  while (range.low < n - 1 && !IsTried(state, has_best, range.low)) ++range.low;
  while (range.high > range.low && !IsTried(state, has_best, range.high)) --range.high;

  std::vector<bool> within(n);
  for (size_t i = range.low; i <= range.high; ++i) within[i] = true;
  const std::vector<double> octaves = Octaves(state.setup);
  Extend(state, octaves, range.low, /*upwards=*/false, within);
  Extend(state, octaves, range.high, /*upwards=*/true, within);
  for (size_t i = 0; i < n; ++i) range.candidates[i] = range.candidates[i] && within[i];
  return range;
}

}  // namespace zeus::bso::curves
