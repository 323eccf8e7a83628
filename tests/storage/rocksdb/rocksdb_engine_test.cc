// The contract of Engine and Transaction (storage/engine.h), on the embedded engine and on that of other tests.
#include "storage/rocksdb/rocksdb_engine.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/keys.h"
#include "storage/schema.h"
#include "tests/support/memory_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;
using testing::Value;

// Each test case runs once on each engine.
class RocksdbEngineFixture {
 public:
  Engine& engine() { return *engine_; }

  std::unique_ptr<Transaction> Begin() { return engine_->Begin(Isolation::kSnapshot); }

  // Writes one row in a transaction of its own.
  void Put(absl::string_view key, absl::string_view value, Table table = Table::kJobs) {
    const std::unique_ptr<Transaction> transaction = Begin();
    REQUIRE_THAT(transaction->Put(table, key, value), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  void Erase(absl::string_view key) {
    const std::unique_ptr<Transaction> transaction = Begin();
    REQUIRE_THAT(transaction->Erase(Table::kJobs, key), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  std::optional<std::string> Get(absl::string_view key, Table table = Table::kJobs) {
    return Value(Begin()->Get(table, key));
  }

  // As a restart does; memory does not outlive it.
  void Reopen() {
    if (in_memory_) return;
    engine_.reset();
    engine_ = Open();
  }

 private:
  std::unique_ptr<Engine> Open() {
    if (in_memory_) return std::make_unique<testing::MemoryEngine>();
    return Value(OpenRocksDb(directory_.path()));
  }

  const bool in_memory_ = GENERATE(false, true);
  TempDir directory_;
  std::unique_ptr<Engine> engine_ = Open();
};

// The rows of a range, such as "a=1 b=2".
std::string Scan(Transaction& transaction, absl::string_view begin = "", absl::string_view end = "",
                 size_t limit = 100) {
  std::string rows;
  size_t count = 0;
  REQUIRE_THAT(transaction.Scan(Table::kJobs, begin, end,
                                [&](absl::string_view key, absl::string_view value) {
                                  absl::StrAppend(&rows, rows.empty() ? "" : " ", key, "=", value);
                                  return ++count < limit;
                                }),
               IsOk());
  return rows;
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A row is what was last committed, or absent") {
  CHECK(Get("a") == std::nullopt);
  Put("a", "1");
  CHECK(Get("a") == "1");
  Put("a", "");
  CHECK(Get("a") == "");
  Erase("a");
  CHECK(Get("a") == std::nullopt);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A row that is retired is there all the same") {
  Put("a", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  for (const Table table : {Table::kJobs, Table::kArms, Table::kResults, Table::kDue}) {
    REQUIRE_THAT(transaction->Put(table, ArmRowKey(1, 8), "2"), IsOk());
    transaction->Retire(table, ArmRowKey(1, 8));
    CHECK(Value(transaction->Get(table, ArmRowKey(1, 8))) == "2");
  }
  transaction->Retire(Table::kJobs, "a");
  transaction->Retire(Table::kJobs, "absent");
  REQUIRE_THAT(transaction->Commit(), IsOk());
  for (const Table table : {Table::kJobs, Table::kArms, Table::kResults, Table::kDue}) {
    CHECK(Get(ArmRowKey(1, 8), table) == "2");
  }
  CHECK(Get("a") == "1");
  CHECK(Get("absent") == std::nullopt);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Keys and values are any bytes") {
  const std::string key("\0\xff\n", 3);
  const std::string value("\xfe\0\0", 3);
  Put(key, value);
  CHECK(Get(key) == value);
  CHECK(Get(absl::string_view("\0", 1)) == std::nullopt);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Tables do not share rows") {
  for (const TableInfo& table : kTables) Put("a", table.name, table.table);
  for (const TableInfo& table : kTables) CHECK(Get("a", table.table) == table.name);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Reads see the store as it was when the transaction began") {
  Put("a", "1");
  Put("b", "1");
  const std::unique_ptr<Transaction> reader = Begin();
  Put("a", "2");
  Erase("b");
  Put("c", "2");
  CHECK(Value(reader->Get(Table::kJobs, "a")) == "1");
  CHECK(Value(reader->Get(Table::kJobs, "b")) == "1");
  CHECK(Value(reader->Get(Table::kJobs, "c")) == std::nullopt);
  CHECK(Value(reader->GetForUpdate(Table::kJobs, "a")) == "1");
  CHECK(Scan(*reader) == "a=1 b=1");
  CHECK(Scan(*Begin()) == "a=2 c=2");
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Reads see the transaction's own writes over the store") {
  for (const char* key : {"a", "b", "c"}) Put(key, "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE_THAT(transaction->Put(Table::kJobs, "b", "2"), IsOk());
  REQUIRE_THAT(transaction->Erase(Table::kJobs, "c"), IsOk());
  REQUIRE_THAT(transaction->Put(Table::kJobs, "d", "2"), IsOk());
  REQUIRE_THAT(transaction->Put(Table::kTrials, "aa", "other table"), IsOk());
  CHECK(Value(transaction->Get(Table::kJobs, "b")) == "2");
  CHECK(Value(transaction->Get(Table::kJobs, "c")) == std::nullopt);
  CHECK(Value(transaction->Get(Table::kJobs, "d")) == "2");
  CHECK(Value(transaction->GetForUpdate(Table::kJobs, "d")) == "2");
  CHECK(Scan(*transaction) == "a=1 b=2 d=2");
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A scan visits the rows from its begin up to but without its end") {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(key, "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  CHECK(Scan(*transaction, "b", "d") == "b=1 ba=1 c=1");
  CHECK(Scan(*transaction, "aa", "bb") == "b=1 ba=1");
  CHECK(Scan(*transaction, "c", "") == "c=1 d=1");
  CHECK(Scan(*transaction, "", "b") == "a=1");
  CHECK(Scan(*transaction, "e", "").empty());
  CHECK(Scan(*transaction, "b", "b").empty());
  CHECK(Scan(*transaction, "d", "a").empty());
}

TEST_CASE_METHOD(RocksdbEngineFixture, "The bounds of a scan hold for the transaction's own writes too") {
  Put("b", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  for (const char* key : {"a", "bb", "c", "d"}) REQUIRE_THAT(transaction->Put(Table::kJobs, key, "2"), IsOk());
  CHECK(Scan(*transaction, "b", "c") == "b=1 bb=2");
  CHECK(Scan(*transaction, "bb", "d") == "bb=2 c=2");
  CHECK(Scan(*transaction, "c", "") == "c=2 d=2");
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A scan ends when its visitor has enough") {
  for (const char* key : {"a", "b", "c"}) Put(key, "1");
  CHECK(Scan(*Begin(), "", "", 2) == "a=1 b=1");
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A transaction that is dropped leaves nothing") {
  const uint64_t before = engine().CommitPosition();
  {
    const std::unique_ptr<Transaction> dropped = Begin();
    REQUIRE_THAT(dropped->Put(Table::kJobs, "a", "1"), IsOk());
    REQUIRE(Value(dropped->GetForUpdate(Table::kJobs, "b")) == std::nullopt);
  }
  CHECK(Get("a") == std::nullopt);
  CHECK(engine().CommitPosition() == before);
  Put("b", "1");
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Two writes of one key race, and the later commit loses with all its writes") {
  const std::unique_ptr<Transaction> first = Begin();
  const std::unique_ptr<Transaction> second = Begin();
  REQUIRE_THAT(first->Put(Table::kJobs, "a", "1"), IsOk());
  REQUIRE_THAT(second->Put(Table::kTrials, "t", "2"), IsOk());
  SECTION("put against put") { REQUIRE_THAT(second->Put(Table::kJobs, "a", "2"), IsOk()); }
  SECTION("put against erase") { REQUIRE_THAT(second->Erase(Table::kJobs, "a"), IsOk()); }
  CHECK_THAT(first->Commit(), IsOk());
  CHECK_THAT(second->Commit(), FailsWith(Reason::kLostRace));
  CHECK(Get("a") == "1");
  CHECK(Get("t", Table::kTrials) == std::nullopt);
}

TEST_CASE_METHOD(RocksdbEngineFixture,
                 "A write races with one made before it was buffered but after the transaction began") {
  const std::unique_ptr<Transaction> transaction = Begin();
  Put("a", "1");
  REQUIRE_THAT(transaction->Put(Table::kJobs, "a", "2"), IsOk());
  CHECK_THAT(transaction->Commit(), FailsWith(Reason::kLostRace));
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A key read for update makes the commit fail when it was written since") {
  Put("a", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  const std::string key = GENERATE("a", "absent");
  SECTION("after the read") {
    REQUIRE_THAT(transaction->GetForUpdate(Table::kJobs, key).status(), IsOk());
    Put(key, "2");
  }
  SECTION("before the read") {
    Put(key, "2");
    REQUIRE_THAT(transaction->GetForUpdate(Table::kJobs, key).status(), IsOk());
  }
  SECTION("by an erasure") {
    REQUIRE_THAT(transaction->GetForUpdate(Table::kJobs, key).status(), IsOk());
    Erase(key);
  }
  REQUIRE_THAT(transaction->Put(Table::kTrials, "t", "1"), IsOk());
  CHECK_THAT(transaction->Commit(), FailsWith(Reason::kLostRace));
  CHECK(Get("t", Table::kTrials) == std::nullopt);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Keys that were only read or scanned, and those of other tables, do not race") {
  Put("a", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE(Value(transaction->Get(Table::kJobs, "a")) == "1");
  REQUIRE(Scan(*transaction) == "a=1");
  REQUIRE_THAT(transaction->GetForUpdate(Table::kTrials, "a").status(), IsOk());
  REQUIRE_THAT(transaction->Put(Table::kJobs, "b", "1"), IsOk());
  Put("a", "2");
  CHECK_THAT(transaction->Commit(), IsOk());
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A commit shows its writes in all tables at once, and they survive a restart") {
  Put(kSchemaVersionKey, absl::StrCat(kSchemaVersion), Table::kMeta);
  std::unique_ptr<Transaction> transaction = Begin();
  for (const TableInfo& table : kTables) REQUIRE_THAT(transaction->Put(table.table, "a", table.name), IsOk());
  for (const TableInfo& table : kTables) CHECK(Get("a", table.table) == std::nullopt);
  REQUIRE_THAT(transaction->Commit(), IsOk());
  for (const TableInfo& table : kTables) CHECK(Get("a", table.table) == table.name);
  REQUIRE_THAT(engine().Sync(), IsOk());
  transaction.reset();
  Reopen();
  for (const TableInfo& table : kTables) CHECK(Get("a", table.table) == table.name);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "The commit position grows with each commit and with nothing else") {
  uint64_t last = engine().CommitPosition();
  for (int i = 0; i < 3; ++i) {
    Put("a", absl::StrCat(i));
    CHECK(engine().CommitPosition() > last);
    last = engine().CommitPosition();
  }
  REQUIRE_THAT(Begin()->Get(Table::kJobs, "a").status(), IsOk());
  REQUIRE_THAT(engine().Sync(), IsOk());
  CHECK(engine().CommitPosition() == last);
}

TEST_CASE_METHOD(RocksdbEngineFixture, "Syncing needs no commit before it") {
  CHECK_THAT(engine().Sync(), IsOk());
  Put("a", "1");
  CHECK_THAT(engine().Sync(), IsOk());
  CHECK_THAT(engine().Sync(), IsOk());
}

}  // namespace
}  // namespace zeus::bso::storage
