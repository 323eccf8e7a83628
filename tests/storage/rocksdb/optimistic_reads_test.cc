// Isolation::kOptimistic on the embedded engine, and that what it reads from memory is what is committed.
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

class OptimisticFixture {
 public:
  // Opens the store again, with so much memory for rows.
  void KeepRowsIn(int64_t bytes) {
    engine_.reset();
    engine_ = Value(OpenRocksDb(directory_.path(), {.row_cache_bytes = bytes}));
  }

  std::unique_ptr<Transaction> Begin(Isolation isolation = Isolation::kOptimistic) { return engine_->Begin(isolation); }

  void Put(absl::string_view key, absl::string_view value, Table table = Table::kJobs) {
    const std::unique_ptr<Transaction> transaction = Begin();
    REQUIRE_THAT(transaction->Put(table, key, value), IsOk());
    REQUIRE_THAT(transaction->Commit(), IsOk());
  }

  std::optional<std::string> Get(absl::string_view key) { return Value(Begin()->Get(Table::kJobs, key)); }

  // The rows of a job in one table, such as "1=x 2=y", read in a transaction of its own or a given one.
  std::string Rows(Table table, Uid uid, Isolation isolation = Isolation::kOptimistic) {
    return Rows(*Begin(isolation), table, uid);
  }

  static std::string Rows(Transaction& transaction, Table table, Uid uid) {
    std::string rows;
    const std::string prefix = UidKey(uid);
    REQUIRE_THAT(transaction.Scan(table, prefix, PrefixEnd(prefix),
                                  [&](absl::string_view key, absl::string_view value) {
                                    absl::StrAppend(&rows, rows.empty() ? "" : " ", Value(BatchSizeOfArmRow(key)), "=",
                                                    value);
                                    return true;
                                  }),
                 IsOk());
    return rows;
  }

 private:
  testing::TempDir directory_;
  std::unique_ptr<Engine> engine_ = Value(OpenRocksDb(directory_.path()));
};

TEST_CASE_METHOD(OptimisticFixture, "A row is read from memory as it was committed last") {
  Put("a", "1");
  CHECK(Get("a") == "1");
  Put("a", "2");
  CHECK(Get("a") == "2");
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE_THAT(transaction->Erase(Table::kJobs, "a"), IsOk());
  REQUIRE_THAT(transaction->Commit(), IsOk());
  CHECK(Get("a") == std::nullopt);
}

