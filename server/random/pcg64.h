// Pcg64 is the source of random bits: the permuted congruential generator
// PCG-XSL-RR-128/64, seeded as NumPy 1.24's default_rng(seed) seeds it. Its
// whole state can be read, stored and restored. Not thread-safe: one user at a
// time. Source: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient
// Statistically Good Algorithms for Random Number Generation", 2014.

#ifndef ZEUS_BSO_SERVER_RANDOM_PCG64_H_
#define ZEUS_BSO_SERVER_RANDOM_PCG64_H_

#include <cstdint>

#include "model/pcg64_state.h"
#include "server/random/seed_sequence.h"

namespace zeus::bso::random {

class Pcg64 {
 public:
  explicit Pcg64(std::uint64_t seed);
  explicit Pcg64(const SeedSequence& seeds);
  // Continues where the generator that `state` was read from stood.
  explicit Pcg64(const Pcg64State& state);

  const Pcg64State& state() const { return state_; }

  // Uniform over all 64-bit numbers.
  std::uint64_t Next64();

  // Uniform over all 32-bit numbers.
  std::uint32_t Next32();

  // Uniform over the multiples of 2^-53 in [0, 1).
  double NextDouble();

  // Uniform over 0 ... max, both included. `max` is below 2^32 - 1.
  std::uint32_t NextUpTo(std::uint32_t max);

 private:
  Pcg64State state_;
};

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_SERVER_RANDOM_PCG64_H_
