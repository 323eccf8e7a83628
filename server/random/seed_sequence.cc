#include "server/random/seed_sequence.h"

#include <cstddef>
#include <random>

namespace zeus::bso::random {
namespace {

std::uint32_t FoldHighHalf(std::uint32_t value) { return value ^ (value >> 16); }

// Hashes one word after another. The constant changes with each word, so that
// equal words at different places hash differently.
class WordHash {
 public:
  WordHash(std::uint32_t constant, std::uint32_t multiplier) : constant_(constant), multiplier_(multiplier) {}

  std::uint32_t operator()(std::uint32_t word) {
    word ^= constant_;
    constant_ *= multiplier_;
    return FoldHighHalf(word * constant_);
  }

 private:
  std::uint32_t constant_;
  const std::uint32_t multiplier_;
};

std::uint32_t Mix(std::uint32_t x, std::uint32_t y) { return FoldHighHalf(0xca01f9ddu * x - 0x4973f715u * y); }

SeedSequence::Words SplitWords(std::uint64_t seed) {
  return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32), 0, 0};
}

}  // namespace

SeedSequence::SeedSequence(std::uint64_t seed) : SeedSequence(SplitWords(seed)) {}

SeedSequence::SeedSequence(const Words& entropy) {
  WordHash hash(0x43b0d7e5u, 0x931e8875u);
  for (std::size_t i = 0; i < pool_.size(); ++i) pool_[i] = hash(entropy[i]);
  // Every word into every other, so that each bit of entropy reaches the whole
  // pool.
  for (std::size_t from = 0; from < pool_.size(); ++from) {
    for (std::size_t to = 0; to < pool_.size(); ++to) {
      if (from != to) pool_[to] = Mix(pool_[to], hash(pool_[from]));
    }
  }
}

SeedSequence SeedSequence::FromSystemEntropy() {
  std::random_device device;
  Words entropy;
  for (std::uint32_t& word : entropy) word = device();
  return SeedSequence(entropy);
}

std::array<std::uint64_t, 4> SeedSequence::GenerateState() const {
  WordHash hash(0x8b51f9ddu, 0x58f38dedu);
  std::array<std::uint64_t, 4> state;
  for (std::size_t i = 0; i < state.size(); ++i) {
    // The pool is read round and round, two words for each number.
    const std::uint64_t low = hash(pool_[2 * i % pool_.size()]);
    const std::uint64_t high = hash(pool_[(2 * i + 1) % pool_.size()]);
    state[i] = high << 32 | low;
  }
  return state;
}

}  // namespace zeus::bso::random
