#include "storage/rocksdb/row_head.h"

#include <optional>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::Value;

// The rows, such as "a=1 b=2"; then "|" where the end is known, or the key at which to go on.
std::string Rows(absl::string_view head) {
  std::string rows;
  const std::optional<std::string> next = VisitHead(head, "0", [&](absl::string_view key, absl::string_view value) {
    absl::StrAppend(&rows, key, "=", value, " ");
    return true;
  });
  return absl::StrCat(rows, next.has_value() ? *next : "|");
}

std::string After(const std::string& key) { return KeyAfter(key); }

std::string MakeHead() {
  std::string head;
  AppendToHead(head, "b", "1");
  AppendToHead(head, "d", "1");
  return head;
}

TEST_CASE("A head without its end says where to go on, one with it that there is nothing") {
  CHECK(Rows("") == "0");
  CHECK(Rows(MakeHead()) == absl::StrCat("b=1 d=1 ", After("d")));
  std::string whole = MakeHead();
  AppendEndToHead(whole);
  CHECK(Rows(whole) == "b=1 d=1 |");
  std::string none;
  AppendEndToHead(none);
  CHECK(Rows(none) == "|");
}

TEST_CASE("A visit of a head that ends early needs nothing further") {
  int visited = 0;
  const auto visit = [&](absl::string_view, absl::string_view) { return ++visited < 2; };
  CHECK(VisitHead(MakeHead(), "0", visit) == std::nullopt);
  CHECK(visited == 2);
}

TEST_CASE("A head whose end is not known takes in what lies before its last row, and gets no longer") {
  const std::string head = MakeHead();
  CHECK(Rows(HeadWithRow(head, "a", "2")) == absl::StrCat("a=2 b=1 ", After("b")));
  CHECK(Rows(HeadWithRow(head, "c", "2")) == absl::StrCat("b=1 c=2 ", After("c")));
  CHECK(Rows(HeadWithRow(head, "d", "2")) == absl::StrCat("b=1 d=2 ", After("d")));
  CHECK(Rows(HeadWithRow(head, "e", "2")) == Rows(head));
  CHECK(Rows(HeadWithRow(head, "b", std::nullopt)) == absl::StrCat("d=1 ", After("d")));
  CHECK(Rows(HeadWithRow(head, "d", std::nullopt)) == absl::StrCat("b=1 ", After("b")));
  CHECK(Rows(HeadWithRow(head, "e", std::nullopt)) == Rows(head));
  CHECK(Rows(HeadWithRow("", "a", "2")) == "0");
}

TEST_CASE("A head with its end takes in every row") {
  std::string head = MakeHead();
  AppendEndToHead(head);
  CHECK(Rows(HeadWithRow(head, "a", "2")) == "a=2 b=1 d=1 |");
  CHECK(Rows(HeadWithRow(head, "e", "2")) == "b=1 d=1 e=2 |");
  CHECK(Rows(HeadWithRow(head, "b", std::nullopt)) == "d=1 |");
}

TEST_CASE("A head that is full leaves out what comes last: first its end, then rows") {
  std::string head;
  const auto key = [](size_t i) { return absl::StrCat("key", 100 + i); };
  for (size_t i = 1; i < kMaxHeadRows; ++i) AppendToHead(head, key(i), "1");
  AppendEndToHead(head);
  CHECK(Rows(head).back() == '|');
  head = HeadWithRow(head, key(0), "1");
  const std::string last = key(kMaxHeadRows - 1);
  CHECK(Rows(head).substr(Rows(head).size() - last.size() - 1) == After(last));
  AppendToHead(head, "z", "1");
  AppendEndToHead(head);
  CHECK(Rows(head).substr(Rows(head).size() - last.size() - 1) == After(last));
  const std::string before_last = key(kMaxHeadRows - 2);
  head = HeadWithRow(head, "a", "1");
  CHECK(Rows(head).substr(Rows(head).size() - before_last.size() - 1) == After(before_last));
}

class HeadFixture {
 public:
  HeadFixture() : engine_(Value(OpenRocksDb(directory_.path(), {.row_cache_bytes = GENERATE(2000, 1 << 20)}))) {}

  std::unique_ptr<Transaction> Begin(Isolation isolation = Isolation::kOptimistic) { return engine_->Begin(isolation); }

  // At most `limit` rows of a batch size from the front, such as "7=x 5=y"; with `from_disk`, not from memory.
  static std::string Front(Transaction& transaction, int64_t size, int limit, bool from_disk = false) {
    const std::string prefix = ResultRowPrefix(1, size);
    std::string rows;
    int num_rows = 0;
    REQUIRE_THAT(transaction.Scan(Table::kResults, from_disk ? KeyAfter(prefix) : prefix, PrefixEnd(prefix),
                                  [&](absl::string_view key, absl::string_view value) {
                                    absl::StrAppend(&rows, Value(ParseResultRowKey(key)).trial_number, "=", value, " ");
                                    return ++num_rows < limit;
                                  }),
                 IsOk());
    return rows;
  }

 private:
  testing::TempDir directory_;
  std::unique_ptr<Engine> engine_;
};

TEST_CASE_METHOD(HeadFixture, "What is read from the front is what the disk holds, after many random commits") {
  std::minstd_rand random(1);
  const auto below = [&](int64_t bound) { return std::uniform_int_distribution<int64_t>(0, bound - 1)(random); };
  for (int i = 0; i < 3000; ++i) {
    const std::unique_ptr<Transaction> transaction =
        Begin(below(3) == 0 ? Isolation::kSnapshot : Isolation::kOptimistic);
    const int64_t size = below(2) + 1;
    const int limit = static_cast<int>(below(2) == 0 ? below(5) + 1 : below(2 * kMaxHeadRows) + 1);
    if (below(2) == 0) Front(*transaction, size, limit);
    for (int64_t writes = below(3); writes > 0; --writes) {
      // Mostly the next trials, now and then any.
      const int64_t number = below(3) == 0 ? below(100) + 1 : i / 20 + 1;
      const std::string key = ResultRowKey(1, size, number);
      REQUIRE_THAT(below(6) == 0 ? transaction->Erase(Table::kResults, key)
                                 : transaction->Put(Table::kResults, key, absl::StrCat(i)),
                   IsOk());
      REQUIRE(Front(*transaction, size, limit) == Front(*transaction, size, limit, /*from_disk=*/true));
    }
    if (below(4) > 0) REQUIRE_THAT(transaction->Commit(), IsOk());
    REQUIRE(Front(*Begin(), size, limit) == Front(*Begin(Isolation::kSnapshot), size, limit, /*from_disk=*/true));
  }
}

}  // namespace
}  // namespace zeus::bso::storage
