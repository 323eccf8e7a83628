#include "tests/bench/histogram.h"

#include <chrono>

#include "catch2/catch.hpp"

namespace zeus::bso::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST_CASE("An empty histogram has no quantiles") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.QuantileMicros(0.5) == 0);
}

TEST_CASE("A quantile is the least value that so many do not exceed") {
  Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.Add(microseconds(i));
  CHECK(histogram.count() == 1000);
  CHECK(histogram.QuantileMicros(0.5) == Approx(500).epsilon(0.016));
  CHECK(histogram.QuantileMicros(0.99) == Approx(990).epsilon(0.016));
  CHECK(histogram.QuantileMicros(0.999) == Approx(999).epsilon(0.016));
  CHECK(histogram.QuantileMicros(1) == Approx(1000).epsilon(0.016));
}

TEST_CASE("Values of every magnitude are told to within 1.6%") {
  for (int64_t value = 1; value < (int64_t{1} << 39); value = value * 5 / 3 + 1) {
    Histogram histogram;
    histogram.Add(nanoseconds(value));
    CAPTURE(value);
    CHECK(histogram.QuantileMicros(0.5) == Approx(static_cast<double>(value) / 1000).epsilon(0.016));
  }
}

TEST_CASE("What is out of bounds counts as the bound") {
  Histogram histogram;
  histogram.Add(nanoseconds(-5));
  CHECK(histogram.QuantileMicros(1) == 0);
  histogram.Add(std::chrono::hours(24));
  CHECK(histogram.QuantileMicros(1) == Approx(1.0995e9).epsilon(0.016));
}

}  // namespace
}  // namespace zeus::bso::bench
