#include "storage/committer.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/error.h"
#include "storage/schema.h"
#include "tests/support/engine_rows.h"
#include "tests/support/held_writes.h"
#include "tests/support/memory_engine.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;

// An engine whose reopening fails as long as a test wants.
class StubbornEngine : public testing::HeldWrites {
 public:
  StubbornEngine() : HeldWrites(std::make_unique<testing::MemoryEngine>()) {}

  absl::Status Reopen() override {
    return reopens ? absl::OkStatus() : MakeError(Reason::kStorageUnavailable, "it stays closed");
  }
  void SetFailureHandler(FailureHandler handler) override { failure_handler = std::move(handler); }

  std::atomic<bool> reopens = true;
  FailureHandler failure_handler;
};

std::shared_ptr<WriteBatch> Row(const std::string& key, size_t bytes = 1) {
  auto batch = std::make_shared<WriteBatch>();
  batch->Put(Table::kJobs, key, std::string(bytes, 'x'));
  batch->must_sync = true;
  return batch;
}

class CommitterFixture {
 public:
  CommitterFixture() {
    committer.emplace(engine, Committer::Options{.num_jobs = 5,
                                                 .incarnation = 7,
                                                 .retry = absl::Milliseconds(20),
                                                 .clear_cache = [this] { ++num_cleared; },
                                                 .reopened = [this] { ++num_reopened; },
                                                 .give_up = [this] { ++num_given_up; }});
  }
  ~CommitterFixture() {
    engine.LetGo();
    engine.Fail(absl::OkStatus());
  }

  // Queues a batch; its outcome is added to `outcomes`.
  absl::Status Enqueue(std::shared_ptr<WriteBatch> batch) {
    return committer->Enqueue(std::move(batch), committer->generation(), [this](const absl::Status& status) {
      absl::MutexLock lock(&mutex);
      outcomes.push_back(status);
    });
  }

  void AwaitOutcomes(size_t count) {
    absl::MutexLock lock(&mutex);
    const auto are_there = [&] { return outcomes.size() >= count; };
    mutex.Await(absl::Condition(&are_there));
  }

  void AwaitHealth() {
    while (!committer->health().ok()) absl::SleepFor(absl::Milliseconds(1));
  }

  // Holds a write that is in progress.
  void HoldWrite() {
    const int before = engine.num_begun();
    engine.Hold();
    REQUIRE_THAT(Enqueue(Row("held")), IsOk());
    engine.WaitUntilBegun(before + 1);
  }

  StubbornEngine engine;
  std::atomic<int> num_cleared = 0;
  std::atomic<int> num_reopened = 0;
  std::atomic<int> num_given_up = 0;
  absl::Mutex mutex;
  std::vector<absl::Status> outcomes;
  std::optional<Committer> committer;
};

TEST_CASE_METHOD(CommitterFixture, "What is queued during a write is written together by the next") {
  HoldWrite();
  for (const char* const key : {"a", "b", "c"}) REQUIRE_THAT(Enqueue(Row(key)), IsOk());
  engine.LetGo();
  AwaitOutcomes(4);
  CHECK(engine.num_begun() == 2);
  CHECK(testing::RowsOf(engine, Table::kJobs).size() == 4);
}

TEST_CASE_METHOD(CommitterFixture, "A group is bounded, but for a batch that is larger") {
  HoldWrite();
  constexpr size_t kHalf = Committer::kMaxGroupBytes / 2;
  for (const char* const key : {"a", "b", "c"}) REQUIRE_THAT(Enqueue(Row(key, kHalf)), IsOk());
  REQUIRE_THAT(Enqueue(Row("d", 3 * kHalf)), IsOk());
  engine.LetGo();
  AwaitOutcomes(5);
  CHECK(engine.num_begun() == 5);
}

TEST_CASE_METHOD(CommitterFixture, "A full queue refuses changes, and nothing is changed by those") {
  HoldWrite();
  constexpr size_t kQuarter = Committer::kMaxQueuedBytes / 4;
  // However large one batch is, it is taken.
  for (const size_t quarters : {1, 1, 5}) REQUIRE_THAT(Enqueue(Row("row", quarters * kQuarter)), IsOk());
  CHECK_THAT(Enqueue(Row("refused")), FailsWith(Reason::kStorageUnavailable));
  engine.LetGo();
  AwaitOutcomes(4);
  CHECK(testing::RowsOf(engine, Table::kJobs).count("refused") == 0);
  CHECK_THAT(Enqueue(Row("later")), IsOk());
  AwaitOutcomes(5);
}

