// What a loss of power, or a hand, does to the logs of a store that was not closed.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch.hpp"
#include "storage/rocksdb/log_reader.h"
#include "tests/storage/rocksdb/closed_store.h"
#include "tests/support/unpack.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::Value;

// Replaces a part of a file by zeros.
void Erase(const std::string& path, size_t begin, size_t size) {
  std::string content = ReadFile(path);
  content.replace(begin, size, std::min(size, content.size() - begin), '\0');
  WriteFile(path, content);
}

constexpr int kJobs = 200;

TEST_CASE("A store whose last record is half there, with zeros behind it, opens with all that is before it") {
  const KilledStore store(kJobs, Durability::kAsync);
  const int job = GENERATE(0, 1, 100, 199);
  const size_t offset = OffsetOf(store.log(), NumberedJob(job).spec.job_id);
  Erase(store.log(), offset + 4, std::string::npos);
  CHECK(Value(CountJobs(store.path())) == job);
  // It goes on from there.
  CHECK(Value(CountJobs(store.path())) == job);
}

TEST_CASE("A store with a page of zeros before intact ones opens with all that is before it") {
  const KilledStore store(kJobs, Durability::kAsync);
  const int job = GENERATE(1, 50, 120);
  Erase(store.log(), OffsetOf(store.log(), NumberedJob(job).spec.job_id), 4'096);
  CHECK(Value(CountJobs(store.path())) == job);
  const std::unique_ptr<Store> opened = Value(OpenStore(store.path()));
  const auto insert = [&](Session& session) { return session.InsertJob(NumberedJob(job)); };
  CHECK_THAT(testing::Transact(*opened, insert), IsOk());
}

TEST_CASE("The same where it was answered, as the log was synced, is refused") {
  const KilledStore store(kJobs, Durability::kSync);
  const int job = GENERATE(1, 120, 199);
  const size_t size = GENERATE(size_t{4'096}, std::string::npos);
  Erase(store.log(), OffsetOf(store.log(), NumberedJob(job).spec.job_id), size);
  CheckRefused(store.path(), Reason::kStorageCorrupted, "is damaged at byte");
}

TEST_CASE("A log whose synced end is missing is refused, also where it ends between two records") {
  const KilledStore store(kJobs, Durability::kSync);
  const std::string content = ReadFile(store.log());
  LogReader reader(content);
  while (reader.position() < content.size() / 2) REQUIRE(reader.Next().has_value());
  SECTION("between two") { std::filesystem::resize_file(store.log(), reader.position()); }
  SECTION("inside of one") { std::filesystem::resize_file(store.log(), reader.position() + 10); }
  SECTION("altogether") { std::filesystem::remove(store.log()); }
  CheckRefused(store.path(), Reason::kStorageCorrupted, "the store is damaged");
}

// Several logs that are needed: the rows of the jobs fill a table file, the others are in the first log only.
class ManyLogs : public KilledStore {
 public:
  ManyLogs() : KilledStore(500, Durability::kAsync, /*rewrites=*/12) { REQUIRE(logs().size() >= 2); }
};

TEST_CASE_METHOD(ManyLogs, "A store with several logs opens") { CHECK(Value(CountJobs(path())) == 500); }

TEST_CASE_METHOD(ManyLogs, "A log that is missing and not the last is noticed") {
  std::filesystem::remove(logs()[0]);
  CheckRefused(path(), Reason::kStorageCorrupted, "the store is damaged");
}

TEST_CASE_METHOD(ManyLogs, "A log that is shortened and not the last is noticed, also between two records") {
  const std::string log = logs()[0];
  const std::string content = ReadFile(log);
  LogReader reader(content);
  while (reader.position() < content.size() / 2) REQUIRE(reader.Next().has_value());
  std::filesystem::resize_file(log, reader.position() + GENERATE(0, 10));
  CheckRefused(path(), Reason::kStorageCorrupted, "the store is damaged");
}

TEST_CASE_METHOD(ManyLogs, "Two logs that are swapped are noticed, and no process ends") {
  const std::vector<std::string> all = logs();
  std::filesystem::rename(all[0], path() + "/other");
  std::filesystem::rename(all[1], all[0]);
  std::filesystem::rename(path() + "/other", all[1]);
  CheckRefused(path(), Reason::kStorageCorrupted, "the store is damaged");
}

TEST_CASE("A store of a server that left no marks opens, also with a cut at its end") {
  const testing::TempDir directory;
  testing::Unpack(ZEUS_BSO_TEST_DATA_DIR "/storage/schema_4.tar.gz", directory.path());
  if (GENERATE(false, true)) {
    const std::string log = LargestFile(directory.path(), ".log");
    std::filesystem::resize_file(log, std::filesystem::file_size(log) - 5);
  }
  CHECK_THAT(OpenAndClose(directory.path()), IsOk());
  CHECK_THAT(OpenAndClose(directory.path()), IsOk());
}

}  // namespace
}  // namespace zeus::bso::storage
