#include "tests/support/memory_engine.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::testing {
namespace {

using storage::RowVisitor;
using storage::Table;

class MemorySnapshot : public storage::Snapshot {
 public:
  explicit MemorySnapshot(MemoryEngine::State state) : state_(std::move(state)) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const override {
    const MemoryEngine::Rows* const rows = state_[static_cast<size_t>(table)].get();
    if (rows == nullptr) return std::nullopt;
    const auto row = rows->find(key);
    return row != rows->end() ? std::optional(row->second) : std::nullopt;
  }

  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) const override {
    const MemoryEngine::Rows* const rows = state_[static_cast<size_t>(table)].get();
    if (rows == nullptr) return absl::OkStatus();
    for (auto row = rows->lower_bound(begin); row != rows->end(); ++row) {
      if ((!end.empty() && row->first >= end) || !visit(row->first, row->second)) break;
    }
    return absl::OkStatus();
  }

  absl::Status ScanReadable(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit,
                            storage::RangeVisitor) const override {
    return Scan(table, begin, end, visit);
  }

 private:
  const MemoryEngine::State state_;
};

}  // namespace

std::unique_ptr<storage::Snapshot> MemoryEngine::TakeSnapshot() {
  absl::MutexLock lock(&mutex_);
  return std::make_unique<MemorySnapshot>(state_);
}

absl::Status MemoryEngine::Write(std::span<const storage::WriteBatch* const> batches, bool) {
  absl::MutexLock lock(&mutex_);
  std::array<std::shared_ptr<Rows>, storage::kTables.size()> changed;
  for (const storage::WriteBatch* const batch : batches) {
    for (const storage::RowWrite& write : batch->writes()) {
      const auto index = static_cast<size_t>(write.table);
      std::shared_ptr<Rows>& rows = changed[index];
      if (rows == nullptr) {
        rows = state_[index] != nullptr ? std::make_shared<Rows>(*state_[index]) : std::make_shared<Rows>();
      }
      if (write.value.has_value()) {
        rows->insert_or_assign(write.key, *write.value);
      } else {
        rows->erase(write.key);
      }
    }
  }
  for (size_t index = 0; index < changed.size(); ++index) {
    if (changed[index] != nullptr) state_[index] = changed[index];
  }
  return absl::OkStatus();
}

absl::Status MemoryEngine::Reopen() {
  absl::MutexLock lock(&mutex_);
  if (is_losing_) state_ = {};
  is_losing_ = false;
  return absl::OkStatus();
}

void MemoryEngine::LoseAll() {
  {
    absl::MutexLock lock(&mutex_);
    is_losing_ = true;
  }
  failure_handler_(absl::DataLossError("all rows are lost"));
  const auto is_reopened = [this] {
    mutex_.AssertHeld();
    return !is_losing_;
  };
  absl::MutexLock lock(&mutex_, absl::Condition(&is_reopened));
}

}  // namespace zeus::bso::testing
