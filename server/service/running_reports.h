// The latest report of each running trial. They are kept in memory, so that a report that changes nothing is no write.
#ifndef ZEUS_BSO_SERVER_SERVICE_RUNNING_REPORTS_H_
#define ZEUS_BSO_SERVER_SERVICE_RUNNING_REPORTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
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

// Forgets the trials that reported last longest ago when there are more than 65,536, about 8 MB: so those that run are
// kept before those that have ended. Nothing is forgotten at a trial's end, since the session that ends it may fail to
// commit. Thread-safe.
class RunningReports {
 public:
  // Names a trial within the store: the uid of its job, and its number.
  using Key = std::pair<uint64_t, int64_t>;

  std::optional<TrialProgress> Find(const Key& key) const;

  void Keep(const Key& key, const TrialProgress& progress);

 private:
  static constexpr size_t kNumShards = 16;
  static constexpr size_t kMaxTrialsOfShard = 4096;

  using Reports = std::list<std::pair<Key, TrialProgress>>;

  struct Shard {
    mutable absl::Mutex mutex;
    Reports reports ABSL_GUARDED_BY(mutex);  // The latest last.
    absl::flat_hash_map<Key, Reports::iterator> by_trial ABSL_GUARDED_BY(mutex);
  };

  static size_t ShardOf(const Key& key) { return absl::Hash<Key>()(key) % kNumShards; }

  std::array<Shard, kNumShards> shards_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_RUNNING_REPORTS_H_
