#include "tests/soak/memory_curve.h"

#include <algorithm>
#include <cmath>

#include "catch2/catch.hpp"

namespace zeus::bso::testing {
namespace {

constexpr int kSamples = 6000;  // Ten minutes.

// As a server is seen to behave: fills up in its first minutes, and then goes up and down by the minute.
double BoundedMib(int sample) {
  const double filled = std::min(1.0, sample / 1500.0);
  const double turn = std::fmod(sample / 600.0, 1);
  return 30 + 130 * filled + 12 * turn;
}

double GrowthWith(double leaked_mib) {
  MemoryCurve curve;
  for (int sample = 0; sample < kSamples; ++sample) curve.Add(BoundedMib(sample) + leaked_mib * sample / kSamples);
  return curve.MediansOfThirds().Growth();
}

TEST_CASE("Memory that fills up and then goes up and down is level") {
  CHECK(std::abs(GrowthWith(0)) < kAllowedGrowthMib / 4);
}

TEST_CASE("Memory that grows by 20 bytes a call over a million calls is not level") {
  CHECK(GrowthWith(20e6 / (1 << 20)) > kAllowedGrowthMib);
}

TEST_CASE("The medians are those of the thirds") {
  MemoryCurve curve;
  for (const double mib : {1, 9, 2, 4, 5, 5, 8, 7, 0}) curve.Add(mib);
  const Thirds thirds = curve.MediansOfThirds();
  CHECK(thirds.first == 2);
  CHECK(thirds.middle == 5);
  CHECK(thirds.last == 7);
}

TEST_CASE("A line of the curve shows the median since the line before") {
  MemoryCurve curve;
  for (const double mib : {3, 1, 2}) curve.Add(mib);
  CHECK(curve.TakeMedian() == 2);
  curve.Add(5);
  CHECK(curve.TakeMedian() == 5);
  CHECK(curve.TakeMedian() == 5);
}

}  // namespace
}  // namespace zeus::bso::testing
