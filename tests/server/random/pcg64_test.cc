#include "server/random/pcg64.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>

#include "tests/server/random/numpy_vectors.h"

namespace zeus::bso::random {
namespace {

TEST_CASE("Every recorded seed gives NumPy's initial state") {
  for (const nlohmann::json& recorded : NumpyVectors().at("cases")) {
    const std::uint64_t seed = ParseSeed(recorded.at("seed"));
    CAPTURE(seed);
    CHECK(Pcg64(seed).state() == ParseState(recorded.at("initial")));
  }
}

TEST_CASE("Seeds at the limits of one and of two words give NumPy's initial state") {
  CHECK(Pcg64(0xffffffff).state() ==
        MakeState("101204197857318639069773211696183556762", "290547968807786152992028972051586286075", false, 0));
  CHECK(Pcg64(0x100000000).state() ==
        MakeState("48934169112922715694246890610800379348", "159503441853545908714793740543692941767", false, 0));
  CHECK(Pcg64(0x8000000000000000).state() ==
        MakeState("34495342088421751969182722409314087957", "151448436560333419211276710314947543355", false, 0));
  CHECK(Pcg64(0xffffffffffffffff).state() ==
        MakeState("294777589713777894971777624378622791088", "73721096341569855656437781216719622637", false, 0));
}

TEST_CASE("64-bit draws equal NumPy's") {
  Pcg64 bits(5);
  for (const std::uint64_t expected : {0xce14abeeabb8e5a8, 0xced5352505cc99f5, 0x83ec603f7806adc0}) {
    CHECK(bits.Next64() == expected);
  }
}

TEST_CASE("32-bit draws take the low half, then the high half") {
  Pcg64 bits(5);
  CHECK(bits.Next32() == 0xabb8e5a8);
  CHECK(bits.state().has_uint32);
  CHECK(bits.state().uinteger == 0xce14abee);
  CHECK(bits.Next32() == 0xce14abee);
  CHECK_FALSE(bits.state().has_uint32);
  CHECK(bits.state().uinteger == 0xce14abee);
  CHECK(bits.Next32() == 0x05cc99f5);
}

TEST_CASE("A 64-bit draw leaves the kept 32 bits alone") {
  Pcg64 bits(5);
  bits.Next32();
  CHECK(bits.Next64() == 0xced5352505cc99f5);
  CHECK(bits.Next32() == 0xce14abee);
}

TEST_CASE("Doubles equal NumPy's") {
  Pcg64 bits(5);
  for (const double expected : {0x1.9c2957dd5771cp-1, 0x1.9daa6a4a0b993p-1, 0x1.07d8c07ef00d5p-1}) {
    CHECK(Bits(bits.NextDouble()) == Bits(expected));
  }
}

// With 2^31 + 1 results nearly half of the draws are surplus.
TEST_CASE("Bounded draws reject the surplus as NumPy does") {
  Pcg64 bits(11);
  for (const std::uint32_t expected : {1267085886u, 1291707887u, 1042610374u, 317668847u, 151227035u, 1165533627u}) {
    CHECK(bits.NextUpTo(0x80000000) == expected);
  }
  CHECK(bits.state() ==
        MakeState("66217733609308865503219324306661192406", "7937318808080196428804369945471644491", true, 557374868));
}

TEST_CASE("Bounded draws reach the largest bound") {
  Pcg64 bits(11);
  for (const std::uint32_t expected : {574671949u, 552204815u, 3423435366u}) {
    CHECK(bits.NextUpTo(0xfffffffe) == expected);
  }
}

TEST_CASE("A bounded draw gives each result, and no other") {
  Pcg64 bits(1);
  std::array<int, 4> seen{};
  for (int i = 0; i < 200; ++i) ++seen.at(bits.NextUpTo(3));
  for (const int times : seen) CHECK(times > 0);
}

}  // namespace
}  // namespace zeus::bso::random
