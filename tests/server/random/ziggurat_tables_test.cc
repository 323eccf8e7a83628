// Rebuilds the tables by their formulas in extended precision. The kept numbers
// differ from these in their last digits, by the roundings they carry.

#include "server/random/ziggurat_tables.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace zeus::bso::random {
namespace {

constexpr long double kTwoTo52 = 0x1p52L;

long double Density(long double x) { return std::exp(-0.5L * x * x); }

struct Ziggurat {
  // Edge i of the formulas, x[256] being the width of the base strip.
  std::array<long double, 257> x;

  Ziggurat() {
    constexpr long double kEdge = 3.6541528853610087963519472518L;
    constexpr long double kSqrtHalfPi = 1.2533141373155002512078826424L;
    const long double tail = kSqrtHalfPi * std::erfc(kEdge / std::numbers::sqrt2_v<long double>);
    const long double area = kEdge * Density(kEdge) + tail;
    x[256] = area / Density(kEdge);
    x[255] = kEdge;
    for (std::size_t i = 254; i > 0; --i) x[i] = std::sqrt(-2 * std::log(area / x[i + 1] + Density(x[i + 1])));
    x[0] = 0;
  }
};

TEST_CASE("The tables follow from their formulas") {
  const Ziggurat built;
  for (std::size_t i = 0; i < 256; ++i) {
    CAPTURE(i);
    const long double width = i == 0 ? built.x[256] : built.x[i];
    const long double inside = i == 0 ? built.x[255] : built.x[i - 1];
    const long double density = i == 0 ? 1 : Density(built.x[i]);
    CHECK(std::abs(kZigguratScale[i] * kTwoTo52 / width - 1) < 2e-14L);
    CHECK(std::abs(kZigguratDensity[i] / density - 1) < 2e-14L);
    CHECK(std::abs(static_cast<long double>(kZigguratInside[i]) - kTwoTo52 * inside / width) < 64);
  }
}

TEST_CASE("The edge and its inverse belong together") {
  CHECK(std::abs(kZigguratEdge * kZigguratEdgeInverse - 1) < 1e-15);
  CHECK(kZigguratScale[255] * 0x1p52 == kZigguratEdge);
}

}  // namespace
}  // namespace zeus::bso::random
