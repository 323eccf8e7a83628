#include "server/policy/curves/noise.h"

#include <algorithm>

#include "server/policy/curves/constants.h"

namespace zeus::bso::curves {

double Variance(const Noise& noise, double least) {
  return std::max(noise.sum_of_squares / noise.degrees_of_freedom, least);
}

void AddDeviation(double deviation, double bound, double weight, Noise& noise) {
  noise.sum_of_squares += std::min(deviation * deviation, bound * bound) * weight / (weight + 1);
  noise.degrees_of_freedom += 1;
  if (noise.degrees_of_freedom > kNoiseMaxRuns) {
    noise.sum_of_squares = noise.sum_of_squares * kNoiseMaxRuns / noise.degrees_of_freedom;
    noise.degrees_of_freedom = kNoiseMaxRuns;
  }
}

}  // namespace zeus::bso::curves
