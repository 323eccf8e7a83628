// Store::Transact: what it runs, runs again, answers and leaves.
#include "storage/store.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TestStore;
using testing::Value;

// Bodies.
absl::Status InsertAJob(Session& session) { return session.InsertJob(MakeJob()); }

absl::Status InsertATrial(Session& session) {
  ZB_RETURN_IF_ERROR(session.FetchJob("job").status());
  return session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status();
}

absl::Status RaiseMinCost(Session& session) {
  ZB_RETURN_IF_ERROR(session.FetchJob("job").status());
  ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob("job"));
  job->min_cost = job->min_cost.value_or(0) + 1;
  return absl::OkStatus();
}

class StoreWithJob : public TestStore {
 public:
  StoreWithJob() { REQUIRE_THAT(Transact(InsertAJob), IsOk()); }

  std::string trials() {
    std::string trials;
    REQUIRE_THAT(Transact([&](Session& session) {
                   trials = DescribeTrials(session);
                   return absl::OkStatus();
                 }),
                 IsOk());
    return trials;
  }

  std::optional<double> min_cost() {
    std::optional<double> min_cost;
    REQUIRE_THAT(Transact([&](Session& session) {
                   min_cost = Value(session.FetchJob("job"))->min_cost;
                   return absl::OkStatus();
                 }),
                 IsOk());
    return min_cost;
  }

  bool has_job(const std::string& job_id) {
    bool found = false;
    REQUIRE_THAT(Transact([&](Session& session) {
                   found = Value(session.FetchJob(job_id)) != nullptr;
                   return absl::OkStatus();
                 }),
                 IsOk());
    return found;
  }
};

TEST_CASE_METHOD(StoreWithJob, "A body that meets no conflict runs once, and its changes are there") {
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) {
               ++runs;
               return InsertATrial(session);
             }),
             IsOk());
  CHECK(runs == 1);
  CHECK(trials() == "1: 32 Dispatched");
}

TEST_CASE_METHOD(StoreWithJob, "A body whose job was changed under it runs again, on the state of then") {
  int runs = 0;
  std::optional<double> seen;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob("job"));
               seen = job->min_cost;
               if (++runs == 1) ZB_RETURN_IF_ERROR(testing::Transact(store(), RaiseMinCost));
               return InsertATrial(session);
             }),
             IsOk());
  CHECK(runs == 2);
  CHECK(seen == 1);
  CHECK(trials() == "1: 32 Dispatched");
  CHECK(min_cost() == 1);
}

TEST_CASE_METHOD(StoreWithJob, "A body that only read the job that changed under it runs again") {
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob("job"));
               Job copy = MakeJob("copy");
               copy.min_cost = job->min_cost;
               if (++runs == 1) ZB_RETURN_IF_ERROR(testing::Transact(store(), RaiseMinCost));
               return session.InsertJob(std::move(copy));
             }),
             IsOk());
  CHECK(runs == 2);
  CHECK_THAT(Transact([](Session& session) {
               CHECK(Value(session.FetchJob("copy"))->min_cost == 1);
               return absl::OkStatus();
             }),
             IsOk());
}

TEST_CASE_METHOD(StoreWithJob, "A body that scanned trials runs again when one was added") {
  int runs = 0;
  std::string seen;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               seen = DescribeTrials(session);
               if (++runs == 1) ZB_RETURN_IF_ERROR(testing::Transact(store(), InsertATrial));
               return session.InsertJob(MakeJob("other"));
             }),
             IsOk());
  CHECK(runs == 2);
  CHECK(seen == "1: 32 Dispatched");
}

TEST_CASE_METHOD(StoreWithJob, "A body that only reads runs once, whatever changes meanwhile") {
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               ++runs;
               ZB_RETURN_IF_ERROR(session.FetchJob("job").status());
               return testing::Transact(store(), RaiseMinCost);
             }),
             IsOk());
  CHECK(runs == 1);
}

TEST_CASE_METHOD(StoreWithJob, "A body that finds the job taken by the winner is told so") {
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               ZB_RETURN_IF_ERROR(session.InsertJob(MakeJob("new")));
               if (++runs > 1) return absl::OkStatus();
               return testing::Transact(store(), [](Session& winner) { return winner.InsertJob(MakeJob("new")); });
             }),
             FailsWith(Reason::kJobExists));
  CHECK(runs == 1);
}

TEST_CASE_METHOD(StoreWithJob, "A body that loses many races in a row still wins the first that it can") {
  constexpr int kLostRaces = 20;
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               ZB_RETURN_IF_ERROR(InsertATrial(session));
               return ++runs <= kLostRaces ? testing::Transact(store(), RaiseMinCost) : absl::OkStatus();
             }),
             IsOk());
  CHECK(runs == kLostRaces + 1);
  CHECK(min_cost() == kLostRaces);
  CHECK(trials() == "1: 32 Dispatched");
}

TEST_CASE_METHOD(StoreWithJob, "A body that loses every race ends with LOST_RACE, and nothing has changed") {
  int runs = 0;
  const absl::Status status = Transact([&](Session& session) -> absl::Status {
    ++runs;
    ZB_RETURN_IF_ERROR(InsertATrial(session));
    ZB_RETURN_IF_ERROR(session.InsertJob(MakeJob("other")));
    return testing::Transact(store(), RaiseMinCost);
  });
  CHECK_THAT(status, FailsWith(Reason::kLostRace));
  CHECK(status.code() == absl::StatusCode::kAborted);
  CHECK(runs > 1);
  CHECK(min_cost() == runs);
  CHECK(trials().empty());
  CHECK_FALSE(has_job("other"));
}

