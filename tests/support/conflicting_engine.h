// Fault injection: an engine whose commits lose some races that nobody else ran in.
#ifndef ZEUS_BSO_TESTS_SUPPORT_CONFLICTING_ENGINE_H_
#define ZEUS_BSO_TESTS_SUPPORT_CONFLICTING_ENGINE_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/model/error.h"
#include "storage/engine.h"

namespace zeus::bso::testing {

// Every `period`-th commit of the wrapped engine, on whichever thread, fails with LOST_RACE and changes nothing.
class ConflictingEngine : public storage::Engine {
 public:
  ConflictingEngine(std::unique_ptr<storage::Engine> engine, int period)
      : engine_(std::move(engine)), period_(period) {}

  std::unique_ptr<storage::Transaction> Begin() override {
    return std::make_unique<ConflictingTransaction>(engine_->Begin(), *this);
  }
  uint64_t CommitPosition() const override { return engine_->CommitPosition(); }
  absl::Status Sync() override { return engine_->Sync(); }

 private:
  class ConflictingTransaction : public storage::Transaction {
   public:
    ConflictingTransaction(std::unique_ptr<storage::Transaction> transaction, ConflictingEngine& engine)
        : transaction_(std::move(transaction)), engine_(engine) {}

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
    absl::Status Commit() override {
      if (engine_.num_commits_.fetch_add(1) % engine_.period_ == engine_.period_ - 1) {
        return MakeError(Reason::kLostRace, "an injected conflict");
      }
      return transaction_->Commit();
    }

   private:
    std::unique_ptr<storage::Transaction> transaction_;
    ConflictingEngine& engine_;
  };

  std::unique_ptr<storage::Engine> engine_;
  const int period_;
  std::atomic<int> num_commits_ = 0;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_CONFLICTING_ENGINE_H_