TEST_CASE_METHOD(CommitterFixture, "Who waits for what was queued before is told when it is written, or at once") {
  bool at_once = false;
  committer->AwaitWritten(committer->generation(), [&](const absl::Status& status) { at_once = status.ok(); });
  CHECK(at_once);
  HoldWrite();
  absl::Notification written;
  committer->AwaitWritten(committer->generation(), [&](const absl::Status&) { written.Notify(); });
  CHECK_FALSE(written.HasBeenNotified());
  engine.LetGo();
  written.WaitForNotification();
}

TEST_CASE_METHOD(CommitterFixture,
                 "A write that fails fails its group, and what was queued behind it was never tried") {
  HoldWrite();
  REQUIRE_THAT(Enqueue(Row("queued")), IsOk());
  const uint64_t generation = committer->generation();
  engine.reopens = false;
  engine.Fail(MakeError(Reason::kStorageFull, "no space"));
  engine.LetGo();
  AwaitOutcomes(2);
  int num_untried = 0;
  for (const absl::Status& outcome : outcomes) {
    CHECK_THAT(outcome, FailsWith(Reason::kStorageFull));
    num_untried += absl::StrContains(outcome.message(), "nothing was changed") ? 1 : 0;
  }
  CHECK(num_untried == 1);
  CHECK(num_cleared == 1);
  CHECK_FALSE(committer->health().ok());
  const absl::Status refused = Enqueue(Row("refused"));
  CHECK_THAT(refused, FailsWith(Reason::kStorageFull));
  CHECK_THAT(std::string(refused.message()), Catch::Matchers::Contains("nothing was changed"));

  engine.Fail(absl::OkStatus());
  engine.reopens = true;
  AwaitHealth();
  CHECK(num_cleared == 2);
  CHECK(num_reopened == 1);
  // Of bodies that began before, while or after it failed.
  for (uint64_t old = generation; old < committer->generation(); ++old) {
    CHECK_THAT(committer->Enqueue(Row("old"), old, [](const absl::Status&) {}), FailsWith(Reason::kStorageUnavailable));
    absl::Status told;
    committer->AwaitWritten(old, [&](const absl::Status& status) { told = status; });
    CHECK_THAT(told, FailsWith(Reason::kStorageUnavailable));
  }
  REQUIRE_THAT(Enqueue(Row("new")), IsOk());
  AwaitOutcomes(3);
  CHECK_THAT(outcomes.back(), IsOk());
}

TEST_CASE_METHOD(CommitterFixture, "An engine that fails in the background is reopened before the next write") {
  engine.failure_handler(MakeError(Reason::kStorageUnavailable, "a table file"));
  while (num_reopened == 0) absl::SleepFor(absl::Milliseconds(1));
  AwaitHealth();
  REQUIRE_THAT(Enqueue(Row("a")), IsOk());
  AwaitOutcomes(1);
  CHECK_THAT(outcomes.back(), IsOk());
}

TEST_CASE_METHOD(CommitterFixture, "It gives up if reopening keeps failing while the disk works, and only then") {
  engine.reopens = false;
  engine.Fail(MakeError(Reason::kStorageFull, "no space"));
  REQUIRE_THAT(Enqueue(Row("a")), IsOk());
  AwaitOutcomes(1);
  absl::SleepFor(absl::Milliseconds(200));
  CHECK(num_given_up == 0);
  engine.Fail(absl::OkStatus());
  while (num_given_up == 0) absl::SleepFor(absl::Milliseconds(1));
  engine.reopens = true;
  AwaitHealth();
}

TEST_CASE_METHOD(CommitterFixture, "The number of jobs is written with each group that changes it") {
  const auto stored = [&] { return DecodeJobCount(testing::GetRow(engine, Table::kMeta, kJobCountKey).value_or("")); };
  REQUIRE_THAT(Enqueue(Row("no job")), IsOk());
  AwaitOutcomes(1);
  CHECK_FALSE(stored().has_value());
  const auto batch = Row("job");
  batch->jobs_added = 3;
  REQUIRE_THAT(Enqueue(batch), IsOk());
  CHECK(committer->num_jobs() == 8);
  AwaitOutcomes(2);
  CHECK(stored()->incarnation == 7);
  CHECK(stored()->num_jobs == 8);
  // A batch that was not written is not counted.
  engine.Fail(MakeError(Reason::kStorageFull, "no space"));
  const auto lost = Row("lost");
  lost->jobs_added = 1;
  REQUIRE_THAT(Enqueue(lost), IsOk());
  AwaitOutcomes(3);
  engine.Fail(absl::OkStatus());
  AwaitHealth();
  CHECK(committer->num_jobs() == 8);
}

}  // namespace
}  // namespace zeus::bso::storage