TEST_CASE_METHOD(StoreWithJob, "An error of the body is answered, and nothing has changed") {
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) -> absl::Status {
               ++runs;
               ZB_RETURN_IF_ERROR(InsertATrial(session));
               ZB_RETURN_IF_ERROR(RaiseMinCost(session));
               ZB_RETURN_IF_ERROR(session.InsertJob(MakeJob("other")));
               return MakeError(Reason::kNothingConverged, "the body fails");
             }),
             FailsWith(Reason::kNothingConverged));
  CHECK(runs == 1);
  CHECK(trials().empty());
  CHECK(min_cost() == std::nullopt);
  CHECK_FALSE(has_job("other"));
}

TEST_CASE_METHOD(StoreWithJob, "Each outcome is told exactly once") {
  std::atomic<int> calls = 0;
  absl::Notification told;
  const auto done = [&](absl::Status) {
    ++calls;
    told.Notify();  // Dies when it is called twice.
  };
  SECTION("of a change") { store().Transact(InsertATrial, done); }
  SECTION("of a read") {
    store().Transact([](Session& session) { return session.FetchJob("job").status(); }, done);
  }
  SECTION("of a body that fails") {
    store().Transact([](Session&) { return MakeError(Reason::kInternal, "the body fails"); }, done);
  }
  SECTION("of a body that runs again") {
    int runs = 0;
    const auto body = [&](Session& session) {
      if (++runs == 1) REQUIRE_THAT(testing::Transact(store(), RaiseMinCost), IsOk());
      return InsertATrial(session);
    };
    store().Transact(body, done);
  }
  SECTION("of a body that loses every race") {
    const auto body = [](Session&) { return MakeError(Reason::kLostRace, "lost"); };
    store().Transact(body, done);
  }
  told.WaitForNotification();
  CHECK(calls == 1);
}

TEST_CASE_METHOD(StoreWithJob, "A body that only reads ends, however often what it reads is changed meanwhile") {
  int runs = 0;
  CHECK_THAT(Transact([&](Session& session) {
               ++runs;
               ZB_RETURN_IF_ERROR(session.FetchJob("job").status());
               REQUIRE_THAT(Transact(RaiseMinCost), IsOk());
               return session.ReadResults("job", 32, 0).status();
             }),
             IsOk());
  CHECK(min_cost() == runs);
}

// An engine whose syncs do not return for as long as a test says so.
class HeldSyncs : public testing::EngineDecorator {
 public:
  explicit HeldSyncs(std::unique_ptr<Engine> engine) : EngineDecorator(*engine), engine_(std::move(engine)) {}

  absl::Status Sync() override {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&may_go_));
    }
    return EngineDecorator::Sync();
  }

  void Hold() { Set(false); }
  void LetGo() { Set(true); }

  bool HasTrials() {
    bool found = false;
    REQUIRE_THAT(Begin(Isolation::kSnapshot)
                     ->Scan(Table::kTrials, "", "",
                            [&](absl::string_view, absl::string_view) {
                              found = true;
                              return false;
                            }),
                 IsOk());
    return found;
  }

 private:
  void Set(bool may_go) {
    absl::MutexLock lock(&mutex_);
    may_go_ = may_go;
  }

  const std::unique_ptr<Engine> engine_;
  absl::Mutex mutex_;
  bool may_go_ ABSL_GUARDED_BY(mutex_) = true;
};

TEST_CASE("The rows of a deleted job are collected after the deletion is answered") {
  const testing::TempDir directory;
  auto owned = std::make_unique<HeldSyncs>(Value(OpenRocksDb(directory.path())));
  HeldSyncs& engine = *owned;
  const std::unique_ptr<Store> store = Value(Store::Open(std::move(owned), Durability::kSync));
  REQUIRE_THAT(testing::Transact(*store, InsertAJob), IsOk());
  REQUIRE_THAT(testing::Transact(*store, InsertATrial), IsOk());
  absl::SleepFor(absl::Milliseconds(100));  // The collector looks once at the start.
  engine.Hold();
  absl::Notification answered;
  store->Transact([](Session& session) { return session.DeleteJob("job").status(); },
                  [&](const absl::Status&) { answered.Notify(); });
  absl::SleepFor(absl::Milliseconds(100));  // A collector that had been told would have collected by now.
  CHECK(engine.HasTrials());
  engine.LetGo();
  answered.WaitForNotification();
  while (engine.HasTrials()) absl::SleepFor(absl::Milliseconds(1));
}

TEST_CASE_METHOD(StoreWithJob, "What was answered is there after a restart") {
  REQUIRE_THAT(Transact(InsertATrial), IsOk());
  REQUIRE_THAT(Transact(RaiseMinCost), IsOk());
  Reopen();
  CHECK(trials() == "1: 32 Dispatched");
  CHECK(min_cost() == 1);
  REQUIRE_THAT(Transact(InsertATrial), IsOk());
  CHECK(trials() == "1: 32 Dispatched, 2: 32 Dispatched");
}

}  // namespace
}  // namespace zeus::bso::storage
