// The jobs in use: each with its lock, what of it is in memory, and the batches that change it and are not written yet.
//
// No thread waits for a lock. A call tries to lock a name when it first needs it. If another call holds it, the caller
// gives its own locks back and asks for all of them again, in ascending order, with Lock: it then goes on on the thread
// that gives the last of them back.
#ifndef ZEUS_BSO_STORAGE_JOB_CACHE_H_
#define ZEUS_BSO_STORAGE_JOB_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "storage/latest_rows.h"
#include "storage/loaded_job.h"
#include "storage/stats.h"

namespace zeus::bso::storage {

// Thread-safe.
class JobCache {
 public:
  class Entry;
  using Entries = std::vector<Entry*>;

  struct Ready;
  using ReadyCalls = std::deque<Ready>;

  // What a call does under its locks, which it gives back itself. Adds calls that have got their locks by that.
  using UnderLocks = absl::AnyInvocable<void(Entries locked, ReadyCalls& ready) &&>;

  // A call that has got its locks. Whoever receives it runs it.
  struct Ready {
    Entries locked;  // In the order of their names.
    UnderLocks run;
  };

  // What has one name: a job, or a request_id. It lives at least as long as it is locked.
  class Entry {
   public:
    // The job, for who holds the lock; absent: not loaded.
    std::optional<LoadedJob> job;

    const std::string& name() const { return name_; }

   private:
    friend class JobCache;

    // A call that waits for locks.
    struct Waiter {
      std::vector<std::string> names;  // Ascending.
      UnderLocks run;
      Entries locked = {};  // Of the first names.
    };

    explicit Entry(absl::string_view name) : name_(name) {}

    const std::string name_;
    size_t bytes_ = 0;  // Of `job`; set before the lock is given back.
    // All that follows is guarded by the mutex of the cache.
    bool is_locked_ = true;
    bool is_stale_ = false;  // The cache was cleared while it was locked.
    std::deque<std::unique_ptr<Waiter>> waiters_;
    QueuedBatches queued_;                               // In order.
    std::optional<std::list<Entry*>::iterator> unused_;  // Its place among those that may be evicted.
  };

  // Keeps at most about `max_bytes` of jobs that are neither locked nor queued.
  explicit JobCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // The entry of `name`, locked; null if another call holds it.
  Entry* TryLock(absl::string_view name) ABSL_LOCKS_EXCLUDED(mutex_);

  // Locks all of `names`, for `run`: now, if the call is returned, or when others give them back. `names` are distinct
  // and ascending.
  std::optional<Ready> Lock(std::vector<std::string> names, UnderLocks run) ABSL_LOCKS_EXCLUDED(mutex_);

  // Gives locks back. Returns the calls that have got theirs by this.
  std::vector<Ready> Unlock(std::span<Entry* const> entries) ABSL_LOCKS_EXCLUDED(mutex_);

  // The batches of a locked entry that are not written yet. To be called before a snapshot is taken: what is written
  // meanwhile is in both, which does no harm.
  QueuedBatches QueuedOf(const Entry& entry) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether one of these entries was changed by a batch that is not written yet.
  bool HasQueued(std::span<Entry* const> entries) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets what was in memory of entries, which are locked, if the cache was cleared since then.
  void DropStale(std::span<Entry* const> entries) ABSL_LOCKS_EXCLUDED(mutex_);

  // Notes that a batch that changes these entries, which are locked, is about to be queued; that it was written; that
  // it was not queued after all, while they are still locked.
  void AddQueued(std::span<Entry* const> entries, const std::shared_ptr<const WriteBatch>& batch)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void RemoveQueued(std::span<Entry* const> entries, const WriteBatch& batch) ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets all jobs and all queued batches.
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

  // Counts that a call has found its job here, or has not.
  void CountLookup(bool is_hit) { (is_hit ? num_hits_ : num_misses_).fetch_add(1, std::memory_order_relaxed); }
  JobCacheStats stats() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool Take(std::unique_ptr<Entry::Waiter>& waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entry* TryLockLocked(absl::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After an entry was unlocked, or is not queued any more.
  void Settle(Entry& entry, std::vector<std::unique_ptr<Entry>>& evicted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<Entry> Remove(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_bytes_;
  std::atomic<int64_t> num_hits_ = 0;
  std::atomic<int64_t> num_misses_ = 0;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<absl::string_view, std::unique_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
  std::list<Entry*> unused_ ABSL_GUARDED_BY(mutex_);  // Neither locked nor queued, the one used last at the end.
  size_t unused_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_CACHE_H_
