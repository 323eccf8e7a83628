// Store::Transact: what it runs, runs again, answers and leaves.
#include "storage/store.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_rows.h"
#include "tests/support/held_writes.h"
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
  told.WaitForNotification();
  CHECK(calls == 1);
}

TEST_CASE("The rows of a deleted job are collected after the deletion is answered") {
  const testing::TempDir directory;
  auto owned = std::make_unique<testing::HeldWrites>(Value(OpenRocksDb(directory.path())));
  testing::HeldWrites& engine = *owned;
  const std::unique_ptr<Store> store = Value(Store::Open(std::move(owned), Durability::kSync));
  REQUIRE_THAT(testing::Transact(*store, InsertAJob), IsOk());
  REQUIRE_THAT(testing::Transact(*store, InsertATrial), IsOk());
  engine.Hold();
  absl::Notification answered;
  store->Transact([](Session& session) { return session.DeleteJob("job").status(); },
                  [&](const absl::Status&) { answered.Notify(); });
  absl::SleepFor(absl::Milliseconds(100));  // A collector that had been told would have collected by now.
  CHECK_FALSE(testing::RowsOf(engine, Table::kTrials).empty());
  engine.LetGo();
  answered.WaitForNotification();
  while (!testing::RowsOf(engine, Table::kTrials).empty()) absl::SleepFor(absl::Milliseconds(1));
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
