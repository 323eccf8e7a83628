// Collects the rows of deleted jobs in the background, a bounded number per batch, so that deleting a job of any
// size is one small write. What a crash leaves uncollected is found again at the next start.
#ifndef ZEUS_BSO_STORAGE_COLLECTOR_H_
#define ZEUS_BSO_STORAGE_COLLECTOR_H_

#include <cstdint>
#include <memory>
#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "storage/committer.h"
#include "storage/engine.h"
#include "storage/keys.h"

namespace zeus::bso::storage {

// Thread-safe.
class Collector {
 public:
  // Starts with what is there. `engine` and `committer` outlive the collector.
  Collector(Engine& engine, Committer& committer);

  // Stops after the batch in hand.
  ~Collector();

  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Says that there is garbage.
  void Notify() ABSL_LOCKS_EXCLUDED(mutex_);

  // Keeps the rows of a job that is being made from being collected, as long as the result lives, which must not
  // outlive the collector. Then they are collected if they are garbage.
  std::shared_ptr<const void> Hold(Uid uid) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // One pass over the garbage; false when it was stopped before its end.
  absl::StatusOr<bool> CollectAll();
  // Whether the rows of a job with a garbage row are to be deleted: not while it is being made, or once it is whole.
  absl::StatusOr<bool> IsGarbage(Uid uid) ABSL_LOCKS_EXCLUDED(mutex_);
  // Deletes the rows of one deleted job; false as above.
  absl::StatusOr<bool> CollectJob(Uid uid);
  // Deletes at most kRowsPerBatch rows with `prefix`; returns whether there may be more.
  absl::StatusOr<bool> DeleteSome(Table table, absl::string_view prefix);
  // Returns when the batch is written. It must follow from what was read in `generation_`.
  absl::Status Write(WriteBatch batch);
  bool stopping() ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || notified_; }

  Engine& engine_;
  Committer& committer_;
  absl::Mutex mutex_;
  bool notified_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::multiset<Uid> held_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ = 0;  // The committer's generation at the beginning of the pass.
  std::thread thread_;       // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_COLLECTOR_H_
