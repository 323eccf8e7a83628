// Where a generator of random numbers stands (server/random/pcg64.h).
#ifndef ZEUS_BSO_MODEL_PCG64_STATE_H_
#define ZEUS_BSO_MODEL_PCG64_STATE_H_

#include <cstdint>

namespace zeus::bso {

struct Pcg64State {
  // The 128-bit congruential state, and its increment, which is odd.
  std::uint64_t state_high = 0;
  std::uint64_t state_low = 0;
  std::uint64_t inc_high = 0;
  std::uint64_t inc_low = 1;

  // Next32 takes two numbers from one 64-bit draw and keeps the second here
  // until it is asked for. Once handed out, `uinteger` keeps its last value.
  bool has_uint32 = false;
  std::uint32_t uinteger = 0;

  bool operator==(const Pcg64State&) const = default;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_PCG64_STATE_H_
