#include "server/random/standard_normal.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "server/random/ziggurat_tables.h"
#include "tests/server/random/numpy_vectors.h"
#include "tests/server/random/sha256.h"

namespace zeus::bso::random {
namespace {

TEST_CASE("Two million normals equal NumPy's") {
  const nlohmann::json& recorded = NumpyVectors().at("long_normal");
  const int count = recorded.at("count").get<int>();
  Pcg64 bits(ParseSeed(recorded.at("seed")));
  double least = std::numeric_limits<double>::infinity();
  double greatest = -least;
  Sha256 hash;
  for (int i = 0; i < count; ++i) {
    const double x = StandardNormal(bits);
    least = std::min(least, x);
    greatest = std::max(greatest, x);
    hash.Append(Bits(x));
  }
  CHECK(hash.Hexadecimal() == recorded.at("sha256_of_little_endian_doubles").get<std::string>());
  CHECK(Bits(least) == Bits(ParseDouble(recorded.at("min"))));
  CHECK(Bits(greatest) == Bits(ParseDouble(recorded.at("max"))));
  CHECK(bits.state() == ParseState(recorded.at("state")));
}

// P(|x| > r) = 2.6e-4: 26 of 100000 in the mean.
TEST_CASE("The tail beyond the ziggurat's edge is reached on both sides") {
  Pcg64 bits(0);
  int left = 0;
  int right = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = StandardNormal(bits);
    if (x < -kZigguratEdge) ++left;
    if (x > kZigguratEdge) ++right;
  }
  CHECK(left > 3);
  CHECK(right > 3);
  CHECK(left + right < 60);
}

}  // namespace
}  // namespace zeus::bso::random
