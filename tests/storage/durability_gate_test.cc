#include "storage/durability_gate.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "tests/storage/sync_control.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;

// Commits are counted and syncs end when the test says so.
class FakeEngine : public Engine {
 public:
  std::unique_ptr<Transaction> Begin(Isolation) override { return nullptr; }
  uint64_t CommitPosition() const override { return position_; }
  absl::Status HandOver() override { return absl::OkStatus(); }
  absl::Status Sync() override { return syncs_.Sync(); }

  void Commit() { ++position_; }
  SyncControl& syncs() { return syncs_; }

 private:
  std::atomic<uint64_t> position_ = 0;
  SyncControl syncs_;
};

// Somebody who waits at the gate.
class Waiter {
 public:
  void WaitAt(DurabilityGate& gate) {
    gate.Wait([answer = answer_](absl::Status status) {
      answer->outcome = std::move(status);
      answer->completed.Notify();  // Dies when it is called twice.
    });
  }

  bool completed() const { return answer_->completed.HasBeenNotified(); }

  // Waits for the gate's answer.
  absl::Status outcome() const {
    answer_->completed.WaitForNotification();
    return answer_->outcome;
  }

 private:
  struct Answer {
    absl::Notification completed;
    absl::Status outcome;
  };
  const std::shared_ptr<Answer> answer_ = std::make_shared<Answer>();
};

class GateFixture {
 public:
  // No sync hangs when a test fails: outcomes too many are never taken.
  ~GateFixture() {
    for (int i = 0; i < 3; ++i) syncs().Finish(absl::OkStatus());
  }

  FakeEngine& engine() { return engine_; }
  SyncControl& syncs() { return engine_.syncs(); }
  DurabilityGate& gate() { return *gate_; }
  void DestroyGate() { gate_.reset(); }

  // Returns when the sync of a commit that `waiter` waits for has begun.
  void BeginFirstSync(Waiter& waiter) {
    engine_.Commit();
    waiter.WaitAt(*gate_);
    syncs().WaitUntilBegun(1);
  }

 private:
  FakeEngine engine_;
  std::optional<DurabilityGate> gate_{std::in_place, engine_};
};

absl::Status DiskFails() { return MakeError(Reason::kStorageUnavailable, "the disk fails"); }

TEST_CASE_METHOD(GateFixture, "Where nothing was committed a wait is answered at once and nothing is synced") {
  Waiter waiter;
  waiter.WaitAt(gate());
  REQUIRE(waiter.completed());
  CHECK_THAT(waiter.outcome(), IsOk());
  CHECK(syncs().begun() == 0);
}

TEST_CASE_METHOD(GateFixture, "A commit is answered after a sync, not before") {
  Waiter waiter;
  engine().Commit();
  waiter.WaitAt(gate());
  syncs().WaitUntilBegun(1);
  CHECK_FALSE(waiter.completed());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(waiter.outcome(), IsOk());
}

TEST_CASE_METHOD(GateFixture, "What a sync has put on the disk is answered at once from then on") {
  Waiter first;
  engine().Commit();
  first.WaitAt(gate());
  syncs().Finish(absl::OkStatus());
  REQUIRE_THAT(first.outcome(), IsOk());

  Waiter second;
  second.WaitAt(gate());
  REQUIRE(second.completed());
  CHECK_THAT(second.outcome(), IsOk());
  CHECK(syncs().begun() == 1);
}

TEST_CASE_METHOD(GateFixture, "One sync serves everyone who came during the last one") {
  Waiter first;
  Waiter others[5];
  BeginFirstSync(first);
  for (Waiter& waiter : others) {
    engine().Commit();
    waiter.WaitAt(gate());
  }
  syncs().Finish(absl::OkStatus());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(first.outcome(), IsOk());
  for (const Waiter& waiter : others) CHECK_THAT(waiter.outcome(), IsOk());
  CHECK(syncs().begun() == 2);
}

TEST_CASE_METHOD(GateFixture, "Fewer than were answered by the last sync are answered, too") {
  Waiter first;
  Waiter others[5];
  BeginFirstSync(first);
  engine().Commit();
  for (Waiter& waiter : others) waiter.WaitAt(gate());
  syncs().Finish(absl::OkStatus());
  syncs().Finish(absl::OkStatus());
  for (const Waiter& waiter : others) REQUIRE_THAT(waiter.outcome(), IsOk());

  Waiter alone;
  engine().Commit();
  alone.WaitAt(gate());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(alone.outcome(), IsOk());
}

TEST_CASE_METHOD(GateFixture, "A commit made after a sync began waits for the next one") {
  Waiter first;
  Waiter second;
  BeginFirstSync(first);
  engine().Commit();
  second.WaitAt(gate());
  syncs().Finish(absl::OkStatus());
  syncs().WaitUntilBegun(2);
  CHECK(first.completed());
  CHECK_FALSE(second.completed());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(second.outcome(), IsOk());
}

TEST_CASE_METHOD(GateFixture, "A sync does not answer for what was committed while it ran") {
  Waiter first;
  BeginFirstSync(first);
  engine().Commit();
  syncs().Finish(absl::OkStatus());
  REQUIRE_THAT(first.outcome(), IsOk());

  Waiter second;
  second.WaitAt(gate());
  syncs().WaitUntilBegun(2);
  CHECK_FALSE(second.completed());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(second.outcome(), IsOk());
}

TEST_CASE_METHOD(GateFixture, "An error of the sync reaches everyone who waited for it") {
  Waiter first;
  Waiter others[3];
  BeginFirstSync(first);
  engine().Commit();
  for (Waiter& waiter : others) waiter.WaitAt(gate());
  syncs().Finish(absl::OkStatus());
  syncs().Finish(DiskFails());
  CHECK_THAT(first.outcome(), IsOk());
  for (const Waiter& waiter : others) CHECK_THAT(waiter.outcome(), FailsWith(Reason::kStorageUnavailable));
}

TEST_CASE_METHOD(GateFixture, "After an error the next wait syncs again, also with no new commit") {
  Waiter first;
  engine().Commit();
  first.WaitAt(gate());
  syncs().Finish(DiskFails());
  REQUIRE_THAT(first.outcome(), FailsWith(Reason::kStorageUnavailable));

  Waiter second;
  second.WaitAt(gate());
  syncs().WaitUntilBegun(2);
  CHECK_FALSE(second.completed());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(second.outcome(), IsOk());
}

TEST_CASE_METHOD(GateFixture, "A gate with nobody waiting is destroyed without a sync") {
  engine().Commit();
  DestroyGate();
  CHECK(syncs().begun() == 0);
}

TEST_CASE_METHOD(GateFixture, "Destroying the gate completes those whose sync runs and those who wait for the next") {
  Waiter first;
  Waiter second;
  BeginFirstSync(first);
  engine().Commit();
  second.WaitAt(gate());
  absl::Notification destroying;
  std::thread disk([&] {
    destroying.WaitForNotification();
    syncs().Finish(absl::OkStatus());
    syncs().Finish(DiskFails());
  });
  destroying.Notify();
  DestroyGate();
  REQUIRE(first.completed());
  REQUIRE(second.completed());
  CHECK_THAT(first.outcome(), IsOk());
  CHECK_THAT(second.outcome(), FailsWith(Reason::kStorageUnavailable));
  disk.join();
}

}  // namespace
}  // namespace zeus::bso::storage
