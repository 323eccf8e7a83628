// SeedSequence hashes a small amount of entropy into well-mixed seed material,
// so that close seeds (0, 1, 2, ...) start unrelated generators. It equals
// NumPy 1.24's SeedSequence for entropy of at most four 32-bit words.
// Immutable after construction, hence safe to share between threads.
// Source: M. E. O'Neill, "Developing a seed_seq Alternative" (seed_seq_fe),
// 2015.

#ifndef ZEUS_BSO_SERVER_RANDOM_SEED_SEQUENCE_H_
#define ZEUS_BSO_SERVER_RANDOM_SEED_SEQUENCE_H_

#include <array>
#include <cstdint>

namespace zeus::bso::random {

class SeedSequence {
 public:
  // Least significant word first. Missing words count as zeros.
  using Words = std::array<std::uint32_t, 4>;

  explicit SeedSequence(std::uint64_t seed);
  explicit SeedSequence(const Words& entropy);

  // 128 bits of the operating system's entropy.
  static SeedSequence FromSystemEntropy();

  // 256 bits of seed material, the same at every call.
  std::array<std::uint64_t, 4> GenerateState() const;

 private:
  Words pool_;
};

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_SERVER_RANDOM_SEED_SEQUENCE_H_
