// A store that is damaged is refused untouched, or says so when the damage is read: it never gives back wrong data.
// What a crash cuts off at the end of the log is no damage.
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "catch2/catch.hpp"
#include "storage/schema.h"
#include "tests/storage/rocksdb/closed_store.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

// Jobs whose rows are in the write-ahead log, and fill several of its blocks of 32 KiB.
class InLog : public ClosedStore {
 public:
  InLog() : ClosedStore(600) {}
  std::string log() const { return LargestFile(".log"); }
};

// Jobs whose rows are in table files: opening a store moves there what was in the log.
class InTableFiles : public ClosedStore {
 public:
  InTableFiles() : ClosedStore(60) { REQUIRE_THAT(OpenAndClose(path()), IsOk()); }
  std::string table_file() const { return LargestFile(".sst"); }
};

TEST_CASE_METHOD(InLog, "A byte that is wrong in the middle of the log is damage") {
  const size_t offset = OffsetOf(log(), "job-300");
  FlipByte(log(), offset);
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InLog, "A length that is wrong in the middle of the log is damage") {
  // The first record: a checksum of 4 bytes, then the length, the less significant byte first.
  FlipByte(log(), 5);
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InLog, "A log that lost a piece of its middle is damaged") {
  std::string content = ReadFile(log());
  content.erase(content.size() / 2, 1000);
  WriteFile(log(), content);
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InLog, "A byte that is wrong in the manifest is damage") {
  const std::string manifest = LargestFile("MANIFEST-");
  FlipByte(manifest, OffsetOf(manifest, "explorations"));
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InLog, "A missing manifest is damage") {
  std::filesystem::remove(LargestFile("MANIFEST-"));
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InLog, "A CURRENT file that names no manifest is damage") {
  WriteFile(LargestFile("CURRENT"), GENERATE("", "garbage", "garbage\n", "\n", "MANIFEST-"));
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InTableFiles, "A store with data that lost its CURRENT file is not taken for a new one") {
  std::filesystem::remove(LargestFile("CURRENT"));
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
  // RocksDB refuses the first open too, but leaves an empty database in force: the second one deleted all table files.
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InTableFiles, "A store with data whose manifest lost its end is not taken for a new one") {
  // Cut off where it tells of the first table file, so that all column families seem empty.
  const std::string manifest = LargestFile("MANIFEST-");
  std::filesystem::resize_file(manifest, OffsetOf(manifest, kServingTimeKey));
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InTableFiles, "A missing table file is damage") {
  std::filesystem::remove(table_file());
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InTableFiles, "A table file that is cut off is damaged") {
  const std::string file = table_file();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
}

TEST_CASE_METHOD(InTableFiles, "A byte that is wrong among the rows of a table file is found when it is read") {
  FlipByte(table_file(), 100);
  CHECK_THAT(CountJobs(path()).status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE_METHOD(InTableFiles, "Wherever a byte of a table file is wrong, no wrong data is read") {
  constexpr size_t kFlips = 10;
  for (size_t i = 0; i < kFlips; ++i) {
    const testing::TempDir copy;
    std::filesystem::copy(path(), copy.path());
    const std::string file = storage::LargestFile(copy.path(), ".sst");
    const size_t offset = std::filesystem::file_size(file) * i / kFlips;
    CAPTURE(offset);
    FlipByte(file, offset);
    const absl::StatusOr<int> read = CountJobs(copy.path());
    if (read.ok()) {
      CHECK(*read == jobs());
    } else {
      CHECK_THAT(read.status(), FailsWith(Reason::kStorageCorrupted));
    }
  }
}

TEST_CASE_METHOD(InTableFiles, "Whichever table file has a wrong byte, a start that is refused changes nothing") {
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path())) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".sst") continue;
    CAPTURE(name);
    const testing::TempDir copy;
    std::filesystem::copy(path(), copy.path());
    FlipByte(copy / name, 10);
    const std::string before = ContentsOf(copy.path());
    if (const absl::Status status = OpenStore(copy.path()).status(); !status.ok()) {
      ++refused;
      CHECK_THAT(status, FailsWith(Reason::kStorageCorrupted));
      CHECK(ContentsOf(copy.path()) == before);
    }
  }
  CHECK(refused > 0);
}

TEST_CASE_METHOD(InLog, "A start that is refused makes no file to lock") {
  std::filesystem::remove(path() + "/LOCK");
  FlipByte(log(), std::filesystem::file_size(log()) / 2);
  CheckRefused(path(), Reason::kStorageCorrupted, "damaged");
  CHECK_FALSE(std::filesystem::exists(path() + "/LOCK"));
}

// The same, not closed, and not synced: the end may be missing.
class Unsynced : public KilledStore {
 public:
  Unsynced() : KilledStore(kJobs, Durability::kAsync) {}
  static int jobs() { return kJobs; }

 private:
  static constexpr int kJobs = 600;
};

TEST_CASE_METHOD(Unsynced, "A last record that was cut off is dropped, all before it is kept, and the store works on") {
  std::filesystem::resize_file(log(), OffsetOf(log(), NumberedJob(jobs() - 1).spec.job_id));
  CHECK(Value(CountJobs(path())) == jobs() - 1);
  CHECK(Value(CountJobs(path())) == jobs() - 1);
}

TEST_CASE_METHOD(Unsynced, "A log that lost its last byte has all jobs but the last") {
  const std::string content = ReadFile(log());
  WriteFile(log(), content.substr(0, content.size() - 1));
  CHECK(Value(CountJobs(path())) == jobs() - 1);
  CHECK(Value(CountJobs(path())) == jobs() - 1);
}

TEST_CASE_METHOD(Unsynced, "A log that was cut off anywhere keeps what was before") {
  const std::string content = ReadFile(log());
  for (const int tenths : {1, 4, 9}) {
    const testing::TempDir copy;
    std::filesystem::copy(path(), copy.path());
    WriteFile(storage::LargestFile(copy.path(), ".log"),
              content.substr(0, content.size() * static_cast<size_t>(tenths) / 10));
    const int kept = Value(CountJobs(copy.path()));
    CAPTURE(tenths);
    CHECK(kept > jobs() * (tenths - 1) / 10);
    CHECK(kept < jobs() * (tenths + 1) / 10);
  }
}

TEST_CASE_METHOD(InLog, "A log that a crash left with zeros at its end loses nothing") {
  WriteFile(log(), ReadFile(log()) + std::string(5000, '\0'));
  CHECK(Value(CountJobs(path())) == jobs());
}

}  // namespace
}  // namespace zeus::bso::storage
