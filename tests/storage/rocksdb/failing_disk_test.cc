// A disk that fails, and works again: nothing that was answered is lost, reads go on, changes are refused with a
// reason, and go on as before when the disk does, without a restart.
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "rocksdb/io_status.h"
#include "storage/committer.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/schema.h"
#include "storage/store.h"
#include "tests/storage/rocksdb/faulty_file_system.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;
using testing::Value;
using Operation = FaultyFileSystem::Operation;

constexpr absl::Duration kDiskPatience = absl::Seconds(60);

// Little, so that it takes little to fill it.
constexpr MemoryLimits kMemory = {.write_buffer_bytes = int64_t{1} << 20};

std::set<std::string> Keys(Engine& engine) {
  std::set<std::string> keys;
  for (const auto& [key, value] : testing::RowsOf(engine, Table::kJobs)) keys.insert(key);
  return keys;
}

// The same while the engine may be reopened at any time, which ends a scan.
std::set<std::string> KeysMeanwhile(Engine& engine) {
  const absl::Time deadline = absl::Now() + kDiskPatience;
  while (true) {
    std::set<std::string> keys;
    const absl::Status status =
        engine.TakeSnapshot()->Scan(Table::kJobs, "", "", [&](absl::string_view key, absl::string_view) {
          keys.emplace(key);
          return true;
        });
    if (status.ok()) return keys;
    REQUIRE_THAT(status, FailsWith(Reason::kStorageUnavailable));
    REQUIRE(absl::Now() < deadline);
  }
}

class FailingDisk {
 public:
  FailingDisk() { Open(); }
  ~FailingDisk() { Close(); }

  // Writes a row, as a call does before it is answered.
  absl::Status Put(const std::string& key, size_t bytes = 100, bool must_sync = true) {
    const auto batch = std::make_shared<WriteBatch>();
    batch->Put(Table::kJobs, key, std::string(bytes, 'x'));
    batch->must_sync = must_sync;
    absl::Status outcome;
    absl::Notification written;
    const absl::Status queued = committer_->Enqueue(batch, committer_->generation(), [&](const absl::Status& status) {
      outcome = status;
      written.Notify();
    });
    if (!queued.ok()) return queued;
    written.WaitForNotification();
    if (outcome.ok()) answered_.insert(key);
    return outcome;
  }

  // Puts rows until one is answered.
  void PutUntilAnswered() {
    const absl::Time deadline = absl::Now() + kDiskPatience;
    absl::Status status = Put("healed 0");
    for (int i = 1; !status.ok() && absl::Now() < deadline; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
      status = Put(absl::StrCat("healed ", i));
    }
    REQUIRE_THAT(status, IsOk());
  }

  // Fills the memory of a table, so that RocksDB writes a table file, or tries to.
  void PutMuch() {
    for (int i = 0; i < 20; ++i) Put(absl::StrCat("much ", num_much_++), size_t{64} << 10).IgnoreError();
  }

  // Everything answered is there: now, after a loss of power, and after a restart.
  void CheckAnswered() {
    if (engine_ != nullptr) CheckHolds(*engine_);
    const TempDir after_power_loss;
    disk_->CopySynced(directory_.path(), after_power_loss.path());
    CheckHolds(*Value(OpenRocksDb(after_power_loss.path())));
    Close();
    Open();
    CheckHolds(*engine_);
    CHECK_THAT(Put("after the restart"), IsOk());
  }

  void Close() {
    committer_.reset();
    engine_.reset();
  }

  FaultyFileSystem& disk() { return *disk_; }
  const TempDir& directory() const { return directory_; }
  const std::set<std::string>& answered() const { return answered_; }
  Engine& engine() { return *engine_; }

 private:
  void Open() {
    engine_ = Value(OpenRocksDb(directory_.path(), kMemory, disk_));
    REQUIRE_THAT(testing::PutRow(*engine_, Table::kMeta, kSchemaVersionKey, absl::StrCat(kSchemaVersion)), IsOk());
    committer_.emplace(*engine_, Committer::Options{.clear_cache = [] {}});
  }

