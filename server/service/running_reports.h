// What was heard from running trials: their latest reports, and when. It is kept in memory, so that a report or a
// heartbeat that changes nothing is no write.
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
#include "absl/time/time.h"
#include "model/trial.h"

namespace zeus::bso {

// Whether a report that comes now was made before one of more epochs that is known.
bool WasOvertaken(const std::optional<TrialProgress>& known, const TrialProgress& report);

// `known` and the report that comes now, whose cost is `cost`: the one with more epochs; of two without epochs, the
// later one. But a training that `is_resumed` may have gone back to an older checkpoint, after which it has fewer
// epochs and has spent more. The first epoch is that of the first report of it.
TrialProgress MergeReports(const std::optional<TrialProgress>& known, const TrialProgress& report, double cost,
                           bool is_resumed = false);

// Forgets the trials that were heard from longest ago when there are more than 262,144, about 40 MB: so those that run
// are kept before those that have ended. Nothing is forgotten at a trial's end, since the session that ends it may fail
// to commit. Thread-safe.
class RunningReports {
 public:
  // Names a trial within the store: the uid of its job, and its number.
  using Key = std::pair<uint64_t, int64_t>;

  struct Heard {
    absl::Time time;                        // On the store's clock: the last time.
    std::optional<TrialProgress> progress;  // Absent: it has sent heartbeats only.
  };

  std::optional<Heard> Find(const Key& key) const;

  // It was heard from, with a report or without.
  void Hear(const Key& key, absl::Time now, const std::optional<TrialProgress>& progress = std::nullopt);

 private:
  static constexpr size_t kNumShards = 16;
  static constexpr size_t kMaxTrialsOfShard = 16'384;

  using Reports = std::list<std::pair<Key, Heard>>;

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
