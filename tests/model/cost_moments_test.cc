// Moments kept one cost at a time are those of all costs together.
#include "model/cost_moments.h"

#include <cmath>
#include <random>
#include <vector>

#include "catch2/catch.hpp"
#include "server/random/statistics.h"

namespace zeus::bso {
namespace {

CostMoments MomentsOf(const std::vector<double>& costs) {
  CostMoments moments;
  for (const double cost : costs) moments.Add(cost);
  return moments;
}

std::vector<double> DrawCosts(double mean, double deviation, int count) {
  std::mt19937_64 generator(1);
  std::normal_distribution<> distribution(mean, deviation);
  std::vector<double> costs;
  for (int i = 0; i < count; ++i) costs.push_back(distribution(generator));
  return costs;
}

// The sums over all costs have errors above 1e-15 themselves.
auto IsNear(double expected) { return Catch::Matchers::WithinRel(expected, 1e-13); }

TEST_CASE("Moments agree with sums over all costs, however large the mean beside the deviation") {
  const double mean = GENERATE(0.0, 1e3, -1e6, 1e12);
  const double deviation = GENERATE(1.0, 1e-3, 1e5);
  if (std::abs(mean) > 1e9 * deviation) return;  // There the two-pass sums have too few digits to compare with.
  const std::vector<double> costs = DrawCosts(mean, deviation, GENERATE(2, 10, 20'000));
  CAPTURE(mean, deviation, costs.size());
  const CostMoments moments = MomentsOf(costs);
  CHECK(moments.count == static_cast<int64_t>(costs.size()));
  // A mean near 0 has an error relative to the deviation.
  CHECK_THAT(moments.Mean(),
             IsNear(random::Mean(costs)) || Catch::Matchers::WithinAbs(random::Mean(costs), 1e-12 * deviation));
  CHECK_THAT(moments.Sum(),
             IsNear(random::Sum(costs)) || Catch::Matchers::WithinAbs(random::Sum(costs), 1e-9 * deviation));
  // The mean of the two passes has an error of its own, which the variance shows in part.
  const double error_of_mean = std::abs(mean) * 1e-15 / deviation;
  CHECK_THAT(moments.PopulationVariance(),
             Catch::Matchers::WithinRel(random::PopulationVariance(costs), 1e-13 + error_of_mean));
}

TEST_CASE("Costs that are all equal have a variance of exactly 0") {
  const double cost = GENERATE(0.1, 1234.5678, 1e50);
  const CostMoments moments = MomentsOf(std::vector<double>(1000, cost));
  CHECK(moments.PopulationVariance() == 0);
  CHECK(moments.Mean() == cost);
}

TEST_CASE("Two costs have the variance of their difference") {
  const CostMoments moments = MomentsOf({1, 1 + 1e-15});
  const double difference = (1 + 1e-15) - 1;
  CHECK_THAT(moments.PopulationVariance(), Catch::Matchers::WithinRel(difference * difference / 4, 1e-15));
}

TEST_CASE("The largest costs that may come do not overflow") {
  const CostMoments moments = MomentsOf({0, 1e100, 2e100});
  CHECK(std::isfinite(moments.PopulationVariance()));
  CHECK_THAT(moments.Mean(), IsNear(1e100));
}

}  // namespace
}  // namespace zeus::bso
