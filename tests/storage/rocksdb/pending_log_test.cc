// The part of the log that is not yet in the hands of the operating system.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/schema.h"
#include "storage/store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::TempDir;
using testing::Value;

class PendingLog {
 public:
  // What makes it a store.
  PendingLog() { Put(Table::kMeta, kSchemaVersionKey, absl::StrCat(kSchemaVersion)); }

  void Put(absl::string_view job_id, size_t bytes = 100) { Put(Table::kJobs, job_id, std::string(bytes, 'x')); }

  uint64_t log_bytes() const {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().extension() == ".log") bytes += entry.file_size();
    }
    return bytes;
  }

  // Whether a server that begins where this one is killed now has the row.
  bool IsThereAfterKill(absl::string_view key) const {
    const TempDir copy;
    std::filesystem::copy(directory_.path(), copy.path(), std::filesystem::copy_options::recursive);
    return Has(*Value(OpenRocksDb(copy.path())), key);
  }

  bool IsThereAfterRestart(absl::string_view key) {
    engine_.reset();
    engine_ = Value(OpenRocksDb(directory_.path()));
    return Has(*engine_, key);
  }

  Engine& engine() { return *engine_; }

 private:
  void Put(Table table, absl::string_view key, absl::string_view value) {
    const std::unique_ptr<Transaction> transaction = engine_->Begin(Isolation::kSnapshot);
    REQUIRE_THAT(transaction->Put(table, key, value), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  static bool Has(Engine& engine, absl::string_view key) {
    return Value(engine.Begin(Isolation::kSnapshot)->Get(Table::kJobs, key)).has_value();
  }

  TempDir directory_;
  std::unique_ptr<Engine> engine_ = Value(OpenRocksDb(directory_.path()));
};

TEST_CASE_METHOD(PendingLog, "Commits are written together, when they are handed over or synced") {
  const auto write = GENERATE(&Engine::HandOver, &Engine::Sync);
  const uint64_t before = log_bytes();
  for (int i = 0; i < 10; ++i) Put(absl::StrCat("row ", i));
  CHECK(log_bytes() == before);
  CHECK_THAT((engine().*write)(), IsOk());
  CHECK(log_bytes() > before);
  CHECK(IsThereAfterKill("row 9"));
}

TEST_CASE_METHOD(PendingLog, "Commits that nobody asks for are written when they are many") {
  const uint64_t before = log_bytes();
  for (int i = 0; i < 100; ++i) Put(absl::StrCat("row ", i), size_t{10} << 10);
  CHECK(log_bytes() > before + (uint64_t{500} << 10));
  CHECK(IsThereAfterKill("row 50"));
}

TEST_CASE_METHOD(PendingLog, "Commits that nobody asks for are written at the end") {
  Put("row");
  CHECK(IsThereAfterRestart("row"));
}

// Counts, and fails on demand.
class HandOvers : public testing::EngineDecorator {
 public:
  explicit HandOvers(std::unique_ptr<Engine> engine) : EngineDecorator(*engine), engine_(std::move(engine)) {}

  absl::Status HandOver() override {
    ++count;
    return outcome;
  }

  int count = 0;
  absl::Status outcome = absl::OkStatus();

 private:
  const std::unique_ptr<Engine> engine_;
};

TEST_CASE("What is read is handed over before the answer, which is given even where the disk is full") {
  const TempDir directory;
  auto owned = std::make_unique<HandOvers>(Value(OpenRocksDb(directory.path())));
  HandOvers& engine = *owned;
  const std::unique_ptr<Store> store = Value(Store::Open(std::move(owned), Durability::kSync));
  const auto read = [](Session& session) { return session.FetchJob("job").status(); };
  REQUIRE_THAT(testing::Transact(*store, [](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  engine.count = 0;
  CHECK_THAT(testing::Transact(*store, read), IsOk());
  CHECK(engine.count == 1);
  engine.outcome = MakeError(Reason::kStorageFull, "no space left");
  CHECK_THAT(testing::Transact(*store, read), IsOk());
  CHECK(engine.count == 2);
  CHECK(Value(store->Begin()->FetchJob("job")) != nullptr);
  CHECK(engine.count == 3);
}

}  // namespace
}  // namespace zeus::bso::storage
