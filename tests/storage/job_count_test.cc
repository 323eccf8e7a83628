// How many jobs there are, over restarts: noted at a clean end, counted after any other.
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
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

constexpr absl::Duration kPatience = absl::Seconds(60);

// What happens to a count.
struct Counting {
  std::atomic<bool> was_tried = false;
  std::atomic<bool> fails = false;
};

class WatchedEngine : public testing::EngineDecorator {
 public:
  WatchedEngine(Engine& engine, Counting& counting) : testing::EngineDecorator(engine), counting_(counting) {}

  std::unique_ptr<storage::Transaction> Begin(Isolation isolation) override {
    return std::make_unique<Transaction>(EngineDecorator::Begin(isolation), counting_);
  }

 private:
  class Transaction : public testing::TransactionDecorator {
   public:
    Transaction(std::unique_ptr<storage::Transaction> transaction, Counting& counting)
        : TransactionDecorator(std::move(transaction)), counting_(counting) {}

    absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) override {
      if (table == Table::kJobs) {
        counting_.was_tried = true;
        if (counting_.fails) return MakeError(Reason::kStorageUnavailable, "input/output error");
      }
      return TransactionDecorator::Scan(table, begin, end, visit);
    }

   private:
    Counting& counting_;
  };

  Counting& counting_;
};

// A store that had two jobs at its end.
class StoreWithJobs {
 public:
  StoreWithJobs() {
    Open();
    for (const char* const job_id : {"a", "b", "c"}) {
      REQUIRE_THAT(testing::Transact(*store_, [&](Session& session) { return session.InsertJob(MakeJob(job_id)); }),
                   IsOk());
    }
    REQUIRE_THAT(testing::Transact(*store_, [](Session& session) { return session.DeleteJob("b").status(); }), IsOk());
    AwaitNumJobs(2);
    Close();
    counting_.was_tried = false;
  }

  void Open() { store_ = Value(Store::Open(std::make_unique<WatchedEngine>(*engine_, counting_), Durability::kSync)); }
  void Close() { store_.reset(); }

  int64_t num_jobs() { return store_->Begin()->num_jobs(); }

  void AwaitNumJobs(int64_t expected) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (num_jobs() != expected && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    REQUIRE(num_jobs() == expected);
  }

  void SetMeta(absl::string_view key, absl::string_view value) {
    const std::unique_ptr<Transaction> transaction = engine_->Begin(Isolation::kSnapshot);
    REQUIRE_THAT(transaction->Put(Table::kMeta, key, value), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  bool was_counted() const { return counting_.was_tried; }
  void FailCounting(bool fails) { counting_.fails = fails; }

 private:
  TempDir directory_;
  const std::unique_ptr<Engine> engine_ = Value(OpenRocksDb(directory_.path()));
  Counting counting_;
  std::unique_ptr<Store> store_;
};

TEST_CASE_METHOD(StoreWithJobs, "After a clean end jobs are not counted again") {
  for (int i = 0; i < 2; ++i) {
    Open();
    CHECK(num_jobs() == 2);
    Close();
  }
  CHECK_FALSE(was_counted());
}

TEST_CASE_METHOD(StoreWithJobs, "What was noted before an end that was not clean is not believed") {
  SetMeta(kIncarnationKey, "2");  // The server after the one that has noted it has not come to its end.
  SetMeta(kJobCountKey, "1 99");
  Open();
  AwaitNumJobs(2);
  CHECK(was_counted());
}

TEST_CASE_METHOD(StoreWithJobs, "Jobs are counted where what was noted cannot be read") {
  SetMeta(kJobCountKey, GENERATE("", "1", "1 ", "1 x", "1 -3", "x 3", "1 3 3"));
  Open();
  AwaitNumJobs(2);
  CHECK(was_counted());
}

TEST_CASE_METHOD(StoreWithJobs, "Jobs that could not be counted are not noted") {
  SetMeta(kIncarnationKey, "2");
  FailCounting(true);
  Open();
  Close();
  FailCounting(false);
  Open();
  AwaitNumJobs(2);
}

}  // namespace
}  // namespace zeus::bso::storage
