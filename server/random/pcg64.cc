#include "server/random/pcg64.h"

#include <array>
#include <bit>
#include <cassert>
#include <limits>

namespace zeus::bso::random {
namespace {

// GCC's extension; the standard has no 128-bit integer.
__extension__ typedef unsigned __int128 Uint128;

constexpr Uint128 Join(std::uint64_t high, std::uint64_t low) { return Uint128{high} << 64 | low; }

constexpr std::uint64_t High(Uint128 value) { return static_cast<std::uint64_t>(value >> 64); }

constexpr std::uint64_t Low(Uint128 value) { return static_cast<std::uint64_t>(value); }

constexpr Uint128 kMultiplier = Join(0x2360ed051fc65da4u, 0x4385df649fccf645u);

constexpr Uint128 Step(Uint128 state, Uint128 inc) { return state * kMultiplier + inc; }

Pcg64State SeededState(const SeedSequence& seeds) {
  const std::array<std::uint64_t, 4> words = seeds.GenerateState();
  const Uint128 start = Join(words[0], words[1]);
  const Uint128 inc = Join(words[2], words[3]) << 1 | 1;
  // The step from an all-zero state leaves just the increment.
  const Uint128 state = Step(inc + start, inc);
  return {.state_high = High(state), .state_low = Low(state), .inc_high = High(inc), .inc_low = Low(inc)};
}

}  // namespace

Pcg64::Pcg64(std::uint64_t seed) : Pcg64(SeedSequence(seed)) {}

Pcg64::Pcg64(const SeedSequence& seeds) : state_(SeededState(seeds)) {}

Pcg64::Pcg64(const Pcg64State& state) : state_(state) {}

std::uint64_t Pcg64::Next64() {
  const Uint128 state = Step(Join(state_.state_high, state_.state_low), Join(state_.inc_high, state_.inc_low));
  state_.state_high = High(state);
  state_.state_low = Low(state);
  // The output function XSL-RR: xor of the halves, rotated right by the top
  // six bits.
  return std::rotr(High(state) ^ Low(state), static_cast<int>(state >> 122));
}

std::uint32_t Pcg64::Next32() {
  state_.has_uint32 = !state_.has_uint32;
  if (!state_.has_uint32) return state_.uinteger;
  const std::uint64_t bits = Next64();
  state_.uinteger = static_cast<std::uint32_t>(bits >> 32);
  return static_cast<std::uint32_t>(bits);
}

double Pcg64::NextDouble() { return static_cast<double>(Next64() >> 11) * 0x1p-53; }

// D. Lemire, "Fast Random Integer Generation in an Interval", 2019: the high
// half of draw * count is the result. The 2^32 draws do not divide evenly among
// the results: those with a low half under 2^32 mod count are the surplus, and
// are drawn again.
std::uint32_t Pcg64::NextUpTo(std::uint32_t max) {
  assert(max < std::numeric_limits<std::uint32_t>::max());
  const std::uint32_t count = max + 1;
  const std::uint32_t surplus = -count % count;
  std::uint64_t product;
  do {
    product = std::uint64_t{Next32()} * count;
  } while (static_cast<std::uint32_t>(product) < surplus);
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace zeus::bso::random
