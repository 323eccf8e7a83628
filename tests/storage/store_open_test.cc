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
#include "tests/storage/sync_control.h"
#include "tests/support/engine_decorator.h"
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

  std::optional<std::string> Read(absl::string_view key) {
    return Value(engine_->Begin(Isolation::kSnapshot)->Get(Table::kMeta, key));
  }

  void Write(absl::string_view key, absl::string_view value) {
    const std::unique_ptr<Transaction> transaction = engine_->Begin(Isolation::kSnapshot);
    REQUIRE_THAT(transaction->Put(Table::kMeta, key, value), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  void ReopenEngine() {
    engine_.reset();
    engine_ = Value(OpenRocksDb(directory_.path()));
  }

  // The uids in the jobs table.
  std::vector<Uid> Uids() {
    std::vector<Uid> uids;
    REQUIRE_THAT(engine_->Begin(Isolation::kSnapshot)
                     ->Scan(Table::kJobs, "", "",
                            [&](absl::string_view key, absl::string_view value) {
                              uids.push_back(Value(DecodeJob(key, value)).uid);
                              return true;
                            }),
                 IsOk());
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
  const uint64_t before = engine().CommitPosition();
  CHECK_THAT(OpenStore().status(), FailsWith(Reason::kStoreRefused));
  CHECK(engine().CommitPosition() == before);
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

// Its syncs end when the test says so.
class HeldDisk : public testing::EngineDecorator {
 public:
  HeldDisk(Engine& engine, SyncControl& syncs) : testing::EngineDecorator(engine), syncs_(syncs) {}
  absl::Status Sync() override { return syncs_.Sync(); }

 private:
  SyncControl& syncs_;
};

class HeldDiskFixture : public EngineFixture {
 public:
  ~HeldDiskFixture() {
    for (int i = 0; i < 3; ++i) syncs_.Finish(absl::OkStatus());
  }

  void Open(Durability durability) {
    syncs_.Finish(absl::OkStatus());  // That of the open itself.
    store_ = Value(Store::Open(std::make_unique<HeldDisk>(engine(), syncs_), durability));
  }

  SyncControl& syncs() { return syncs_; }
  Store& store() { return *store_; }
  void Close() { store_.reset(); }

 private:
  SyncControl syncs_;
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

TEST_CASE_METHOD(HeldDiskFixture, "A change is answered when it is on the disk and visible before") {
  Open(Durability::kSync);
  Answer answer;
  store().Transact(AddJob, answer.done());
  syncs().WaitUntilBegun(2);
  CHECK_FALSE(answer.given());
  CHECK(CountRows(engine(), Table::kJobs) == 1);
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(answer.Wait(), IsOk());
}

TEST_CASE_METHOD(HeldDiskFixture, "A read is answered at once while changes wait for the disk") {
  Open(Durability::kSync);
  Answer change;
  store().Transact(AddJob, change.done());
  syncs().WaitUntilBegun(2);
  Answer read;
  store().Transact(ReadJob, read.done());
  REQUIRE(read.given());
  CHECK_THAT(read.Wait(), IsOk());
  CHECK_FALSE(change.given());
}

TEST_CASE_METHOD(HeldDiskFixture, "A read that asks for it waits until what it tells is on the disk") {
  Open(Durability::kSync);
  Answer change;
  store().Transact(AddJob, change.done());
  syncs().WaitUntilBegun(2);
  Answer read;
  store().Transact(
      [](Session& session) {
        session.RequireDurability();
        return ReadJob(session);
      },
      read.done());
  CHECK_FALSE(read.given());
  syncs().Finish(absl::OkStatus());
  syncs().Finish(absl::OkStatus());
  CHECK_THAT(read.Wait(), IsOk());
}

TEST_CASE_METHOD(HeldDiskFixture, "An error of the disk is the answer to a change") {
  Open(Durability::kSync);
  Answer answer;
  syncs().Finish(MakeError(Reason::kStorageFull, "the disk is full"));
  store().Transact(AddJob, answer.done());
  CHECK_THAT(answer.Wait(), FailsWith(Reason::kStorageFull));
}

TEST_CASE_METHOD(HeldDiskFixture, "An asynchronous store answers a change before it is on the disk") {
  Open(Durability::kAsync);
  Answer answer;
  store().Transact(AddJob, answer.done());
  REQUIRE(answer.given());
  CHECK_THAT(answer.Wait(), IsOk());
  CHECK(syncs().begun() == 1);
}

TEST_CASE_METHOD(HeldDiskFixture, "Closing a store completes who waits and syncs what is asynchronous") {
  const Durability durability = GENERATE(Durability::kSync, Durability::kAsync);
  Open(durability);
  Answer answer;
  store().Transact(AddJob, answer.done());
  const int begun = syncs().begun();
  for (int i = 0; i < 2; ++i) syncs().Finish(absl::OkStatus());
  Close();
  CHECK(answer.given());
  CHECK(syncs().begun() > begun);
}

}  // namespace
}  // namespace zeus::bso::storage
