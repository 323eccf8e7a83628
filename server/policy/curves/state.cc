#include "server/policy/curves/state.h"

#include <algorithm>
#include <utility>

namespace zeus::bso::curves {

double Noise::Variance(double least) const { return std::max(sum_of_squares / degrees_of_freedom, least); }

void Noise::Add(double deviation, double bound, double weight) {
  sum_of_squares += std::min(deviation * deviation, bound * bound) * weight / (weight + 1);
  degrees_of_freedom += 1;
  if (degrees_of_freedom > kNoiseMaxRuns) {
    sum_of_squares = sum_of_squares * kNoiseMaxRuns / degrees_of_freedom;
    degrees_of_freedom = kNoiseMaxRuns;
  }
}

State MakeState(Setup setup) {
  State state;
  state.setup = std::move(setup);
  state.sizes.resize(state.setup.batch_sizes.size());
  return state;
}

}  // namespace zeus::bso::curves
