// Results depend on every rounding: the build passes -ffp-contract=off, so that
// no multiplication and addition are fused into one, and no option that lets
// the compiler reorder sums.

#include "server/random/statistics.h"

#include <array>
#include <cstddef>
#include <vector>

namespace zeus::bso::random {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kLargestBlock = 128;
constexpr std::size_t kBufferSize = 8192;

double SequentialSum(double start, std::span<const double> values) {
  for (const double value : values) start += value;
  return start;
}

// Value i goes to lane i mod 8; the lanes are added as a tree, then what is
// left over one by one. At least 8 values.
double BlockSum(std::span<const double> values) {
  std::array<double, kLanes> lane{};
  const std::size_t whole = values.size() - values.size() % kLanes;
  for (std::size_t i = 0; i < kLanes; ++i) lane[i] = values[i];
  for (std::size_t i = kLanes; i < whole; ++i) lane[i % kLanes] += values[i];
  const double lanes = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  return SequentialSum(lanes, values.subspan(whole));
}

double PairwiseSum(std::span<const double> values) {
  if (values.size() < kLanes) return SequentialSum(0.0, values);
  if (values.size() <= kLargestBlock) return BlockSum(values);
  const std::size_t half = values.size() / 2;
  const std::size_t first = half - half % kLanes;
  return PairwiseSum(values.first(first)) + PairwiseSum(values.subspan(first));
}

}  // namespace

// NumPy's reductions read through a buffer: each filling is summed pairwise, and
// added to the total, which starts from 0.0 (this shows where all are -0.0).
double Sum(std::span<const double> values) {
  double total = 0.0;
  for (; values.size() > kBufferSize; values = values.subspan(kBufferSize)) {
    total += PairwiseSum(values.first(kBufferSize));
  }
  return total + PairwiseSum(values);
}

double Mean(std::span<const double> values) { return Sum(values) / static_cast<double>(values.size()); }

double PopulationVariance(std::span<const double> values) {
  const double mean = Mean(values);
  std::vector<double> squares;
  squares.reserve(values.size());
  for (const double value : values) {
    const double deviation = value - mean;
    squares.push_back(deviation * deviation);
  }
  return Mean(squares);
}

}  // namespace zeus::bso::random
