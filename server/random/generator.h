// Generator draws permutations and normal numbers exactly as NumPy 1.24's
// default_rng(seed): the same seed and the same calls give the same results,
// bit for bit, and leave the same state. Not thread-safe: one user at a time.

#ifndef ZEUS_BSO_SERVER_RANDOM_GENERATOR_H_
#define ZEUS_BSO_SERVER_RANDOM_GENERATOR_H_

#include <cstdint>
#include <span>
#include <vector>

#include "server/random/pcg64.h"

namespace zeus::bso::random {

class Generator {
 public:
  explicit Generator(std::uint64_t seed);
  // Continues where the generator that `state` was read from stood.
  explicit Generator(const Pcg64State& state);

  // Seeded by the operating system: no two generators are alike.
  static Generator FromEntropy();

  const Pcg64State& state() const { return bits_.state(); }

  // All of `population` in random order: NumPy's
  // choice(population, len(population), replace=False). At most 2^32 - 1
  // elements.
  std::vector<std::int64_t> Choice(std::span<const std::int64_t> population);

  // A normal number of mean `loc` and standard deviation `scale`.
  double Normal(double loc, double scale);

  // A normal number of mean 0 and standard deviation 1: NumPy's
  // standard_normal(). Takes the same draws as Normal.
  double StandardNormal();

 private:
  explicit Generator(const Pcg64& bits);

  Pcg64 bits_;
};

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_SERVER_RANDOM_GENERATOR_H_
