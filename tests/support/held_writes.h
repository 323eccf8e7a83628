// An engine whose writes take as long as a test wants, and fail if it wants.
#ifndef ZEUS_BSO_TESTS_SUPPORT_HELD_WRITES_H_
#define ZEUS_BSO_TESTS_SUPPORT_HELD_WRITES_H_

#include <memory>
#include <span>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/engine.h"
#include "tests/support/engine_decorator.h"

namespace zeus::bso::testing {

// Thread-safe. Owns the engine below.
class HeldWrites : public EngineDecorator {
 public:
  explicit HeldWrites(std::unique_ptr<storage::Engine> engine) : EngineDecorator(*engine), engine_(std::move(engine)) {}

  absl::Status Write(std::span<const storage::WriteBatch* const> batches, bool sync) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::Status fault;
    {
      absl::MutexLock lock(&mutex_);
      ++num_begun_;
      mutex_.Await(absl::Condition(&may_go_));
      fault = fault_;
    }
    return fault.ok() ? EngineDecorator::Write(batches, sync) : fault;
  }

  absl::Status Probe() override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return fault_.ok() ? EngineDecorator::Probe() : fault_;
  }

  // Writes do not return, until they are let go.
  void Hold() { Set(&HeldWrites::may_go_, false); }
  void LetGo() { Set(&HeldWrites::may_go_, true); }

  // What writes and probes return from now on, unless it is OK. A write that fails changes nothing.
  void Fail(absl::Status fault) { Set(&HeldWrites::fault_, std::move(fault)); }

  // How many writes have begun; waits until one more than `before` have.
  int num_begun() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return num_begun_;
  }
  void WaitUntilBegun(int count) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const auto has_begun = [&] {
      mutex_.AssertReaderHeld();
      return num_begun_ >= count;
    };
    mutex_.Await(absl::Condition(&has_begun));
  }

 private:
  template <typename Member, typename Value>
  void Set(Member member, Value value) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    this->*member = std::move(value);
  }

  const std::unique_ptr<storage::Engine> engine_;
  mutable absl::Mutex mutex_;
  bool may_go_ = true;
  absl::Status fault_;
  int num_begun_ = 0;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_HELD_WRITES_H_
