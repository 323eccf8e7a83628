#include "server/policy/curves/state.h"

#include <cmath>

#include "catch2/catch.hpp"
#include "server/policy/curves/sizes.h"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

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
