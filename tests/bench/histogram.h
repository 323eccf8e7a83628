// Latencies in buckets whose width grows with the value, so that every quantile is known to within 1.6%.
#ifndef ZEUS_BSO_TESTS_BENCH_HISTOGRAM_H_
#define ZEUS_BSO_TESTS_BENCH_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace zeus::bso::bench {

// Thread-safe.
class Histogram {
 public:
  void Add(std::chrono::nanoseconds value) {
    buckets_[Index(static_cast<uint64_t>(std::max<int64_t>(value.count(), 0)))].fetch_add(1, std::memory_order_relaxed);
  }

  int64_t count() const {
    int64_t count = 0;
    for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
    return count;
  }

  // The value that `quantile` (in [0, 1]) of all values do not exceed, in microseconds; 0 when there are none.
  double QuantileMicros(double quantile) const {
    const auto rank = static_cast<int64_t>(std::ceil(quantile * static_cast<double>(count())));
    int64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i].load(std::memory_order_relaxed);
      if (seen >= rank && seen > 0) return Middle(i) / 1000;
    }
    return 0;
  }

 private:
  // Values below 2^kBits have a bucket each; every further doubling has 2^kBits buckets.
  static constexpr int kBits = 6;
  static constexpr int kMaxExponent = 40;  // 2^40 nanoseconds are 18 minutes.
  static constexpr size_t kNumBuckets = static_cast<size_t>(kMaxExponent - kBits + 1) << kBits;

  static size_t Index(uint64_t value) {
    value = std::min(value, (uint64_t{1} << kMaxExponent) - 1);
    const int shift = std::max(static_cast<int>(std::bit_width(value)) - 1 - kBits, 0);
    return (static_cast<size_t>(shift) << kBits) + static_cast<size_t>(value >> shift);
  }

  // The middle of a bucket, in nanoseconds.
  static double Middle(size_t index) {
    const size_t doubled = index >> kBits;
    const size_t shift = doubled == 0 ? 0 : doubled - 1;
    const uint64_t first = static_cast<uint64_t>(index - (shift << kBits)) << shift;
    return static_cast<double>(first) + static_cast<double>((uint64_t{1} << shift) - 1) / 2;
  }

  std::array<std::atomic<int64_t>, kNumBuckets> buckets_ = {};
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_HISTOGRAM_H_
