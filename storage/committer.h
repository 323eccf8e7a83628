// The one thread that writes to the engine. It drains a queue of batches and writes all of them as one group, with one
// sync. Callers never wait for a write: the committer calls back.
//
// Callers who were answered together tend to call again together. So before the committer syncs, it gives as many as it
// answered last the time to come, for about one sync: a sync takes CPU that their calls need, and fewer of them serve
// more. Who calls alone never waits for others.
//
// After a write has failed, its group may still come back from the log when the engine is reopened. So nothing more is
// written before that, and changes are refused meanwhile.
#ifndef ZEUS_BSO_STORAGE_COMMITTER_H_
#define ZEUS_BSO_STORAGE_COMMITTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/engine.h"
#include "storage/stats.h"
#include "storage/write_batch.h"

namespace zeus::bso::storage {

// The error of a call that a failure of the disk kept from changing anything.
absl::Status NothingChanged(const absl::Status& cause);

// Thread-safe.
class Committer {
 public:
  using Done = absl::AnyInvocable<void(const absl::Status&) &&>;

  // Batches are refused while more than kMaxQueuedBytes are queued. A group has at most kMaxGroupBytes, unless one
  // batch is larger.
  static constexpr size_t kMaxQueuedBytes = size_t{16} << 20;
  static constexpr size_t kMaxGroupBytes = size_t{1} << 20;

  struct Options {
    bool sync = true;                         // Whether batches that ask for it are synced.
    int64_t num_jobs = 0;                     // How many jobs the store has now.
    uint32_t incarnation = 0;                 // Of the store; see schema.h.
    absl::Duration retry = absl::Minutes(5);  // See `give_up`; zero: for ever.
    std::function<void()> clear_cache;        // What was read is out of date. Called with a lock held.
    std::function<void()> reopened = [] {};   // The engine works again, and no change was taken since.
    std::function<void()> give_up = [] {};    // Reopening has failed for `retry`, though the disk takes writes.
  };

  // `engine` outlives the committer.
  Committer(Engine& engine, Options options);

  // Writes all that is queued, completes all calls, and stops.
  ~Committer();

  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Grows with each failed write and each reopening. A body that began in an older generation may have read what was
  // never written: its batch must not be queued.
  uint64_t generation() const { return generation_; }

  // Queues a batch of a body that began in `generation`. `done` is called once, on the committer's thread, where it
  // must not block: OK when the batch is written; STORAGE_* when the write failed, or was not tried.
  // Returns an error, and drops `done`, if nothing was queued and nothing will change: STORAGE_FULL or
  // STORAGE_UNAVAILABLE while the engine fails, if the queue is full, or if the generation has passed.
  absl::Status Enqueue(std::shared_ptr<const WriteBatch> batch, uint64_t generation, Done done)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `done` when all batches that were queued before are written: at once if there are none. With an error if one
  // of them was not, or if `generation` has passed, so that this may be so.
  void AwaitWritten(uint64_t generation, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

  // Jobs of the store, with those of queued batches.
  const std::atomic<int64_t>& num_jobs() const { return num_jobs_; }

  // Why changes are refused; OK: they are not. A write that takes longer than some seconds counts as well.
  absl::Status health() const ABSL_LOCKS_EXCLUDED(mutex_);

  CommitterStats stats() const ABSL_LOCKS_EXCLUDED(mutex_);

  // A snapshot, and the sums of exactly those batches that it shows. May wait for a write.
  struct SummedSnapshot {
    std::unique_ptr<Snapshot> snapshot;
    JobSums sums;
    uint64_t generation = 0;
  };
  SummedSnapshot TakeSummedSnapshot() ABSL_LOCKS_EXCLUDED(summing_mutex_, mutex_);

  // How long the last write took, with its sync. To be called within a Done only.
  absl::Duration last_write_time() const { return last_write_time_; }

 private:
  struct Entry {
    std::shared_ptr<const WriteBatch> batch;  // Null: a call that waits for those before it.
    Done done;
  };
  using Group = std::vector<Entry>;

  void Run();
  // The next group; empty when the engine has failed, or the committer stops.
  Group TakeGroup() ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitForMore() ABSL_LOCKS_EXCLUDED(mutex_);
  bool ExpectsMore() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Write(const Group& group) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status WriteToEngine(const std::vector<const WriteBatch*>& batches, bool sync, int64_t num_commits,
                             const JobSums& sums) ABSL_LOCKS_EXCLUDED(summing_mutex_, mutex_);
  // Refuses changes, and fails what is queued, from now on until ReopenEngine.
  void Refuse(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mutex_);
  // After a failure: the failed group may have changed it.
  void ReadJobCount();
  // Returns when the engine is reopened, or the committer stops.
  void ReopenEngine() ABSL_LOCKS_EXCLUDED(mutex_);
  void NoteFailure(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !queue_.empty() || !engine_failure_.ok();
  }

  Engine& engine_;
  const Options options_;
  mutable absl::Mutex mutex_;
  std::deque<Entry> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Time> write_start_ ABSL_GUARDED_BY(mutex_);  // Of the write in progress.
  std::atomic<uint64_t> generation_ = 0;                           // Changed under the mutex, like num_jobs_.
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);                   // Why changes are refused.
  absl::Status engine_failure_ ABSL_GUARDED_BY(mutex_);            // What the engine met in the background.
  std::atomic<int64_t> num_jobs_;                                  // With queued batches.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  CommitterStats stats_ ABSL_GUARDED_BY(mutex_);
  // Held during a write. So a snapshot that is taken with it shows the batches that `stats_` has counted, and no
  // others.
  absl::Mutex summing_mutex_;

  // Of the committer's thread.
  int64_t num_written_jobs_;
  size_t last_group_size_ = 0;
  absl::Duration last_write_time_;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_COMMITTER_H_
