// Counts the calls of one transport: how many began, how they ended, and how long they took.
#ifndef ZEUS_BSO_SERVER_METRICS_CALL_COUNTS_H_
#define ZEUS_BSO_SERVER_METRICS_CALL_COUNTS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "model/histogram.h"
#include "server/metrics/sharded_counters.h"

namespace zeus::bso::metrics {

// In seconds.
inline constexpr std::array<double, 15> kCallSecondsBounds = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30};

// Thread-safe. Methods are numbers.
class CallCounts {
 public:
  // Status codes are those of absl::Status, from OK to UNAUTHENTICATED.
  static constexpr size_t kNumCodes = 17;

  struct Totals {
    int64_t started = 0;
    std::array<int64_t, kNumCodes> handled = {};  // By code.
    Histogram<kCallSecondsBounds.size()> seconds{.bounds = kCallSecondsBounds};
  };

  explicit CallCounts(size_t num_methods) : num_methods_(num_methods), counters_(num_methods * kStride) {}

  void Begin(size_t method) { counters_.Add(method * kStride, 1); }

  // Each call that began ends once.
  void End(size_t method, absl::StatusCode code, std::chrono::nanoseconds duration);

  Totals Read(size_t method) const;

  size_t num_methods() const { return num_methods_; }

 private:
  // The counters of a method: started, handled by code, buckets, and the sum of the durations in nanoseconds.
  static constexpr size_t kHandled = 1;
  static constexpr size_t kBuckets = kHandled + kNumCodes;
  static constexpr size_t kSum = kBuckets + kCallSecondsBounds.size() + 1;
  static constexpr size_t kStride = 40;
  static_assert(kSum < kStride);

  const size_t num_methods_;
  ShardedCounters counters_;
};

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_CALL_COUNTS_H_
