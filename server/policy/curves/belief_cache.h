// Keeps the beliefs of jobs from one call to the next.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_BELIEF_CACHE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_BELIEF_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// A fit is found again by the state that it was made of, not by a revision: states of sessions that have not committed,
// and perhaps never will, do no harm here. Thread-safe.
class BeliefCache {
 public:
  // Keeps about `capacity_bytes`, the latest used.
  explicit BeliefCache(size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  // Fit(state), kept under `name`, which is that of the job.
  std::shared_ptr<const Beliefs> FitCached(absl::string_view name, const State& state) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    std::string name;
    State state;  // Without what beliefs do not depend on.
    std::shared_ptr<const Beliefs> beliefs;
  };

  void Keep(absl::string_view name, Entry entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Evict() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t capacity_bytes_;
  absl::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // The latest used first.
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_name_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_BELIEF_CACHE_H_
