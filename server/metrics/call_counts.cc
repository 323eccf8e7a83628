#include "server/metrics/call_counts.h"

namespace zeus::bso::metrics {
namespace {

constexpr double kNanosPerSecond = 1e9;

constexpr std::array<int64_t, kCallSecondsBounds.size()> BoundsInNanos() {
  std::array<int64_t, kCallSecondsBounds.size()> bounds = {};
  for (size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = static_cast<int64_t>(kCallSecondsBounds[i] * kNanosPerSecond + 0.5);
  }
  return bounds;
}

// Most calls are in one of the first buckets.
size_t BucketOf(int64_t nanos) {
  static constexpr auto kBounds = BoundsInNanos();
  size_t bucket = 0;
  while (bucket < kBounds.size() && nanos > kBounds[bucket]) ++bucket;
  return bucket;
}

size_t IndexOf(absl::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < CallCounts::kNumCodes ? index : static_cast<size_t>(absl::StatusCode::kUnknown);
}

}  // namespace

void CallCounts::End(size_t method, absl::StatusCode code, std::chrono::nanoseconds duration) {
  const size_t first = method * kStride;
  counters_.Add(first + kHandled + IndexOf(code), 1);
  counters_.Add(first + kBuckets + BucketOf(duration.count()), 1);
  counters_.Add(first + kSum, duration.count());
}

CallCounts::Totals CallCounts::Read(size_t method) const {
  const size_t first = method * kStride;
  Totals totals;
  totals.started = counters_.Sum(first);
  for (size_t i = 0; i < kNumCodes; ++i) totals.handled[i] = counters_.Sum(first + kHandled + i);
  for (size_t i = 0; i < totals.seconds.counts.size(); ++i) {
    totals.seconds.counts[i] = counters_.Sum(first + kBuckets + i);
  }
  totals.seconds.sum = static_cast<double>(counters_.Sum(first + kSum)) / kNanosPerSecond;
  return totals;
}

}  // namespace zeus::bso::metrics
