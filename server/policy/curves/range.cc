#include "server/policy/curves/range.h"

#include <cmath>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/sizes.h"

namespace zeus::bso::curves {
namespace {

bool IsTried(const State& state, bool has_best, int i) {
  const SizeState& s = state.sizes[i];
  return IsSeen(s) || (!has_best && (i == state.setup.default_size || s.pending > 0 || s.crashes > 0));
}

// Adds the sizes beyond `end`. `step` is -1 or +1.
void Extend(const State& state, const std::vector<double>& octaves, int end, int step, std::vector<bool>& candidates) {
  const int n = state.setup.num_sizes();
  const auto exists = [n](int i) { return i >= 0 && i < n; };
  int next = end + step;
  if (!exists(next)) return;
  const int always = IsResting(state, next) ? next + step : next;
  while (exists(next) &&
         ((next - always) * step <= 0 || std::abs(octaves[next] - octaves[end]) <= kReach + kOctaveSlack)) {
    candidates[next] = true;
    next += step;
  }
}

}  // namespace

Range TriedRange(const State& state, bool has_best) {
  const int n = state.setup.num_sizes();
  Range range{.low = 0, .high = n - 1, .candidates = UsableSizes(state)};
  while (range.low < n - 1 && !IsTried(state, has_best, range.low)) ++range.low;
  while (range.high > range.low && !IsTried(state, has_best, range.high)) --range.high;

  std::vector<bool> within(n);
  for (int i = range.low; i <= range.high; ++i) within[i] = true;
  const std::vector<double> octaves = Octaves(state.setup);
  Extend(state, octaves, range.low, -1, within);
  Extend(state, octaves, range.high, +1, within);
  for (int i = 0; i < n; ++i) range.candidates[i] = range.candidates[i] && within[i];
  return range;
}

}  // namespace zeus::bso::curves
