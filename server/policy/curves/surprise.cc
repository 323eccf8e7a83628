#include "server/policy/curves/surprise.h"

namespace zeus::bso::curves {
namespace {

constexpr double kFirmWeight = 2;

int Direction(double deviation) { return deviation > 0 ? 1 : -1; }

}  // namespace

Verdict JudgeSurprise(const Surprise& last, size_t size, double deviation, double weight) {
  const bool again = last.direction == Direction(deviation);
  const bool here = again && last.size == size;
  const bool elsewhere = again && last.size != size;
  Verdict verdict{.believe = weight < kFirmWeight || again, .spread = elsewhere || (here && deviation < 0)};
  if (elsewhere && last.believed) verdict.skip = last.size;
  return verdict;
}

Surprise MakeSurprise(size_t size, double deviation, bool believed) {
  return {.direction = Direction(deviation), .size = size, .believed = believed};
}

}  // namespace zeus::bso::curves
