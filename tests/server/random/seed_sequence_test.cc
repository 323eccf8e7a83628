#include "server/random/seed_sequence.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>

namespace zeus::bso::random {
namespace {

using State = std::array<std::uint64_t, 4>;

// The expected numbers are NumPy's SeedSequence(...).generate_state(4, uint64).

TEST_CASE("Seed zero is hashed as zero words") {
  const State expected = {0xdb2cd7e7b0f478be, 0xabf4641a2c71ba49, 0x20c6ed6d9d7b8d41, 0x2c4099de223c39d4};
  CHECK(SeedSequence(0).GenerateState() == expected);
}

TEST_CASE("Four words of entropy are hashed as NumPy hashes them") {
  const State expected = {0xc375aa2e267a973a, 0x283fd85ff2c00fdf, 0x6564bfffef48e6f8, 0x75267e162a0bddb4};
  CHECK(SeedSequence({1, 2, 3, 0xffffffff}).GenerateState() == expected);
}

TEST_CASE("A 64-bit seed is its two words, the lower first") {
  CHECK(SeedSequence(0x0123456789abcdef).GenerateState() ==
        SeedSequence({0x89abcdef, 0x01234567, 0, 0}).GenerateState());
}

TEST_CASE("Generating the state changes nothing") {
  const SeedSequence seeds(42);
  CHECK(seeds.GenerateState() == seeds.GenerateState());
}

TEST_CASE("System entropy is new at each call") {
  CHECK(SeedSequence::FromSystemEntropy().GenerateState() != SeedSequence::FromSystemEntropy().GenerateState());
}

}  // namespace
}  // namespace zeus::bso::random
