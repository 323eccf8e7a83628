// Where answers wait for the disk: one thread takes everyone who waits, syncs the engine once, and completes them all.
// So no handler ever waits for a disk, and one sync serves as many calls as came in during the last one.
//
// Callers who were answered together tend to call again together. So before the gate syncs, it gives as many as it
// answered last the time to come, for about one sync: a sync takes CPU that their calls need, and fewer of them serve
// more. Who calls alone never waits for others.
#ifndef ZEUS_BSO_STORAGE_DURABILITY_GATE_H_
#define ZEUS_BSO_STORAGE_DURABILITY_GATE_H_

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// Thread-safe.
class DurabilityGate {
 public:
  using Done = absl::AnyInvocable<void(absl::Status) &&>;

  // `engine` outlives the gate.
  explicit DurabilityGate(Engine& engine);

  // Completes everyone who waits, then returns.
  ~DurabilityGate();

  DurabilityGate(const DurabilityGate&) = delete;
  DurabilityGate& operator=(const DurabilityGate&) = delete;

  // Calls `done` once everything that is visible now is on the disk: at once when it is already, else from the gate's
  // thread, where it must not block. An error is that of Engine::Sync: whether the change survives is unknown.
  void Wait(Done done) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // Everyone who waits, when somebody does; nobody when the gate stops.
  std::vector<Done> AwaitBatch() ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether fewer wait than were answered last.
  bool ExpectsMore() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); }

  Engine& engine_;
  mutable absl::Mutex mutex_;
  std::vector<Done> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t synced_position_ ABSL_GUARDED_BY(mutex_) = 0;  // Everything committed up to here is on the disk.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the gate's thread.
  size_t last_batch_size_ = 0;
  absl::Duration last_sync_time_;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_DURABILITY_GATE_H_
