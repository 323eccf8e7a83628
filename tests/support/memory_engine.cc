#include "tests/support/memory_engine.h"

#include <utility>

#include "model/error.h"

namespace zeus::bso::testing {

using storage::Isolation;
using storage::RowVisitor;
using storage::Table;

class MemoryEngine::MemoryTransaction : public storage::Transaction {
 public:
  MemoryTransaction(MemoryEngine& engine, State read) : engine_(engine), read_(std::move(read)) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) override {
    const auto index = static_cast<size_t>(table);
    if (const auto write = writes_[index].find(key); write != writes_[index].end()) return write->second;
    const Row* const row = Find(read_, index, key);
    return row != nullptr ? row->value : std::nullopt;
  }

  absl::StatusOr<std::optional<std::string>> GetForUpdate(Table table, absl::string_view key) override {
    guards_[static_cast<size_t>(table)].emplace(key);
    return Get(table, key);
  }

  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) override {
    const auto index = static_cast<size_t>(table);
    std::map<std::string, std::optional<std::string>, std::less<>> rows;
    const auto is_before_end = [end](const std::string& key) { return end.empty() || key < end; };
    const auto& writes = writes_[index];
    for (auto it = writes.lower_bound(begin); it != writes.end() && is_before_end(it->first); ++it) rows.insert(*it);
    if (const Rows* const stored = read_.tables[index].get(); stored != nullptr) {
      for (auto it = stored->lower_bound(begin); it != stored->end() && is_before_end(it->first); ++it) {
        rows.emplace(it->first, it->second.value);
      }
    }
    for (const auto& [key, value] : rows) {
      if (value.has_value() && !visit(key, *value)) break;
    }
    return absl::OkStatus();
  }

  absl::Status Put(Table table, absl::string_view key, absl::string_view value) override {
    return Write(table, key, std::string(value));
  }

  absl::Status Erase(Table table, absl::string_view key) override { return Write(table, key, std::nullopt); }

  void Retire(Table, absl::string_view) override {}

  absl::Status Commit() override { return engine_.Commit(read_, guards_, writes_); }

 private:
  absl::Status Write(Table table, absl::string_view key, std::optional<std::string> value) {
    const auto index = static_cast<size_t>(table);
    if (!storage::IsGuarded(table)) guards_[index].emplace(key);
    writes_[index].insert_or_assign(std::string(key), std::move(value));
    return absl::OkStatus();
  }

  MemoryEngine& engine_;
  const State read_;
  Guards guards_;
  Writes writes_;
};

std::unique_ptr<storage::Transaction> MemoryEngine::Begin(Isolation) {
  absl::MutexLock lock(&mutex_);
  return std::make_unique<MemoryTransaction>(*this, state_);
}

uint64_t MemoryEngine::CommitPosition() const {
  absl::MutexLock lock(&mutex_);
  return state_.position;
}

void MemoryEngine::Clear() {
  absl::MutexLock lock(&mutex_);
  state_.tables = {};
}

const MemoryEngine::Row* MemoryEngine::Find(const State& state, size_t table, absl::string_view key) {
  const Rows* const rows = state.tables[table].get();
  if (rows == nullptr) return nullptr;
  const auto row = rows->find(key);
  return row != rows->end() ? &row->second : nullptr;
}

absl::Status MemoryEngine::Commit(const State& read, const Guards& guards, const Writes& writes) {
  absl::MutexLock lock(&mutex_);
  for (size_t table = 0; table < guards.size(); ++table) {
    for (const std::string& key : guards[table]) {
      const Row* const row = Find(state_, table, key);
      if (row != nullptr && row->position > read.position) {
        return MakeError(Reason::kLostRace, "another transaction changed the same row");
      }
    }
  }
  const uint64_t position = state_.position + 1;
  for (size_t table = 0; table < writes.size(); ++table) {
    if (writes[table].empty()) continue;
    const std::shared_ptr<const Rows>& before = state_.tables[table];
    const auto after = before != nullptr ? std::make_shared<Rows>(*before) : std::make_shared<Rows>();
    for (const auto& [key, value] : writes[table]) (*after)[key] = {value, position};
    state_.tables[table] = after;
    state_.position = position;
  }
  return absl::OkStatus();
}

}  // namespace zeus::bso::testing
