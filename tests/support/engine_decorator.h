// Engines that pass everything on to another engine, which they do not own; tests override what they watch or break.
#ifndef ZEUS_BSO_TESTS_SUPPORT_ENGINE_DECORATOR_H_
#define ZEUS_BSO_TESTS_SUPPORT_ENGINE_DECORATOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"

namespace zeus::bso::testing {

class TransactionDecorator : public storage::Transaction {
 public:
  explicit TransactionDecorator(std::unique_ptr<storage::Transaction> transaction)
      : transaction_(std::move(transaction)) {}

  absl::StatusOr<std::optional<std::string>> Get(storage::Table table, absl::string_view key) override {
    return transaction_->Get(table, key);
  }
  absl::StatusOr<std::optional<std::string>> GetForUpdate(storage::Table table, absl::string_view key) override {
    return transaction_->GetForUpdate(table, key);
  }
  absl::Status Scan(storage::Table table, absl::string_view begin, absl::string_view end,
                    storage::RowVisitor visit) override {
    return transaction_->Scan(table, begin, end, visit);
  }
  absl::Status Put(storage::Table table, absl::string_view key, absl::string_view value) override {
    return transaction_->Put(table, key, value);
  }
  absl::Status Erase(storage::Table table, absl::string_view key) override { return transaction_->Erase(table, key); }
  void Retire(storage::Table table, absl::string_view key) override { transaction_->Retire(table, key); }
  absl::Status Commit() override { return transaction_->Commit(); }

 private:
  const std::unique_ptr<storage::Transaction> transaction_;
};

class EngineDecorator : public storage::Engine {
 public:
  // `engine` outlives this one.
  explicit EngineDecorator(storage::Engine& engine) : engine_(engine) {}

  std::unique_ptr<storage::Transaction> Begin(storage::Isolation isolation) override {
    return engine_.Begin(isolation);
  }
  uint64_t CommitPosition() const override { return engine_.CommitPosition(); }
  absl::Status HandOver() override { return engine_.HandOver(); }
  absl::Status Sync() override { return engine_.Sync(); }

 private:
  storage::Engine& engine_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_ENGINE_DECORATOR_H_
