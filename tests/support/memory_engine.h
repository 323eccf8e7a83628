// An engine in memory: begins in microseconds and is gone when it is dropped. For tests that need very many stores.
#ifndef ZEUS_BSO_TESTS_SUPPORT_MEMORY_ENGINE_H_
#define ZEUS_BSO_TESTS_SUPPORT_MEMORY_ENGINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "storage/engine.h"

namespace zeus::bso::testing {

// A commit copies the tables that it changes, so that whoever holds the old ones keeps reading them: for small stores.
class MemoryEngine : public storage::Engine {
 public:
  std::unique_ptr<storage::Transaction> Begin(storage::Isolation isolation) override ABSL_LOCKS_EXCLUDED(mutex_);
  uint64_t CommitPosition() const override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status HandOver() override { return absl::OkStatus(); }
  absl::Status Sync() override { return absl::OkStatus(); }

  // Forgets all rows. No transaction that is to commit may be under way.
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class MemoryTransaction;

  struct Row {
    std::optional<std::string> value;  // Nothing: erased.
    uint64_t position = 0;             // Of the commit that wrote it.
  };
  using Rows = std::map<std::string, Row, std::less<>>;

  // The store at one time.
  struct State {
    uint64_t position = 0;
    std::array<std::shared_ptr<const Rows>, storage::kTables.size()> tables;
  };

  // By table: what a transaction is to write.
  using Writes = std::array<std::map<std::string, std::optional<std::string>, std::less<>>, storage::kTables.size()>;
  // By table: the keys that must not have changed.
  using Guards = std::array<std::set<std::string, std::less<>>, storage::kTables.size()>;

  static const Row* Find(const State& state, size_t table, absl::string_view key);

  absl::Status Commit(const State& read, const Guards& guards, const Writes& writes) ABSL_LOCKS_EXCLUDED(mutex_);

  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_MEMORY_ENGINE_H_
