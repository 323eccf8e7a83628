// Engines that pass everything on to another engine, which they do not own; tests override what they watch or break.
#ifndef ZEUS_BSO_TESTS_STORAGE_ENGINE_DECORATOR_H_
#define ZEUS_BSO_TESTS_STORAGE_ENGINE_DECORATOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

class TransactionDecorator : public Transaction {
 public:
  explicit TransactionDecorator(std::unique_ptr<Transaction> transaction) : transaction_(std::move(transaction)) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) override {
    return transaction_->Get(table, key);
  }
  absl::StatusOr<std::optional<std::string>> GetForUpdate(Table table, absl::string_view key) override {
    return transaction_->GetForUpdate(table, key);
  }
  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) override {
    return transaction_->Scan(table, begin, end, visit);
  }
  absl::Status Put(Table table, absl::string_view key, absl::string_view value) override {
    return transaction_->Put(table, key, value);
  }
  absl::Status Erase(Table table, absl::string_view key) override { return transaction_->Erase(table, key); }
  absl::Status Commit() override { return transaction_->Commit(); }

 private:
  const std::unique_ptr<Transaction> transaction_;
};

class EngineDecorator : public Engine {
 public:
  // `engine` outlives this one.
  explicit EngineDecorator(Engine& engine) : engine_(engine) {}

  std::unique_ptr<Transaction> Begin() override { return engine_.Begin(); }
  uint64_t CommitPosition() const override { return engine_.CommitPosition(); }
  absl::Status Sync() override { return engine_.Sync(); }

 private:
  Engine& engine_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_TESTS_STORAGE_ENGINE_DECORATOR_H_
