// The contract of Engine and Snapshot (storage/engine.h), on the embedded engine and on that of other tests.
#include "storage/rocksdb/rocksdb_engine.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/schema.h"
#include "tests/support/engine_rows.h"
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

  void Put(absl::string_view key, absl::string_view value, Table table = Table::kJobs) {
    REQUIRE_THAT(testing::PutRow(*engine_, table, key, value, /*sync=*/false), IsOk());
  }
  void Delete(absl::string_view key) { REQUIRE_THAT(testing::DeleteRow(*engine_, Table::kJobs, key), IsOk()); }

  std::optional<std::string> Get(absl::string_view key, Table table = Table::kJobs) {
    return testing::GetRow(*engine_, table, key);
  }

  // As a restart does; memory does not outlive it.
  void Restart() {
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
std::string Scan(const Snapshot& snapshot, absl::string_view begin = "", absl::string_view end = "",
                 size_t limit = 100) {
  std::string rows;
  size_t count = 0;
  REQUIRE_THAT(snapshot.Scan(Table::kJobs, begin, end,
                             [&](absl::string_view key, absl::string_view value) {
                               absl::StrAppend(&rows, rows.empty() ? "" : " ", key, "=", value);
                               return ++count < limit;
                             }),
               IsOk());
  return rows;
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A row is what was written last, or absent") {
  CHECK(Get("a") == std::nullopt);
  Put("a", "1");
  CHECK(Get("a") == "1");
  Put("a", "");
  CHECK(Get("a") == "");
  Delete("a");
  CHECK(Get("a") == std::nullopt);
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

TEST_CASE_METHOD(RocksdbEngineFixture, "A snapshot shows the store as it was when it was taken") {
  Put("a", "1");
  Put("b", "1");
  const std::unique_ptr<Snapshot> before = engine().TakeSnapshot();
  Put("a", "2");
  Delete("b");
  Put("c", "2");
  CHECK(Value(before->Get(Table::kJobs, "a")) == "1");
  CHECK(Value(before->Get(Table::kJobs, "b")) == "1");
  CHECK(Value(before->Get(Table::kJobs, "c")) == std::nullopt);
  CHECK(Scan(*before) == "a=1 b=1");
  CHECK(Scan(*engine().TakeSnapshot()) == "a=2 c=2");
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A scan visits the rows from its begin up to but without its end") {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(key, "1");
  const std::unique_ptr<Snapshot> snapshot = engine().TakeSnapshot();
  CHECK(Scan(*snapshot, "b", "d") == "b=1 ba=1 c=1");
  CHECK(Scan(*snapshot, "aa", "bb") == "b=1 ba=1");
  CHECK(Scan(*snapshot, "c", "") == "c=1 d=1");
  CHECK(Scan(*snapshot, "", "b") == "a=1");
  CHECK(Scan(*snapshot, "e", "").empty());
  CHECK(Scan(*snapshot, "b", "b").empty());
  CHECK(Scan(*snapshot, "d", "a").empty());
}

TEST_CASE_METHOD(RocksdbEngineFixture, "A scan ends when its visitor has enough") {
  for (const char* key : {"a", "b", "c"}) Put(key, "1");
  CHECK(Scan(*engine().TakeSnapshot(), "", "", 2) == "a=1 b=1");
}

TEST_CASE_METHOD(RocksdbEngineFixture,
                 "Batches are written in their order, in all tables at once, and survive a restart") {
  Put(kSchemaVersionKey, absl::StrCat(kSchemaVersion), Table::kMeta);
  WriteBatch first;
  WriteBatch second;
  for (const TableInfo& table : kTables) {
    first.Put(table.table, "a", "first");
    first.Put(table.table, "b", "first");
    second.Delete(table.table, "b");
    second.Put(table.table, "a", "second");
    second.Put(table.table, "a", table.name);
  }
  const WriteBatch* const batches[] = {&first, &second};
  REQUIRE_THAT(engine().Write(batches, /*sync=*/GENERATE(true, false)), IsOk());
  for (int restart = 0; restart < 2; ++restart) {
    for (const TableInfo& table : kTables) {
      CHECK(Get("a", table.table) == table.name);
      CHECK(Get("b", table.table) == std::nullopt);
    }
    Restart();
  }
}

TEST_CASE("After a reopening everything is there, and earlier snapshots fail") {
  const TempDir directory;
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(directory.path()));
  REQUIRE_THAT(testing::PutRow(*engine, Table::kMeta, kSchemaVersionKey, absl::StrCat(kSchemaVersion)), IsOk());
  REQUIRE_THAT(testing::PutRow(*engine, Table::kJobs, "a", "1"), IsOk());
  const std::unique_ptr<Snapshot> before = engine->TakeSnapshot();
  CHECK_THAT(engine->Probe(), IsOk());
  REQUIRE_THAT(engine->Reopen(), IsOk());
  CHECK_THAT(before->Get(Table::kJobs, "a").status(), FailsWith(Reason::kStorageUnavailable));
  CHECK_THAT(before->Scan(Table::kJobs, "", "", [](absl::string_view, absl::string_view) { return true; }),
             FailsWith(Reason::kStorageUnavailable));
  CHECK(testing::GetRow(*engine, Table::kJobs, "a") == "1");
  CHECK_THAT(testing::PutRow(*engine, Table::kJobs, "b", "1"), IsOk());
}

TEST_CASE("A store that cannot be opened again for writing can be read") {
  const TempDir directory;
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(directory.path()));
  REQUIRE_THAT(testing::PutRow(*engine, Table::kMeta, kSchemaVersionKey, absl::StrCat(kSchemaVersion + 1)), IsOk());
  REQUIRE_THAT(testing::PutRow(*engine, Table::kJobs, "a", "1"), IsOk());
  CHECK_THAT(engine->Reopen(), FailsWith(Reason::kStoreRefused));
  CHECK(testing::GetRow(*engine, Table::kJobs, "a") == "1");
  CHECK_FALSE(testing::PutRow(*engine, Table::kJobs, "b", "1").ok());
}

}  // namespace
}  // namespace zeus::bso::storage
