// Fault injection: an engine whose commits lose some races that nobody else ran in.
#ifndef ZEUS_BSO_TESTS_SUPPORT_CONFLICTING_ENGINE_H_
#define ZEUS_BSO_TESTS_SUPPORT_CONFLICTING_ENGINE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "model/error.h"
#include "storage/engine.h"
#include "tests/support/engine_decorator.h"

namespace zeus::bso::testing {

// Every `period`-th commit of the wrapped engine, on whichever thread, fails with LOST_RACE and changes nothing.
class ConflictingEngine : public EngineDecorator {
 public:
  ConflictingEngine(std::unique_ptr<storage::Engine> engine, int period)
      : EngineDecorator(*engine), engine_(std::move(engine)), period_(period) {}

  std::unique_ptr<storage::Transaction> Begin(storage::Isolation isolation) override {
    return std::make_unique<ConflictingTransaction>(EngineDecorator::Begin(isolation), *this);
  }

 private:
  class ConflictingTransaction : public TransactionDecorator {
   public:
    ConflictingTransaction(std::unique_ptr<storage::Transaction> transaction, ConflictingEngine& engine)
        : TransactionDecorator(std::move(transaction)), engine_(engine) {}

    absl::Status Commit() override {
      if (engine_.num_commits_.fetch_add(1) % engine_.period_ == engine_.period_ - 1) {
        return MakeError(Reason::kLostRace, "an injected conflict");
      }
      return TransactionDecorator::Commit();
    }

   private:
    ConflictingEngine& engine_;
  };

  const std::unique_ptr<storage::Engine> engine_;
  const int period_;
  std::atomic<int> num_commits_ = 0;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_CONFLICTING_ENGINE_H_
