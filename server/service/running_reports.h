// The latest report of each running trial. They are kept in memory, so that a report that changes nothing is no write.
#ifndef ZEUS_BSO_SERVER_SERVICE_RUNNING_REPORTS_H_
#define ZEUS_BSO_SERVER_SERVICE_RUNNING_REPORTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "model/trial.h"

namespace zeus::bso {

// `known` and the report that comes now: the one with more epochs, the later one in a tie. The cost of the first epoch
// is that of the first report of it.
TrialProgress MergeReports(const std::optional<TrialProgress>& known, const TrialProgress& report, double cost);

// Forgets the trials that reported for the first time longest ago when there are more than 65,536, about 8 MB. Nothing
// is forgotten at a trial's end: the session that ends it may fail to commit. Thread-safe.
class RunningReports {
 public:
  // Names a trial within the store: the uid of its job, and its number.
  using Key = std::pair<uint64_t, int64_t>;

  std::optional<TrialProgress> Find(const Key& key) const;

  void Keep(const Key& key, const TrialProgress& progress);

 private:
  static constexpr size_t kNumShards = 16;
  static constexpr size_t kMaxTrialsOfShard = 4096;

  struct Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<Key, TrialProgress> trials ABSL_GUARDED_BY(mutex);
    std::deque<Key> in_order ABSL_GUARDED_BY(mutex);  // Of `trials`, the oldest first.
  };

  static size_t ShardOf(const Key& key) { return absl::Hash<Key>()(key) % kNumShards; }

  std::array<Shard, kNumShards> shards_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_RUNNING_REPORTS_H_
