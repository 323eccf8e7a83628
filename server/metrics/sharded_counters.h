// Counters that every call touches. A thread adds to a shard of its own, so that threads do not fight over cache lines.
// Reading adds the shards up.
#ifndef ZEUS_BSO_SERVER_METRICS_SHARDED_COUNTERS_H_
#define ZEUS_BSO_SERVER_METRICS_SHARDED_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zeus::bso::metrics {

// Thread-safe.
class ShardedCounters {
 public:
  // All counters begin with 0.
  explicit ShardedCounters(size_t num_counters)
      : lines_per_shard_((num_counters + kCountersPerLine - 1) / kCountersPerLine),
        lines_(kNumShards * lines_per_shard_) {}

  void Add(size_t counter, int64_t amount) { Find(ShardOfThread(), counter).fetch_add(amount, kRelaxed); }

  // The counter over all threads. Counters that are added to at the same time may be read in any order.
  int64_t Sum(size_t counter) const {
    int64_t sum = 0;
    for (size_t shard = 0; shard < kNumShards; ++shard) sum += Find(shard, counter).load(kRelaxed);
    return sum;
  }

 private:
  // More threads than shards share them.
  static constexpr size_t kNumShards = 16;
  static constexpr size_t kCountersPerLine = 8;
  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;

  struct alignas(64) Line {
    std::array<std::atomic<int64_t>, kCountersPerLine> counters = {};
  };

  static size_t ShardOfThread() {
    static std::atomic<size_t> num_threads = 0;
    thread_local const size_t shard = num_threads.fetch_add(1, kRelaxed) % kNumShards;
    return shard;
  }

  std::atomic<int64_t>& Find(size_t shard, size_t counter) {
    return lines_[shard * lines_per_shard_ + counter / kCountersPerLine].counters[counter % kCountersPerLine];
  }
  const std::atomic<int64_t>& Find(size_t shard, size_t counter) const {
    return lines_[shard * lines_per_shard_ + counter / kCountersPerLine].counters[counter % kCountersPerLine];
  }

  const size_t lines_per_shard_;
  std::vector<Line> lines_;
};

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_SHARDED_COUNTERS_H_
