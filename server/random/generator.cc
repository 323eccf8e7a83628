// Results depend on every rounding: the build passes -ffp-contract=off, so that
// no multiplication and addition are fused into one.

#include "server/random/generator.h"

#include <cstddef>
#include <utility>

#include "server/random/seed_sequence.h"
#include "server/random/standard_normal.h"

namespace zeus::bso::random {
namespace {

// Up to this size NumPy first picks a subset (R. W. Floyd's sampling) and then
// shuffles it; above, it only shuffles.
constexpr std::size_t kLargestSampled = 10000;

// Floyd's sampling of a whole population picks all of it, in order, whatever
// it draws. Only the use of the generator remains.
void SpendSamplingDraws(std::size_t size, Pcg64& bits) {
  for (std::size_t last = 1; last < size; ++last) {
    bits.NextUpTo(static_cast<std::uint32_t>(last));
  }
}

// Fisher and Yates, from the back.
void Shuffle(std::span<std::int64_t> values, Pcg64& bits) {
  for (std::size_t left = values.size(); left > 1; --left) {
    const std::size_t last = left - 1;
    const std::size_t pick = bits.NextUpTo(static_cast<std::uint32_t>(last));
    std::swap(values[pick], values[last]);
  }
}

}  // namespace

Generator::Generator(std::uint64_t seed) : bits_(seed) {}

Generator::Generator(const Pcg64State& state) : bits_(state) {}

Generator::Generator(const Pcg64& bits) : bits_(bits) {}

Generator Generator::FromEntropy() { return Generator(Pcg64(SeedSequence::FromSystemEntropy())); }

std::vector<std::int64_t> Generator::Choice(std::span<const std::int64_t> population) {
  if (population.size() <= kLargestSampled) {
    SpendSamplingDraws(population.size(), bits_);
  }
  std::vector<std::int64_t> chosen(population.begin(), population.end());
  Shuffle(chosen, bits_);
  return chosen;
}

double Generator::Normal(double loc, double scale) { return loc + scale * StandardNormal(); }

double Generator::StandardNormal() { return random::StandardNormal(bits_); }

}  // namespace zeus::bso::random
