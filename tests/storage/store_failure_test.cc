// The subtle rules of a store whose writes take long or fail.
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/change_recorder.h"
#include "tests/support/held_writes.h"
#include "tests/support/memory_engine.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::HeldWrites;
using testing::IsOk;
using testing::Value;

absl::Status BeginTrial(Session& session, int64_t& number) {
  ZB_RETURN_IF_ERROR(session.FetchJob("job").status());
  ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                      session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
  number = trial->trial_number;
  return absl::OkStatus();
}

// A store with a job, on an engine whose writes a test can hold and fail.
class HeldJob {
 public:
  explicit HeldJob(StoreOptions options = {}) {
    auto engine = std::make_unique<HeldWrites>(std::make_unique<testing::MemoryEngine>());
    engine_ = engine.get();
    store_ = Value(Store::Open(std::move(engine), std::move(options)));
    REQUIRE_THAT(testing::Transact(*store_, [](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  }
  ~HeldJob() {
    engine_->LetGo();
    engine_->Fail(absl::OkStatus());
  }

  HeldWrites& engine() { return *engine_; }
  Store& store() { return *store_; }

  void Heal() {
    engine_->Fail(absl::OkStatus());
    while (!store_->health().ok()) absl::SleepFor(absl::Milliseconds(1));
  }

 private:
  HeldWrites* engine_ = nullptr;  // Owned by the store.
  std::unique_ptr<Store> store_;
};

TEST_CASE("A job that is evicted with batches that are queued is read with them") {
  HeldJob held({.job_cache_bytes = 0});
  held.engine().Hold();
  constexpr int kTrials = 5;
  absl::BlockingCounter answered(kTrials);
  for (int i = 1; i <= kTrials; ++i) {
    int64_t number = 0;
    held.store().Transact([&](Session& session) { return BeginTrial(session, number); },
                          [&](const absl::Status&) { answered.DecrementCount(); });
    CHECK(number == i);
  }
  std::string explorations;
  std::string trials;
  held.store().Transact(
      [&](Session& session) {
        session.AllowUnwritten();
        explorations = DescribeExplorations(session);
        trials = DescribeTrials(session);
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
  CHECK(explorations == "32: 1 2 3 4 5");
  CHECK(trials == "1: 32 Dispatched, 2: 32 Dispatched, 3: 32 Dispatched, 4: 32 Dispatched, 5: 32 Dispatched");
  held.engine().LetGo();
  answered.Wait();
}

// Writes and then says that the write has failed, as a log does whose sync fails.
class ComesBack : public testing::EngineDecorator {
 public:
  explicit ComesBack(std::unique_ptr<Engine> engine) : EngineDecorator(*engine), engine_(std::move(engine)) {}

  absl::Status Write(std::span<const WriteBatch* const> batches, bool sync) override {
    const absl::Status written = EngineDecorator::Write(batches, sync);
    return fails.exchange(false) ? MakeError(Reason::kStorageUnavailable, "the sync failed") : written;
  }

  std::atomic<bool> fails = false;

 private:
  const std::unique_ptr<Engine> engine_;
};

TEST_CASE("A failed group that comes back at the reopening is seen by whoever comes then") {
  auto owned = std::make_unique<ComesBack>(std::make_unique<testing::MemoryEngine>());
  ComesBack& engine = *owned;
  const std::unique_ptr<Store> store = Value(Store::Open(std::move(owned), Durability::kSync));
  REQUIRE_THAT(testing::Transact(*store, [](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  int64_t number = 0;
  engine.fails = true;
  CHECK_THAT(testing::Transact(*store, [&](Session& session) { return BeginTrial(session, number); }),
             FailsWith(Reason::kStorageUnavailable));
  while (!store->health().ok()) absl::SleepFor(absl::Milliseconds(1));
  REQUIRE_THAT(testing::Transact(*store, [&](Session& session) { return BeginTrial(session, number); }), IsOk());
  CHECK(number == 2);
}

TEST_CASE("A failed group that does not come back leaves nothing, neither in memory nor for observers") {
  HeldJob held;
  testing::ChangeRecorder recorder;
  held.store().AddObserver(&recorder);
  int64_t number = 0;
  held.engine().Fail(MakeError(Reason::kStorageFull, "no space"));
  CHECK_THAT(testing::Transact(held.store(), [&](Session& session) { return BeginTrial(session, number); }),
             FailsWith(Reason::kStorageFull));
  // Reads go on meanwhile, and see nothing of it.
  std::string trials = "not read";
  CHECK_THAT(testing::Transact(held.store(),
                               [&](Session& session) {
                                 trials = DescribeTrials(session);
                                 return absl::OkStatus();
                               }),
             IsOk());
  CHECK(trials.empty());
  held.Heal();
  REQUIRE_THAT(testing::Transact(held.store(), [&](Session& session) { return BeginTrial(session, number); }), IsOk());
  CHECK(number == 1);
  CHECK(recorder.ChangesOf("job").size() == 1);
  held.store().RemoveObserver(&recorder);
}

TEST_CASE("A read that waits for a write that fails runs again, and tells of what is there") {
  HeldJob held;
  held.engine().Hold();
  absl::Notification changed;
  absl::Notification read;
  int64_t number = 0;
  held.store().Transact([&](Session& session) { return BeginTrial(session, number); },
                        [&](const absl::Status&) { changed.Notify(); });
  std::vector<std::string> seen;
  held.store().Transact(
      [&](Session& session) {
        seen.push_back(DescribeTrials(session));
        return absl::OkStatus();
      },
      [&](const absl::Status& status) {
        CHECK_THAT(status, IsOk());
        read.Notify();
      });
  CHECK_FALSE(read.HasBeenNotified());
  held.engine().Fail(MakeError(Reason::kStorageFull, "no space"));
  held.engine().LetGo();
  changed.WaitForNotification();
  read.WaitForNotification();
  CHECK(seen == std::vector<std::string>{"1: 32 Dispatched", ""});
}

TEST_CASE("A job deleted and registered again under a session that is held open makes it lose, also while queued") {
  HeldJob held;
  Session session = held.store().Begin();
  int64_t number = 0;
  REQUIRE_THAT(BeginTrial(session, number), IsOk());
  held.engine().Hold();
  absl::BlockingCounter answered(2);
  const auto done = [&](const absl::Status&) { answered.DecrementCount(); };
  held.store().Transact([](Session& other) { return other.DeleteJob("job").status(); }, done);
  held.store().Transact([](Session& other) { return other.InsertJob(MakeJob()); }, done);
  absl::Status outcome;
  absl::Notification finished;
  held.store().Commit(session, [&](absl::Status status) {
    outcome = std::move(status);
    finished.Notify();
  });
  finished.WaitForNotification();
  CHECK_THAT(outcome, FailsWith(Reason::kLostRace));
  held.engine().LetGo();
  answered.Wait();
}

TEST_CASE("A session that is held open over a failure of the disk cannot commit, and nothing is changed") {
  HeldJob held;
  Session session = held.store().Begin();
  int64_t number = 0;
  REQUIRE_THAT(BeginTrial(session, number), IsOk());
  held.engine().Fail(MakeError(Reason::kStorageFull, "no space"));
  CHECK_FALSE(testing::Transact(held.store(), [](Session& other) { return other.InsertJob(MakeJob("other")); }).ok());
  held.Heal();
  CHECK_THAT(testing::Commit(held.store(), session), FailsWith(Reason::kStorageUnavailable));
  Session after = held.store().Begin();
  CHECK(DescribeTrials(after).empty());
}

TEST_CASE("Two bodies that want the same two jobs in another order both end") {
  HeldJob held;
  REQUIRE_THAT(testing::Transact(held.store(), [](Session& session) { return session.InsertJob(MakeJob("other")); }),
               IsOk());
  constexpr int kRounds = 200;
  const auto change = [&](const std::string& first, const std::string& second) {
    for (int i = 0; i < kRounds; ++i) {
      const absl::Status status = testing::Transact(held.store(), [&](Session& session) -> absl::Status {
        for (const std::string& job_id : {first, second}) {
          ZB_RETURN_IF_ERROR(session.FetchJob(job_id).status());
          ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(job_id));
          job->min_cost = job->min_cost.value_or(0) + 1;
        }
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  };
  absl::Status outcome;
  std::thread thread([&] { outcome = change("other", "job"); });
  CHECK_THAT(change("job", "other"), IsOk());
  thread.join();
  CHECK_THAT(outcome, IsOk());
  Session session = held.store().Begin();
  CHECK(Value(session.FetchJob("job"))->min_cost == 2 * kRounds);
  CHECK(Value(session.FetchJob("other"))->min_cost == 2 * kRounds);
}

}  // namespace
}  // namespace zeus::bso::storage
