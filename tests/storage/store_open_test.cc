// Store::Open: schema and incarnation, and when an answer waits for the disk.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "storage/records.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/schema.h"
#include "storage/store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/engine_rows.h"
#include "tests/support/held_writes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;
using testing::Value;

absl::Status AddJob(Session& session) { return session.InsertJob(MakeJob()); }

absl::Status ReadJob(Session& session) { return session.FetchJob("job").status(); }

// An engine, and stores on it that leave it open.
class EngineFixture {
 public:
  Engine& engine() { return *engine_; }

  absl::StatusOr<std::unique_ptr<Store>> OpenStore() {
    return Store::Open(std::make_unique<testing::EngineDecorator>(*engine_), Durability::kSync);
  }

  std::optional<std::string> Read(absl::string_view key) { return testing::GetRow(*engine_, Table::kMeta, key); }

  void Write(absl::string_view key, absl::string_view value) {
    REQUIRE_THAT(testing::PutRow(*engine_, Table::kMeta, key, value), IsOk());
  }

  void ReopenEngine() {
    engine_.reset();
    engine_ = Value(OpenRocksDb(directory_.path()));
  }

  // The uids in the jobs table.
  std::vector<Uid> Uids() {
    std::vector<Uid> uids;
    for (const auto& [key, value] : testing::RowsOf(*engine_, Table::kJobs)) {
      uids.push_back(Value(DecodeJob(key, value)).uid);
    }
    return uids;
  }

 private:
  TempDir directory_;
  std::unique_ptr<Engine> engine_ = Value(OpenRocksDb(directory_.path()));
};

TEST_CASE_METHOD(EngineFixture, "A new store gets the schema version of the server") {
  Value(OpenStore());
  CHECK(Read(kSchemaVersionKey) == std::to_string(kSchemaVersion));
}

TEST_CASE_METHOD(EngineFixture, "A store of a newer schema is refused and nothing is written to it") {
  Write(kSchemaVersionKey, std::to_string(kSchemaVersion + 1));
  CHECK_THAT(OpenStore().status(), FailsWith(Reason::kStoreRefused));
  CHECK(Read(kIncarnationKey) == std::nullopt);
}

TEST_CASE_METHOD(EngineFixture, "An incarnation that is no number is corrupted") {
  Value(OpenStore());
  Write(kIncarnationKey, GENERATE("", "x", "-1", "4294967296"));
  CHECK_THAT(OpenStore().status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE_METHOD(EngineFixture, "A store whose incarnations are used up is refused") {
  Value(OpenStore());
  Write(kIncarnationKey, "16777215");
  CHECK_THAT(OpenStore().status(), FailsWith(Reason::kStoreRefused));
}

TEST_CASE_METHOD(EngineFixture, "The incarnation grows with each open, also over restarts") {
  for (const std::string incarnation : {"1", "2", "3", "4"}) {
    Value(OpenStore());
    CHECK(Read(kIncarnationKey) == incarnation);
    if (incarnation == "2") ReopenEngine();
  }
}

TEST_CASE_METHOD(EngineFixture, "Uids never repeat, in one open or over several") {
  constexpr int kOpens = 3;
  constexpr int kJobsPerOpen = 5;
  for (int open = 0; open < kOpens; ++open) {
    const std::unique_ptr<Store> store = Value(OpenStore());
    for (int i = 0; i < kJobsPerOpen; ++i) {
      const std::string job_id = std::to_string(open) + "-" + std::to_string(i);
      REQUIRE_THAT(testing::Transact(*store, [&](Session& session) { return session.InsertJob(MakeJob(job_id)); }),
                   IsOk());
    }
  }
  const std::vector<Uid> uids = Uids();
  REQUIRE(uids.size() == kOpens * kJobsPerOpen);
  CHECK(std::set<Uid>(uids.begin(), uids.end()).size() == uids.size());
}

class HeldStore {
 public:
  explicit HeldStore(Durability durability) {
    auto engine = std::make_unique<testing::HeldWrites>(Value(OpenRocksDb(directory_.path())));
    engine_ = engine.get();
    store_ = Value(Store::Open(std::move(engine), durability));
  }

  testing::HeldWrites& engine() { return *engine_; }
  Store& store() { return *store_; }
  void Close() { store_.reset(); }

  // Begins a change whose write is held.
  void HoldChange(Store::Done done) {
    const int before = engine_->num_begun();
    engine_->Hold();
    store_->Transact(AddJob, std::move(done));
    engine_->WaitUntilBegun(before + 1);
  }

 private:
  TempDir directory_;
  testing::HeldWrites* engine_ = nullptr;  // Owned by the store.
  std::unique_ptr<Store> store_;
};

// The answer of one Transact.
class Answer {
 public:
  Store::Done done() {
    return [state = state_](absl::Status status) {
      state->outcome = std::move(status);
      state->given.Notify();
    };
  }
  bool given() const { return state_->given.HasBeenNotified(); }
  absl::Status Wait() const {
    state_->given.WaitForNotification();
    return state_->outcome;
  }

 private:
  struct State {
    absl::Notification given;
    absl::Status outcome;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST_CASE("A change is answered when it is written, and nobody sees it before") {
  HeldStore held(GENERATE(Durability::kSync, Durability::kAsync));
  Answer answer;
  held.HoldChange(answer.done());
  CHECK_FALSE(answer.given());
  Answer read;
  held.store().Transact(ReadJob, read.done());
  Answer refusal;
  held.store().Transact(AddJob, refusal.done());
  Session session = held.store().Begin();
  CHECK(Value(session.FetchJob("job")) == nullptr);
  // Both tell of the job, which is not written yet.
  CHECK_FALSE(read.given());
  CHECK_FALSE(refusal.given());
  held.engine().LetGo();
  CHECK_THAT(answer.Wait(), IsOk());
  CHECK_THAT(read.Wait(), IsOk());
  CHECK_THAT(refusal.Wait(), FailsWith(Reason::kJobExists));
}

TEST_CASE("A response that may leave early waits for no write, and one about another job neither") {
  HeldStore held(Durability::kSync);
  REQUIRE_THAT(testing::Transact(held.store(), [](Session& session) { return session.InsertJob(MakeJob("other")); }),
               IsOk());
  Answer change;
  held.HoldChange(change.done());
  Answer early;
  held.store().Transact(
      [](Session& session) {
        session.AllowUnwritten();
        return ReadJob(session);
      },
      early.done());
  REQUIRE(early.given());
  CHECK_THAT(early.Wait(), IsOk());
  Answer other;
  held.store().Transact([](Session& session) { return session.FetchJob("other").status(); }, other.done());
  REQUIRE(other.given());
  CHECK_THAT(other.Wait(), IsOk());
  CHECK_FALSE(change.given());
  held.engine().LetGo();
  CHECK_THAT(change.Wait(), IsOk());
}

TEST_CASE("Closing a store completes who waits") {
  HeldStore held(GENERATE(Durability::kSync, Durability::kAsync));
  Answer answer;
  held.HoldChange(answer.done());
  held.engine().LetGo();
  held.Close();
  REQUIRE(answer.given());
  CHECK_THAT(answer.Wait(), IsOk());
}

}  // namespace
}  // namespace zeus::bso::storage
