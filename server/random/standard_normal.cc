// Results depend on every rounding: the build passes -ffp-contract=off, so that
// no multiplication and addition are fused into one. exp and log1p are the C
// library's, as in NumPy.

#include "server/random/standard_normal.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "server/random/ziggurat_tables.h"

namespace zeus::bso::random {
namespace {

// One 64-bit draw: 8 bits of layer, a sign bit, 52 bits of position; the
// topmost 3 bits go unused.
struct Candidate {
  std::size_t layer;
  bool negative;
  std::uint64_t position;

  explicit Candidate(std::uint64_t bits)
      : layer(bits & 0xff), negative((bits >> 8 & 1) != 0), position(bits >> 9 & 0x000fffffffffffffu) {}

  double Value() const {
    const double magnitude = static_cast<double>(position) * kZigguratScale[layer];
    return negative ? -magnitude : magnitude;
  }
};

// The magnitude of a normal variable known to exceed the ziggurat's edge. The
// logarithms take 1 - U, which is never 0, in place of U.
double TailMagnitude(Pcg64& bits) {
  while (true) {
    const double excess = -kZigguratEdgeInverse * std::log1p(-bits.NextDouble());
    const double bound = -std::log1p(-bits.NextDouble());
    if (bound + bound > excess * excess) return kZigguratEdge + excess;
  }
}

// Whether a point of uniform height within the layer's wedge lies below the
// density at `x`.
bool BelowDensity(std::size_t layer, double x, Pcg64& bits) {
  const double bottom = kZigguratDensity[layer];
  const double height = kZigguratDensity[layer - 1] - bottom;
  return height * bits.NextDouble() + bottom < std::exp(-0.5 * x * x);
}

}  // namespace

double StandardNormal(Pcg64& bits) {
  while (true) {
    const Candidate candidate(bits.Next64());
    const double x = candidate.Value();
    if (candidate.position < kZigguratInside[candidate.layer]) return x;
    if (candidate.layer == 0) {
      const double magnitude = TailMagnitude(bits);
      // The sign comes from the position here; the sign bit has no say.
      return (candidate.position >> 8 & 1) != 0 ? -magnitude : magnitude;
    }
    if (BelowDensity(candidate.layer, x, bits)) return x;
  }
}

}  // namespace zeus::bso::random
