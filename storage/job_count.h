// How many jobs a store has: as noted at its last end, or else counted in the background; and kept up to date by
// commits.
#ifndef ZEUS_BSO_STORAGE_JOB_COUNT_H_
#define ZEUS_BSO_STORAGE_JOB_COUNT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// Thread-safe.
class JobCount {
 public:
  // `known`: how many there are now; absent: they are counted. No job may be added or deleted before it returns.
  // `engine` outlives the count.
  JobCount(Engine& engine, std::optional<int64_t> known);
  ~JobCount();

  JobCount(const JobCount&) = delete;
  JobCount& operator=(const JobCount&) = delete;

  // `difference` more were committed.
  void Add(int64_t difference) { count_.fetch_add(difference, std::memory_order_relaxed); }

  // Too low while the jobs of the start are being counted.
  int64_t value() const { return count_.load(std::memory_order_relaxed); }

  // Writes the value for the next start, unless it is too low. `incarnation`: that of the store, which no job may be
  // added to or deleted from any more.
  absl::Status Note(Transaction& transaction, uint32_t incarnation) const;

  // What was noted at the end of that incarnation; absent where nothing was, as after a crash.
  static absl::StatusOr<std::optional<int64_t>> FindNote(Transaction& transaction, uint32_t incarnation);

 private:
  // `start` reads the store as it was then.
  void CountAll(Transaction& start);

  std::atomic<int64_t> count_;
  std::atomic<bool> is_exact_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_COUNT_H_
