#include "server/policy/curves/state.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "server/policy/curves/sizes.h"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

TEST_CASE("Noise starts at its prior and is never below its floor") {
  const JobState job;
  CHECK(std::sqrt(job.epochs_noise.Variance(kLeastEpochsVariance)) == Approx(0.10));
  CHECK(std::sqrt(job.cost_noise.Variance(kLeastCostVariance)) == Approx(0.02));
  Noise noise;
  noise.degrees_of_freedom = 50;
  CHECK(noise.Variance(1e-4) == 1e-4);
}

TEST_CASE("A deviation from a mean of few runs counts less, and at most its bound") {
  Noise noise{.sum_of_squares = 1, .degrees_of_freedom = 4};
  noise.Add(2, 10, 3);
  CHECK(noise == Noise{.sum_of_squares = 1 + 4 * 0.75, .degrees_of_freedom = 5});
  noise.Add(-100, 2, 1);
  CHECK(noise == Noise{.sum_of_squares = 4 + 4 * 0.5, .degrees_of_freedom = 6});
}

TEST_CASE("Evidence of noise is capped at 50 runs") {
  Noise noise{.sum_of_squares = 50, .degrees_of_freedom = 50};
  noise.Add(0, 1, 1);
  CHECK(noise.degrees_of_freedom == 50);
  CHECK(noise.sum_of_squares == Approx(50.0 * 50 / 51));
}

TEST_CASE("Failures count half after 50 results") {
  TestJob job;
  job.at(1).failures = 3;
  job.at(1).failed_at = 10;
  job.state.job.run = 60;
  CHECK(Failures(job.state, 1) == 1.5);
  CHECK(Failures(job.state, 0) == 0);
}

TEST_CASE("Failures make a size dearer, the less the more runs have converged") {
  TestJob job;
  CHECK(Unreliability(job.state, 0) == 0);
  job.at(0).failures = 1;
  CHECK(Unreliability(job.state, 0) == Approx(std::log(2)));
  job.at(0).runs = 19;
  CHECK(Unreliability(job.state, 0) == Approx(std::log(21.0 / 20)));
}

TEST_CASE("Sizes that rest are not usable, unless all rest") {
  TestJob job;
  job.state.job.run = 4;
  job.at(1).rest_until = 5;
  job.at(2).rest_until = 4;
  CHECK(UsableSizes(job.state) == std::vector<bool>{true, false, true, true, true});
  for (SizeState& size : job.state.sizes) size.rest_until = 9;
  CHECK(UsableSizes(job.state) == std::vector<bool>(5, true));
}

}  // namespace
}  // namespace zeus::bso::curves
