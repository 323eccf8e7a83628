// Data directories that the server does not serve.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/rocksdb/store_check.h"
#include "storage/schema.h"
#include "tests/server/process_fixture.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::testing {
namespace {

using Bytes = std::string;

Bytes Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Write(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class Refusal : public ProcessFixture {
 public:
  // Makes a store with some jobs in it.
  void MakeStore() {
    const auto server = Serve();
    for (int i = 0; i < 20; ++i) Register(server->address(), absl::StrCat("job-", i));
    Stop(*server);
  }

  // The files of the store whose names begin or end so.
  std::vector<std::filesystem::path> Files(const std::string& beginning, const std::string& ending) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(data_directory())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(beginning) && name.ends_with(ending)) files.push_back(entry.path());
    }
    return files;
  }

  // Checks that a server on the store ends with 1 and a line that says so with this part in it.
  void CheckRefused(const std::string& part) {
    const auto server = Start();
    const bool listened = server->WaitUntilListening();
    INFO(server->output());
    REQUIRE_FALSE(listened);
    CHECK(server->Wait() == 1);
    CheckContains(server->output(), "cannot serve: ");
    CheckContains(server->output(), part);
  }
};

TEST_CASE_METHOD(Refusal, "A second server on a directory is refused, and the first goes on") {
  const auto first = Serve();
  CHECK(Register(first->address()));
  CheckRefused("another server");
  CheckRefused(data_directory());
  CHECK_FALSE(Register(first->address()));
  CHECK(Register(first->address(), "another"));
  Stop(*first);
  // Nor did the second one leave anything behind.
  CHECK_FALSE(Register(Serve()->address(), "another"));
}

TEST_CASE_METHOD(Refusal, "A store of a newer schema is refused and left as it is") {
  MakeStore();
  const auto set_version = [this](int version) {
    const auto engine = Value(storage::OpenRocksDb(data_directory()));
    REQUIRE_THAT(PutRow(*engine, storage::Table::kMeta, storage::kSchemaVersionKey, absl::StrCat(version)), IsOk());
  };
  set_version(storage::kSchemaVersion + 1);
  CheckRefused(absl::StrCat("schema version ", storage::kSchemaVersion + 1));
  CheckRefused("newer server");
}

TEST_CASE_METHOD(Refusal, "A log that is damaged in its middle is refused, and served again when it is mended") {
  MakeStore();
  const std::vector<std::filesystem::path> logs = Files("", ".log");
  REQUIRE_FALSE(logs.empty());
  const auto log = *std::max_element(logs.begin(), logs.end(), [](const auto& a, const auto& b) {
    return std::filesystem::file_size(a) < std::filesystem::file_size(b);
  });
  const Bytes sound = Read(log);
  REQUIRE(sound.size() > 1000);
  Bytes damaged = sound;
  damaged[sound.size() / 2] = static_cast<char>(~damaged[sound.size() / 2]);
  Write(log, damaged);
  CheckRefused("is damaged at byte");
  // The attempt has not made it worse.
  Write(log, sound);
  CHECK_FALSE(Register(Serve()->address(), "job-19"));
}

TEST_CASE_METHOD(Refusal, "The flag --check finds damaged jobs, and --salvage copies the others") {
  const auto check = [this](int expected, const std::string& part) {
    const auto checker =
        ServerProcess::OfProgram(ZEUS_BSO_SERVER_BINARY, {"--storage=rocksdb:" + data_directory(), "--check"});
    CHECK(checker->Wait() == expected);
    CheckContains(checker->output(), part);
  };
  {
    const auto server = Serve();
    for (int i = 0; i < 20; ++i) Register(server->address(), absl::StrCat("job-", i));
    check(1, "another server");
    Stop(*server);
  }
  check(0, "intact jobs: 20, damaged jobs: 0");
  {
    const auto engine = Value(storage::OpenRocksDb(data_directory()));
    REQUIRE_THAT(PutRow(*engine, storage::Table::kJobs, "job-7", "no record"), IsOk());
  }
  check(1, "job 'job-7' is damaged");
  check(1, "intact jobs: 19, damaged jobs: 1");
  const TempDir saved;
  const auto salvager = ServerProcess::OfProgram(
      ZEUS_BSO_SERVER_BINARY, {"--storage=rocksdb:" + data_directory(), "--salvage=" + saved.path()});
  CHECK(salvager->Wait() == 0);
  CheckContains(salvager->output(), "job 'job-7' is damaged");
  CHECK(Value(storage::CheckStore(saved.path())).intact_jobs == 19);
}

TEST_CASE_METHOD(Refusal, "A manifest that is damaged is refused") {
  MakeStore();
  const std::vector<std::filesystem::path> manifests = Files("MANIFEST-", "");
  REQUIRE_FALSE(manifests.empty());
  for (const auto& manifest : manifests) {
    Bytes bytes = Read(manifest);
    for (size_t i = 0; i < std::min<size_t>(bytes.size(), 64); ++i) bytes[i] = static_cast<char>(~bytes[i]);
    Write(manifest, bytes);
  }
  CheckRefused("orrupt");
}

TEST_CASE_METHOD(Refusal, "A CURRENT file that names no manifest is refused") {
  MakeStore();
  Write(data_directory() + "/CURRENT", "rubbish\n");
  CheckRefused("CURRENT");
}

TEST_CASE_METHOD(Refusal, "A manifest that is gone is refused, and not taken for a new store") {
  MakeStore();
  for (const auto& manifest : Files("MANIFEST-", "")) std::filesystem::remove(manifest);
  CheckRefused("MANIFEST-");
}

TEST_CASE_METHOD(Refusal, "A data directory that is a file is refused") {
  Write(data_directory(), "a file");
  CheckRefused("cannot use '" + data_directory() + "' as a data directory");
  CHECK(Read(data_directory()) == "a file");
}

}  // namespace
}  // namespace zeus::bso::testing
