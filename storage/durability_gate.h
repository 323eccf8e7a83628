// Where answers wait for the disk: one thread takes everyone who waits, syncs the engine once, and completes them all.
// So no handler ever waits for a disk, and one sync serves as many calls as came in during the last one.
#ifndef ZEUS_BSO_STORAGE_DURABILITY_GATE_H_
#define ZEUS_BSO_STORAGE_DURABILITY_GATE_H_

#include <cstdint>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
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
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); }

  Engine& engine_;
  absl::Mutex mutex_;
  std::vector<Done> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t synced_position_ ABSL_GUARDED_BY(mutex_) = 0;  // Everything committed up to here is on the disk.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_DURABILITY_GATE_H_
