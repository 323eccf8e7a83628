// Stores that no server holds, as files: to be damaged, and to be compared before and after an open.
#ifndef ZEUS_BSO_TESTS_STORAGE_ROCKSDB_CLOSED_STORE_H_
#define ZEUS_BSO_TESTS_STORAGE_ROCKSDB_CLOSED_STORE_H_

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteFile(const std::string& path, absl::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  REQUIRE(file.good());
}

// Everything that is in a directory, a line each: name, size, hash, time of the last write. Taking the lock of a store
// writes to the LOCK file's time.
inline std::string ContentsOf(const std::string& directory) {
  std::set<std::string> lines;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    const std::string content = entry.is_regular_file() ? ReadFile(entry.path()) : "";
    const auto time = name == "LOCK" ? 0 : entry.last_write_time().time_since_epoch().count();
    lines.insert(absl::StrFormat("%s: %d bytes, hash %x, written at %d", name, content.size(),
                                 std::hash<std::string>()(content), time));
  }
  return absl::StrJoin(lines, "\n");
}

// Opens the store in a directory, and closes it at once.
inline absl::Status OpenAndClose(const std::string& directory) { return OpenRocksDb(directory).status(); }

// Opening a directory must fail, for this reason, with a message that contains `message`, and change nothing in it.
inline void CheckRefused(const std::string& directory, Reason reason, const std::string& message) {
  const std::string before = ContentsOf(directory);
  const absl::Status status = OpenAndClose(directory);
  CHECK_THAT(status, testing::FailsWith(reason));
  CHECK_THAT(std::string(status.message()), Catch::Matchers::Contains(message));
  CHECK(ContentsOf(directory) == before);
}

// The largest file in a directory whose name begins or ends so.
inline std::string LargestFile(const std::string& directory, absl::string_view part) {
  std::string largest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (!absl::StartsWith(name, part) && !absl::EndsWith(name, part)) continue;
    if (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)) largest = entry.path();
  }
  REQUIRE_FALSE(largest.empty());
  return largest;
}

inline absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& directory) {
  absl::StatusOr<std::unique_ptr<Engine>> engine = OpenRocksDb(directory);
  if (!engine.ok()) return engine.status();
  return Store::Open(*std::move(engine), Durability::kAsync);
}

// The jobs of a closed store: "job-000", "job-001", ...
inline Job NumberedJob(int number) {
  Job job = MakeJob(absl::StrFormat("job-%03d", number));
  job.min_cost = number;
  return job;
}

// How many numbered jobs a directory holds: the first so many, each as it was stored, or an error.
inline absl::StatusOr<int> CountJobs(const std::string& directory) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(directory);
  if (!store.ok()) return store.status();
  int count = 0;
  const auto read_jobs = [&](Session& session) {
    count = 0;  // It may run again, if a compaction meets damage and the store is opened again.
    return session.ScanJobs("", "", [&](const Job& job, const std::optional<JobSummary>&) {
      const Job expected = NumberedJob(count++);
      REQUIRE(job.spec == expected.spec);
      REQUIRE(job.min_cost == expected.min_cost);
      return true;
    });
  };
  if (const absl::Status read = testing::Transact(**store, read_jobs); !read.ok()) return read;
  return count;
}

// Numbered jobs, one commit each, in a directory of a test's own.
class ClosedStore {
 public:
  explicit ClosedStore(int jobs) : jobs_(jobs) {
    const std::unique_ptr<Store> store = testing::Value(OpenStore(path()));
    for (int i = 0; i < jobs; ++i) {
      const auto insert = [&](Session& session) { return session.InsertJob(NumberedJob(i)); };
      REQUIRE_THAT(testing::Transact(*store, insert), testing::IsOk());
    }
  }

  const std::string& path() const { return directory_.path(); }
  int jobs() const { return jobs_; }
  std::string LargestFile(absl::string_view part) const { return storage::LargestFile(path(), part); }

 private:
  const int jobs_;
  const testing::TempDir directory_;
};

// Numbered jobs in a store that was killed after the last of them. What is committed under kAsync was not synced.
class KilledStore {
 public:
  KilledStore(int jobs, Durability durability, int rewrites = 0) {
    const testing::TempDir live;
    auto engine = testing::Value(OpenRocksDb(live.path(), {.write_buffer_bytes = 1 << 22}));
    const std::unique_ptr<Store> store = testing::Value(Store::Open(std::move(engine), durability));
    for (int i = 0; i < jobs; ++i) {
      const auto insert = [&](Session& session) { return session.InsertJob(NumberedJob(i)); };
      REQUIRE_THAT(testing::Transact(*store, insert), testing::IsOk());
    }
    for (int i = 0; i < jobs * rewrites; ++i) {
      const auto rewrite = [&](Session& session) {
        const std::string job_id = NumberedJob(i % jobs).spec.job_id;
        testing::Value(session.FetchJob(job_id));
        return session.MutableJob(job_id).status();
      };
      REQUIRE_THAT(testing::Transact(*store, rewrite), testing::IsOk());
    }
    while (!CopyFiles(live.path())) {
    }
  }

  const std::string& path() const { return directory_.path(); }
  std::string log() const { return LargestFile(path(), ".log"); }

  // Those that are not empty, in the order of their numbers.
  std::vector<std::string> logs() const {
    std::set<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      if (absl::EndsWith(entry.path().string(), ".log") && entry.file_size() > 0) paths.insert(entry.path());
    }
    return {paths.begin(), paths.end()};
  }

 private:
  // False: a file was deleted meanwhile, so that the copy is of no one moment.
  bool CopyFiles(const std::string& from) const {
    for (const auto& entry : std::filesystem::directory_iterator(path())) std::filesystem::remove(entry.path());
    std::error_code error;
    std::filesystem::copy(from, path(), std::filesystem::copy_options::recursive, error);
    return !error;
  }

  const testing::TempDir directory_;
};

// Inverts the bits of one byte.
inline void FlipByte(const std::string& path, size_t offset) {
  std::string content = ReadFile(path);
  REQUIRE(offset < content.size());
  content[offset] = static_cast<char>(~content[offset]);
  WriteFile(path, content);
}

// Where `text` is in a file.
inline size_t OffsetOf(const std::string& path, absl::string_view text) {
  const size_t offset = ReadFile(path).find(std::string(text));
  REQUIRE(offset != std::string::npos);
  return offset;
}

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_TESTS_STORAGE_ROCKSDB_CLOSED_STORE_H_