  void CheckHolds(Engine& engine) {
    const std::set<std::string> keys = Keys(engine);
    for (const std::string& key : answered_) {
      CAPTURE(key);
      REQUIRE(keys.contains(key));
    }
  }

  TempDir directory_;
  const std::shared_ptr<FaultyFileSystem> disk_ = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<Engine> engine_;
  std::optional<Committer> committer_;
  std::set<std::string> answered_;
  int num_much_ = 0;
};

struct Fault {
  rocksdb::IOStatus status;
  Reason reason;
};

Fault AnyFault() {
  return GENERATE(Fault{rocksdb::IOStatus::NoSpace("no space left"), Reason::kStorageFull},
                  Fault{rocksdb::IOStatus::IOError("input/output error"), Reason::kStorageUnavailable});
}

TEST_CASE_METHOD(FailingDisk, "A log that takes no more bytes refuses changes until it does") {
  const Fault fault = AnyFault();
  // With something in memory and without.
  if (GENERATE(true, false)) REQUIRE_THAT(Put("before"), IsOk());
  disk().Fail(Operation::kAppend, ".log", fault.status);
  for (int i = 0; i < 3; ++i) CHECK_THAT(Put(absl::StrCat("refused ", i)), FailsWith(fault.reason));
  CHECK(KeysMeanwhile(engine()).contains("before") == answered().contains("before"));
  disk().Heal();
  PutUntilAnswered();
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "A write that failed half way is whole or gone, and does not tear what follows") {
  REQUIRE_THAT(Put("before"), IsOk());
  disk().Fail(Operation::kAppend, ".log", rocksdb::IOStatus::NoSpace("no space left"));
  CHECK_THAT(Put("unknown"), FailsWith(Reason::kStorageFull));
  disk().Heal();
  PutUntilAnswered();
  for (int i = 0; i < 100; ++i) REQUIRE_THAT(Put(absl::StrCat("row ", i)), IsOk());
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "One sync that fails does not end the changes") {
  const Fault fault = AnyFault();
  for (int i = 0; i < 5; ++i) {
    REQUIRE_THAT(Put(absl::StrCat("before ", i)), IsOk());
    disk().Fail(Operation::kSync, ".log", fault.status);
    CHECK_THAT(Put(absl::StrCat("unknown ", i)), FailsWith(fault.reason));
    disk().Heal();
    PutUntilAnswered();
  }
  CheckAnswered();
}

// RocksDB would write those tables first that come first. If the database were opened again in between, the rest of a
// failed group would come back from the log without them.
TEST_CASE("After an error RocksDB does not go on by itself, but waits until it is opened again") {
  const TempDir directory;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(directory.path(), {}, disk));
  REQUIRE_THAT(testing::PutRow(*engine, Table::kMeta, kSchemaVersionKey, absl::StrCat(kSchemaVersion)), IsOk());
  const Fault fault = AnyFault();
  disk->Fail(FaultyFileSystem::Operation::kSync, ".log", fault.status);
  CHECK_THAT(testing::PutRow(*engine, Table::kJobs, "unknown", "row"), FailsWith(fault.reason));
  disk->Heal();
  for (int i = 0; i < 20; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    CHECK_FALSE(testing::PutRow(*engine, Table::kJobs, "refused", "row").ok());
  }
  REQUIRE_THAT(engine->Reopen(), IsOk());
  CHECK_THAT(testing::PutRow(*engine, Table::kJobs, "answered", "row"), IsOk());
}

TEST_CASE("An asynchronous store answers no change that a crash of the server would lose") {
  const TempDir directory;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const std::unique_ptr<Store> store =
      Value(Store::Open(Value(OpenRocksDb(directory.path(), {}, disk)), Durability::kAsync));
  disk->Fail(Operation::kAppend, ".log", rocksdb::IOStatus::NoSpace("no space left"));
  for (const char* const job_id : {"first", "second"}) {
    CHECK_FALSE(testing::Transact(*store, [&](Session& session) { return session.InsertJob(MakeJob(job_id)); }).ok());
  }
  disk->Heal();
  const absl::Time deadline = absl::Now() + kDiskPatience;
  while (!testing::Transact(*store, [](Session& session) { return session.InsertJob(MakeJob("third")); }).ok()) {
    REQUIRE(absl::Now() < deadline);
    absl::SleepFor(absl::Milliseconds(10));
  }
}

