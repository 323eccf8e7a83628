// How many jobs a store has: counted in the background from its start on, and kept up to date by commits.
#ifndef ZEUS_BSO_STORAGE_JOB_COUNT_H_
#define ZEUS_BSO_STORAGE_JOB_COUNT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "storage/engine.h"

namespace zeus::bso::storage {

// Thread-safe.
class JobCount {
 public:
  // Counts those that are there now. No job may be added or deleted before it returns. `engine` outlives the count.
  explicit JobCount(Engine& engine);
  ~JobCount();

  JobCount(const JobCount&) = delete;
  JobCount& operator=(const JobCount&) = delete;

  // `difference` more were committed.
  void Add(int64_t difference) { count_.fetch_add(difference, std::memory_order_relaxed); }

  // Too low while the jobs of the start are being counted.
  int64_t value() const { return count_.load(std::memory_order_relaxed); }

 private:
  // `start` reads the store as it was then.
  void CountAll(Transaction& start);

  std::atomic<int64_t> count_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_COUNT_H_
