// RocksDB tells conflicts from the memory of recent writes. Once that memory was written out to a table file, conflicts
// must still be found, and what is no conflict must still commit.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TempDir;
using testing::Value;

class FlushedEngine {
 public:
  std::unique_ptr<Transaction> Begin() { return engine_->Begin(Isolation::kSnapshot); }

  void Put(absl::string_view key, absl::string_view value) {
    const std::unique_ptr<Transaction> transaction = Begin();
    REQUIRE_THAT(transaction->Put(Table::kJobs, key, value), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  // Writes more to the table than RocksDB keeps in memory, waits until it has noted the table file, and lets it forget
  // what it may: it does so when it writes.
  void Flush() {
    const uintmax_t manifest_bytes = ManifestBytes();
    const std::string value(size_t{1} << 20, 'x');
    for (int i = 0; i < 17; ++i) Put(absl::StrCat("filler", i), value);
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (ManifestBytes() == manifest_bytes && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    REQUIRE(ManifestBytes() > manifest_bytes);
    for (int i = 0; i < 10; ++i) Put("after the flush", absl::StrCat(i));
  }

 private:
  uintmax_t ManifestBytes() const {
    uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (absl::StartsWith(entry.path().filename().string(), "MANIFEST-")) bytes += entry.file_size();
    }
    return bytes;
  }

  TempDir directory_;
  std::unique_ptr<Engine> engine_ = Value(OpenRocksDb(directory_.path()));
};

TEST_CASE_METHOD(FlushedEngine, "Writes that do not conflict commit over a flush") {
  Put("a", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE(Value(transaction->GetForUpdate(Table::kJobs, "a")) == "1");
  REQUIRE_THAT(transaction->Put(Table::kJobs, "b", "1"), IsOk());
  Flush();
  CHECK_THAT(transaction->Commit(), IsOk());
  CHECK(Value(Begin()->Get(Table::kJobs, "b")) == "1");
}

TEST_CASE_METHOD(FlushedEngine, "A conflict with a write from before a flush is found") {
  const std::unique_ptr<Transaction> put = Begin();
  const std::unique_ptr<Transaction> read = Begin();
  REQUIRE_THAT(put->Put(Table::kJobs, "a", "1"), IsOk());
  REQUIRE_THAT(read->GetForUpdate(Table::kJobs, "a").status(), IsOk());
  REQUIRE_THAT(read->Put(Table::kJobs, "b", "1"), IsOk());
  Put("a", "2");
  Flush();
  CHECK_THAT(put->Commit(), FailsWith(Reason::kLostRace));
  CHECK_THAT(read->Commit(), FailsWith(Reason::kLostRace));
  CHECK(Value(Begin()->Get(Table::kJobs, "a")) == "2");
  CHECK(Value(Begin()->Get(Table::kJobs, "b")) == std::nullopt);
}

TEST_CASE_METHOD(FlushedEngine, "A conflict with a write from after a flush is found") {
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE_THAT(transaction->Put(Table::kJobs, "a", "1"), IsOk());
  Flush();
  Put("a", "2");
  CHECK_THAT(transaction->Commit(), FailsWith(Reason::kLostRace));
}

TEST_CASE_METHOD(FlushedEngine, "A transaction reads over a flush what was there when it began") {
  Put("a", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  Put("a", "2");
  Flush();
  CHECK(Value(transaction->Get(Table::kJobs, "a")) == "1");
  CHECK(Value(Begin()->Get(Table::kJobs, "a")) == "2");
}

}  // namespace
}  // namespace zeus::bso::storage
