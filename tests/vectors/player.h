// Plays recorded decisions against the curves policy.
#ifndef ZEUS_BSO_TESTS_VECTORS_PLAYER_H_
#define ZEUS_BSO_TESTS_VECTORS_PLAYER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

struct PlayResult {
  int64_t sequences = 0;  // that agreed to their end
  int64_t steps = 0;      // that agreed
  // The largest difference of two numbers that agreed, divided by max(1, the recorded number).
  double largest_difference = 0;
  // The first difference, after which nothing more is played: the sequence, the step (from 1), the number, what was
  // expected and what came. None if all agreed.
  std::optional<std::string> difference;
};

PlayResult Play(const std::vector<Sequence>& sequences);

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_PLAYER_H_
