#include "server/policy/curves/noise.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "server/policy/curves/constants.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {
namespace {

TEST_CASE("Noise starts at its prior and is never below its floor") {
  const JobState job = MakeJobState();
  CHECK(std::sqrt(Variance(job.epochs_noise, kLeastEpochsVariance)) == Approx(0.10));
  CHECK(std::sqrt(Variance(job.cost_noise, kLeastCostVariance)) == Approx(0.02));
  Noise noise;
  noise.degrees_of_freedom = 50;
  CHECK(Variance(noise, 1e-4) == 1e-4);
}

TEST_CASE("A deviation from a mean of few runs counts less, and at most its bound") {
  Noise noise{.sum_of_squares = 1, .degrees_of_freedom = 4};
  AddDeviation(2, 10, 3, noise);
  CHECK(noise == Noise{.sum_of_squares = 1 + 4 * 0.75, .degrees_of_freedom = 5});
  AddDeviation(-100, 2, 1, noise);
  CHECK(noise == Noise{.sum_of_squares = 4 + 4 * 0.5, .degrees_of_freedom = 6});
}

TEST_CASE("Evidence of noise is capped at 50 runs") {
  Noise noise{.sum_of_squares = 50, .degrees_of_freedom = 50};
  AddDeviation(0, 1, 1, noise);
  CHECK(noise.degrees_of_freedom == 50);
  CHECK(noise.sum_of_squares == Approx(50.0 * 50 / 51));
}

}  // namespace
}  // namespace zeus::bso::curves
