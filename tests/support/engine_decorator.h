// An engine that passes everything on to another one, which it does not own; tests override what they watch or break.
#ifndef ZEUS_BSO_TESTS_SUPPORT_ENGINE_DECORATOR_H_
#define ZEUS_BSO_TESTS_SUPPORT_ENGINE_DECORATOR_H_

#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "storage/engine.h"

namespace zeus::bso::testing {

class EngineDecorator : public storage::Engine {
 public:
  // `engine` outlives this one.
  explicit EngineDecorator(storage::Engine& engine) : engine_(engine) {}

  std::unique_ptr<storage::Snapshot> TakeSnapshot() override { return engine_.TakeSnapshot(); }
  absl::Status Write(std::span<const storage::WriteBatch* const> batches, bool sync) override {
    return engine_.Write(batches, sync);
  }
  absl::Status Probe() override { return engine_.Probe(); }
  absl::Status Reopen() override { return engine_.Reopen(); }
  void SetFailureHandler(FailureHandler handler) override { engine_.SetFailureHandler(std::move(handler)); }

 private:
  storage::Engine& engine_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_ENGINE_DECORATOR_H_
