#include "server/policy/curves/learn_crash.h"

#include <algorithm>
#include <cstddef>

#include "server/policy/curves/constants.h"
#include "server/policy/curves/sizes.h"

namespace zeus::bso::curves {
namespace {

// `earlier` counts the rests before this one.
void Rest(size_t earlier, const State& state, SizeState& size) {
  const int64_t results = kRests[std::min(earlier, kRests.size() - 1)];
  size.rest_until = std::max(size.rest_until, state.job.run + results);
}

}  // namespace

void LearnCrash(size_t size, bool out_of_memory, State& state) {
  SizeState& s = state.sizes[size];
  if (IsResting(state, size)) {
    if (AllAreResting(state)) state.job.run += 1;
    return;
  }
  s.crashes += 1;
  const bool repeats = s.crashes >= kMaxCrashes;
  if (out_of_memory && ((size > 0 && !s.fits) || repeats)) {
    const size_t earlier = static_cast<size_t>(s.ooms++);
    for (size_t j = size; j < state.setup.num_sizes(); ++j) {
      state.sizes[j].fits = false;
      Rest(earlier, state, state.sizes[j]);
    }
  } else if (repeats) {
    Rest(static_cast<size_t>(s.crashes - kMaxCrashes), state, s);
  }
}

}  // namespace zeus::bso::curves