TEST_CASE_METHOD(FailingDisk, "A log that cannot be synced is replaced, and what was in it is on the disk") {
  const Fault fault = AnyFault();
  REQUIRE_THAT(Put("before"), IsOk());
  disk().Fail(Operation::kSync, ".log", fault.status);
  CHECK_THAT(Put("refused"), FailsWith(fault.reason));
  disk().Heal();
  PutUntilAnswered();
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "A table file or a manifest that cannot be written is written later") {
  const Fault fault = AnyFault();
  const auto [operation, file] = GENERATE(table<Operation, std::string>({{Operation::kCreate, ".sst"},
                                                                         {Operation::kAppend, ".sst"},
                                                                         {Operation::kSync, ".sst"},
                                                                         {Operation::kAppend, "MANIFEST-"},
                                                                         {Operation::kSync, "MANIFEST-"}}));
  REQUIRE_THAT(Put("before"), IsOk());
  disk().Fail(operation, file, fault.status);
  PutMuch();
  const absl::Time deadline = absl::Now() + kDiskPatience;
  while (disk().num_failed() == 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  REQUIRE(disk().num_failed() > 0);
  CHECK(KeysMeanwhile(engine()).contains("before"));
  disk().Heal();
  PutUntilAnswered();
  PutMuch();
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "A log that cannot be created is created later") {
  const Fault fault = AnyFault();
  disk().Fail(Operation::kCreate, ".log", fault.status);
  PutMuch();
  REQUIRE(disk().num_failed() > 0);
  disk().Heal();
  PutUntilAnswered();
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "A store whose disk fails can be closed") {
  REQUIRE_THAT(Put("before"), IsOk());
  const Fault fault = AnyFault();
  disk().Fail(Operation::kSync, GENERATE(".sst", ".log", "MANIFEST-"), fault.status);
  PutMuch();
  Close();
  disk().Heal();
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "A disk that fails in every way refuses changes until it works again") {
  const Fault fault = AnyFault();
  REQUIRE_THAT(Put("before"), IsOk());
  for (const Operation operation : {Operation::kCreate, Operation::kAppend, Operation::kSync}) {
    disk().Fail(operation, "", fault.status);
  }
  for (int i = 0; i < 30; ++i) CHECK_THAT(Put(absl::StrCat("refused ", i), size_t{1} << 20), FailsWith(fault.reason));
  CHECK(KeysMeanwhile(engine()).contains("before"));
  disk().Heal();
  PutUntilAnswered();
  CheckAnswered();
}

TEST_CASE_METHOD(FailingDisk, "A loss of power keeps no commit without those before it, over a change of logs") {
  REQUIRE_THAT(Put("before"), IsOk());
  // From here on only RocksDB syncs anything, and the log becomes too long for one file.
  std::set<std::string> logs;
  for (int i = 0; i < 40; ++i) {
    REQUIRE_THAT(Put(absl::StrCat("row ", 100 + i), size_t{1} << 20, /*must_sync=*/false), IsOk());
    for (const auto& entry : std::filesystem::directory_iterator(directory().path())) {
      if (entry.path().extension() == ".log") logs.insert(entry.path());
    }
  }
  REQUIRE(logs.size() > 1);
  const TempDir after_power_loss;
  disk().CopySynced(directory().path(), after_power_loss.path(), *logs.rbegin());
  std::set<std::string> expected = {"before"};
  const std::set<std::string> kept = Keys(*Value(OpenRocksDb(after_power_loss.path())));
  for (int i = 0; expected.size() < kept.size(); ++i) expected.insert(absl::StrCat("row ", 100 + i));
  CHECK(kept == expected);
}

}  // namespace
}  // namespace zeus::bso::storage
