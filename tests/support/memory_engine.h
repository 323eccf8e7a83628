// An engine in memory: begins in microseconds and is gone when it is dropped. For tests that need very many stores.
#ifndef ZEUS_BSO_TESTS_SUPPORT_MEMORY_ENGINE_H_
#define ZEUS_BSO_TESTS_SUPPORT_MEMORY_ENGINE_H_

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/engine.h"

namespace zeus::bso::testing {

// A write copies the tables that it changes, so that whoever holds the old ones keeps reading them: for small stores.
class MemoryEngine : public storage::Engine {
 public:
  using Rows = std::map<std::string, std::string, std::less<>>;
  // The store at one time; null: an empty table.
  using State = std::array<std::shared_ptr<const Rows>, storage::kTables.size()>;

  std::unique_ptr<storage::Snapshot> TakeSnapshot() override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Write(std::span<const storage::WriteBatch* const> batches, bool sync) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Probe() override { return absl::OkStatus(); }
  absl::Status Reopen() override ABSL_LOCKS_EXCLUDED(mutex_);
  void SetFailureHandler(FailureHandler handler) override { failure_handler_ = std::move(handler); }

  // Fails, and has lost all rows when its store has opened it again, which is when this returns. So nothing that the
  // store had in memory or in its queue outlives the rows.
  void LoseAll() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  FailureHandler failure_handler_;
  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
  bool is_losing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_MEMORY_ENGINE_H_