TEST_CASE_METHOD(OptimisticFixture, "Reads that saw the store at different times fail as a lost race") {
  Put("a", "1");
  Put("b", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE(Value(transaction->Get(Table::kJobs, "a")) == "1");
  SECTION("when what was read has changed") {
    Put("a", "2");
    CHECK_THAT(transaction->Get(Table::kJobs, "b").status(), FailsWith(Reason::kLostRace));
  }
  SECTION("also when the next row is read from the disk, or rows are scanned") {
    Put("a", "2");
    CHECK_THAT(transaction->Get(Table::kJobs, "absent").status(), FailsWith(Reason::kLostRace));
    const std::unique_ptr<Transaction> other = Begin();
    REQUIRE(Value(other->Get(Table::kJobs, "b")) == "1");
    Put("b", "2");
    const auto visit = [](absl::string_view, absl::string_view) { return true; };
    CHECK_THAT(other->Scan(Table::kJobs, "", "", visit), FailsWith(Reason::kLostRace));
  }
  SECTION("also when it is tried again") {
    Put("a", "2");
    CHECK_THAT(transaction->Get(Table::kJobs, "absent").status(), FailsWith(Reason::kLostRace));
    CHECK_THAT(transaction->Get(Table::kJobs, "absent").status(), FailsWith(Reason::kLostRace));
    CHECK_THAT(transaction->Put(Table::kJobs, "b", "2"), FailsWith(Reason::kLostRace));
  }
  SECTION("also when something is written on the strength of it") {
    Put("a", "2");
    CHECK_THAT(transaction->Put(Table::kJobs, "b", "2"), FailsWith(Reason::kLostRace));
  }
  SECTION("but not when something else has changed") {
    Put("c", "2");
    CHECK(Value(transaction->Get(Table::kJobs, "b")) == "1");
  }
}

TEST_CASE_METHOD(OptimisticFixture, "A change between the first write and the commit is a lost race") {
  Put("a", "1");
  const std::unique_ptr<Transaction> transaction = Begin();
  REQUIRE(Value(transaction->Get(Table::kJobs, "a")) == "1");
  REQUIRE_THAT(transaction->Put(Table::kJobs, "a", "2"), IsOk());
  Put("a", "3");
  CHECK_THAT(transaction->Commit(), FailsWith(Reason::kLostRace));
  CHECK(Get("a") == "3");
}

TEST_CASE_METHOD(OptimisticFixture, "A snapshot is not disturbed by what is in memory") {
  Put("a", "1");
  REQUIRE(Get("a") == "1");
  const std::unique_ptr<Transaction> snapshot = Begin(Isolation::kSnapshot);
  Put("a", "2");
  REQUIRE(Get("a") == "2");
  CHECK(Value(snapshot->Get(Table::kJobs, "a")) == "1");
  CHECK(Get("a") == "2");
}

TEST_CASE_METHOD(OptimisticFixture, "A transaction reads its own writes, and nobody else does before its commit") {
  Put(ArmRowKey(1, 8), "1", Table::kArms);
  REQUIRE(Rows(Table::kArms, 1) == "8=1");
  Put("a", "1");
  {
    const std::unique_ptr<Transaction> transaction = Begin();
    REQUIRE_THAT(transaction->Put(Table::kJobs, "a", "2"), IsOk());
    REQUIRE_THAT(transaction->Put(Table::kArms, ArmRowKey(1, 16), "2"), IsOk());
    CHECK(Value(transaction->Get(Table::kJobs, "a")) == "2");
    CHECK(Rows(*transaction, Table::kArms, 1) == "8=1 16=2");
    CHECK(Value(transaction->Get(Table::kArms, ArmRowKey(1, 16))) == "2");
    CHECK(Get("a") == "1");
    CHECK(Rows(Table::kArms, 1) == "8=1");
  }
  CHECK(Get("a") == "1");
  CHECK(Rows(Table::kArms, 1) == "8=1");
}

TEST_CASE_METHOD(OptimisticFixture, "What memory holds of many random commits is what the disk holds") {
  // None; so little that rows give way all the time; enough for all.
  KeepRowsIn(GENERATE(int64_t{0}, int64_t{2000}, int64_t{64} << 20));
  constexpr std::array kWrittenTables = {Table::kArms, Table::kExplorations, Table::kTrials};
  std::minstd_rand random(1);
  const auto below = [&](int64_t bound) { return std::uniform_int_distribution<int64_t>(0, bound - 1)(random); };
  for (int i = 0; i < 2000; ++i) {
    const std::unique_ptr<Transaction> transaction =
        Begin(below(3) == 0 ? Isolation::kSnapshot : Isolation::kOptimistic);
    for (int64_t writes = below(4); writes >= 0; --writes) {
      const Table table = kWrittenTables[static_cast<size_t>(below(3))];
      const std::string key = ArmRowKey(static_cast<Uid>(below(3)), below(6) + 1);
      REQUIRE_THAT(below(3) == 0 ? transaction->Erase(table, key) : transaction->Put(table, key, absl::StrCat(i)),
                   IsOk());
      if (below(4) == 0) transaction->Retire(table, key);
      if (below(2) == 0) Rows(*transaction, table, static_cast<Uid>(below(3)));
    }
    if (below(4) > 0) REQUIRE_THAT(transaction->Commit(), IsOk());
    for (const Table table : kWrittenTables) {
      for (Uid uid = 0; uid < 3; ++uid) {
        const std::string prefix = UidKey(uid);
        std::string stored;  // A scan of less than all rows is never answered from memory.
        REQUIRE_THAT(Begin(Isolation::kSnapshot)
                         ->Scan(table, absl::StrCat(prefix, absl::string_view("", 1)), PrefixEnd(prefix),
                                [&](absl::string_view key, absl::string_view value) {
                                  absl::StrAppend(&stored, stored.empty() ? "" : " ", Value(BatchSizeOfArmRow(key)),
                                                  "=", value);
                                  return true;
                                }),
                     IsOk());
        REQUIRE(Rows(table, uid) == stored);
        for (int64_t size = 1; size <= 6; ++size) {
          const std::string expected = absl::StrCat(" ", stored, " ");
          const std::optional<std::string> row = Value(Begin()->Get(table, ArmRowKey(uid, size)));
          if (row.has_value()) REQUIRE(expected.find(absl::StrCat(" ", size, "=", *row, " ")) != std::string::npos);
          if (!row.has_value()) REQUIRE(expected.find(absl::StrCat(" ", size, "=")) == std::string::npos);
        }
      }
    }
  }
}

int64_t Number(absl::StatusOr<std::optional<std::string>> value) {
  const std::optional<std::string> text = Value(std::move(value));
  int64_t number = 0;
  REQUIRE(absl::SimpleAtoi(text.value_or(""), &number));
  return number;
}

// Repeats `body` until it and its commit win their race.
template <typename Body>
void Repeat(OptimisticFixture& store, Isolation isolation, Body body) {
  while (true) {
    const std::unique_ptr<Transaction> transaction = store.Begin(isolation);
    absl::Status status = body(*transaction);
    if (status.ok()) status = transaction->Commit();
    if (status.ok()) return;
    if (!HasReason(status, Reason::kLostRace)) abort();
  }
}

TEST_CASE_METHOD(OptimisticFixture, "Threads that move amounts between rows never see the sum change") {
  KeepRowsIn(GENERATE(int64_t{0}, int64_t{500}, int64_t{64} << 20));
  constexpr int kRows = 4;
  constexpr int kRounds = 1000;
  constexpr int64_t kSum = int64_t{100} * kRows;
  for (int i = 0; i < kRows; ++i) Put(absl::StrCat(i), "100");
  std::atomic<int> wrong_sums = 0;
  const auto sum = [](Transaction& transaction, int64_t& result) -> absl::Status {
    result = 0;
    for (int i = 0; i < kRows; ++i) {
      absl::StatusOr<std::optional<std::string>> value = transaction.Get(Table::kJobs, absl::StrCat(i));
      if (!value.ok()) return value.status();
      int64_t number = 0;
      if (!value->has_value() || !absl::SimpleAtoi(**value, &number)) abort();
      result += number;
    }
    return absl::OkStatus();
  };
  const auto work = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int round = 0; round < kRounds; ++round) {
      const Isolation isolation = random() % 4 == 0 ? Isolation::kSnapshot : Isolation::kOptimistic;
      int64_t seen = 0;
      Repeat(*this, isolation, [&](Transaction& transaction) { return sum(transaction, seen); });
      if (seen != kSum) ++wrong_sums;
      const int from = static_cast<int>(random() % kRows);
      const int to = (from + 1 + static_cast<int>(random() % (kRows - 1))) % kRows;
      Repeat(*this, isolation, [&](Transaction& transaction) -> absl::Status {
        for (const auto& [row, amount] : {std::pair(from, -1), std::pair(to, 1)}) {
          const std::string key = absl::StrCat(row);
          absl::StatusOr<std::optional<std::string>> value = transaction.Get(Table::kJobs, key);
          if (!value.ok()) return value.status();
          int64_t number = 0;
          if (!absl::SimpleAtoi(**value, &number)) abort();
          if (absl::Status put = transaction.Put(Table::kJobs, key, absl::StrCat(number + amount)); !put.ok()) {
            return put;
          }
        }
        return absl::OkStatus();
      });
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong_sums == 0);
  int64_t total = 0;
  for (int i = 0; i < kRows; ++i) total += Number(Begin()->Get(Table::kJobs, absl::StrCat(i)));
  CHECK(total == kSum);
}

}  // namespace
}  // namespace zeus::bso::storage
