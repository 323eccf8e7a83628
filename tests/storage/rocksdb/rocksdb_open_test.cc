// Which directories are opened, and which are refused untouched.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "rocksdb/db.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/schema.h"
#include "storage/uid_sequence.h"
#include "tests/storage/rocksdb/closed_store.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;
using testing::Value;

// Opens a database with these column families, and writes a row into each one.
void MakeDatabase(const std::string& path, std::vector<rocksdb::ColumnFamilyDescriptor> families, bool with_rows) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  rocksdb::DBOptions options = MakeDbOptions({});
  options.create_missing_column_families = true;
  REQUIRE(rocksdb::DB::Open(options, path, families, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (with_rows) REQUIRE(db->Put({}, handle, "key", "value").ok());
    REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

rocksdb::ColumnFamilyDescriptor Family(const std::string& name) { return {name, {}}; }

std::vector<rocksdb::ColumnFamilyDescriptor> FirstFamilies(size_t count) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families = MakeColumnFamilies({});
  families.resize(count, Family(""));
  return families;
}

void SetMetaRow(const std::string& path, absl::string_view key, const std::string& value) {
  const std::unique_ptr<Engine> engine = Value(OpenRocksDb(path));
  REQUIRE_THAT(testing::PutRow(*engine, Table::kMeta, key, value), IsOk());
}

// The directory can be opened, and takes a job that is still there after a restart.
void CheckWorks(const std::string& path) {
  for (const bool first : {true, false}) {
    const std::unique_ptr<Store> store = Value(Store::Open(Value(OpenRocksDb(path)), Durability::kSync));
    const auto body = [&](Session& session) {
      if (first) return session.InsertJob(MakeJob());
      CHECK(Value(session.FetchJob("job")) != nullptr);
      return absl::OkStatus();
    };
    CHECK_THAT(testing::Transact(*store, body), IsOk());
  }
}

TEST_CASE("A second open of a directory is refused and changes nothing in it") {
  const ClosedStore directory(3);
  const std::unique_ptr<Engine> first = Value(OpenRocksDb(directory.path()));
  CheckRefused(directory.path(), Reason::kStoreRefused, "another server");
  CheckRefused(directory.path(), Reason::kStoreRefused, directory.path());
  CHECK(testing::GetRow(*first, Table::kJobs, "job-000").has_value());
}

bool HasTableFiles(const std::string& directory) {
  const std::filesystem::directory_iterator files(directory);
  return std::any_of(begin(files), end(files), [](const auto& file) { return file.path().extension() == ".sst"; });
}

TEST_CASE("What was written is kept in memory up to the limit that is given, then in table files") {
  for (const int64_t mebibytes : {4, 64}) {
    const TempDir directory;
    const std::unique_ptr<Engine> engine =
        Value(OpenRocksDb(directory.path(), {.block_cache_bytes = 1 << 20, .write_buffer_bytes = mebibytes << 20}));
    const std::string value(10'000, 'v');
    for (int i = 0; i < 1000; ++i) {
      REQUIRE_THAT(testing::PutRow(*engine, Table::kJobs, absl::StrCat(i), value, /*sync=*/false), IsOk());
    }
    for (int i = 0; i < 1000; i += 100) {
      CHECK(testing::GetRow(*engine, Table::kJobs, absl::StrCat(i)) == value);
    }
    CHECK(HasTableFiles(directory.path()) == (mebibytes == 4));
  }
}

TEST_CASE("A directory is free again when its engine is closed") {
  const ClosedStore directory(3);
  REQUIRE_THAT(OpenAndClose(directory.path()), IsOk());
  CHECK(Value(CountJobs(directory.path())) == 3);
}

TEST_CASE("A store of a newer schema is refused with both versions, and nothing in it changes") {
  const ClosedStore directory(3);
  SetMetaRow(directory.path(), kSchemaVersionKey, "41237");
  CheckRefused(directory.path(), Reason::kStoreRefused, "schema version 41237");
  CheckRefused(directory.path(), Reason::kStoreRefused, absl::StrCat("up to ", kSchemaVersion));
}

TEST_CASE("A store whose schema version is no number is refused, and nothing in it changes") {
  const ClosedStore directory(3);
  SetMetaRow(directory.path(), kSchemaVersionKey, "x");
  CheckRefused(directory.path(), Reason::kStoreRefused, "schema version");
}

TEST_CASE("A store whose incarnation is no number, or the last one, is refused, and nothing in it changes") {
  const ClosedStore directory(3);
  SECTION("no number") {
    SetMetaRow(directory.path(), kIncarnationKey, "x");
    CheckRefused(directory.path(), Reason::kStorageCorrupted, "incarnation");
  }
  SECTION("the last one") {
    SetMetaRow(directory.path(), kIncarnationKey, absl::StrCat(UidSequence::kMaxIncarnation));
    CheckRefused(directory.path(), Reason::kStoreRefused, "no uids left");
  }
}

TEST_CASE("A database of another program is refused, and nothing in it changes") {
  const TempDir directory;
  SECTION("with rows in the default column family") {
    MakeDatabase(directory.path(), {Family("default")}, /*with_rows=*/true);
  }
  SECTION("with column families of its own") {
    MakeDatabase(directory.path(), {Family("default"), Family("theirs")}, /*with_rows=*/false);
  }
  SECTION("with column families of its own and all of ours") {
    std::vector<rocksdb::ColumnFamilyDescriptor> families = MakeColumnFamilies({});
    families.push_back(Family("theirs"));
    MakeDatabase(directory.path(), families, /*with_rows=*/false);
  }
  SECTION("with rows in column families that have our names") {
    MakeDatabase(directory.path(), MakeColumnFamilies({}), /*with_rows=*/true);
  }
  CheckRefused(directory.path(), Reason::kStoreRefused, "another program");
}

TEST_CASE("Our schema version does not make a database ours that has other column families") {
  const ClosedStore directory(3);
  std::vector<rocksdb::ColumnFamilyDescriptor> families = MakeColumnFamilies({});
  families.push_back(Family("theirs"));
  MakeDatabase(directory.path(), families, /*with_rows=*/false);
  CheckRefused(directory.path(), Reason::kStoreRefused, "another program");
}

TEST_CASE("A path that is a file is refused, and the file stays as it is") {
  const TempDir directory;
  WriteFile(directory / "file", "content");
  const std::string path = directory / GENERATE("file", "file/below");
  const absl::Status status = OpenAndClose(path);
  CHECK_THAT(status, FailsWith(Reason::kStoreRefused));
  CHECK_THAT(std::string(status.message()), Catch::Matchers::Contains(path));
  CHECK(ReadFile(directory / "file") == "content");
}

TEST_CASE("Directories that are missing are created") {
  const TempDir directory;
  CheckWorks(directory / "a/b/c");
}

TEST_CASE("An empty directory becomes a store") {
  const TempDir directory;
  CheckWorks(directory.path());
}

TEST_CASE("An interrupted first creation opens as a new store") {
  const TempDir directory;
  SECTION("before the database had a manifest in force") {
    WriteFile(directory / "IDENTITY", "0123");
    WriteFile(directory / "MANIFEST-000001", "the beginning of a manif");
  }
  SECTION("with the default column family alone") {
    MakeDatabase(directory.path(), FirstFamilies(1), /*with_rows=*/false);
  }
  SECTION("with some of the column families") { MakeDatabase(directory.path(), FirstFamilies(3), /*with_rows=*/false); }
  SECTION("with all column families and no schema version") {
    MakeDatabase(directory.path(), MakeColumnFamilies({}), /*with_rows=*/false);
  }
  CheckWorks(directory.path());
}

TEST_CASE("An engine writes no log file of its own") {
  const TempDir directory;
  CheckWorks(directory.path());
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    CAPTURE(entry.path().filename());
    CHECK_FALSE(absl::StartsWith(entry.path().filename().string(), "LOG"));
  }
}

}  // namespace
}  // namespace zeus::bso::storage
