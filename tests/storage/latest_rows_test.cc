#include "storage/latest_rows.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "model/error.h"
#include "tests/support/engine_rows.h"
#include "tests/support/memory_engine.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

constexpr Table kTable = Table::kArms;

// Rows "a" to "e" that are written, two queued batches and an own one.
class LatestRowsFixture {
 public:
  LatestRowsFixture() {
    for (const char* const key : {"a", "b", "c", "d", "e"}) {
      REQUIRE_THAT(testing::PutRow(engine_, kTable, key, "0"), IsOk());
    }
    const auto first = std::make_shared<WriteBatch>();
    first->Put(kTable, "b", "1");
    first->Put(kTable, "bb", "1");
    first->Delete(kTable, "c");
    first->Put(Table::kTrials, "a", "1");
    const auto second = std::make_shared<WriteBatch>();
    second->Put(kTable, "c", "2");
    second->Delete(kTable, "bb");
    second->Delete(kTable, "d");
    own_.Put(kTable, "f", "3");
    own_.Put(kTable, "0", "3");
    own_.Delete(kTable, "e");
    base_ = {.snapshot = engine_.TakeSnapshot(), .queued = {first, second}};
  }

  LatestRows Rows() {
    return LatestRows([this] { return base_; }, own_);
  }

  // The rows of a range, such as "a=1 b=2".
  std::string Scan(absl::string_view begin, absl::string_view end, int limit = 100) {
    std::string rows;
    REQUIRE_THAT(Rows().Scan(kTable, begin, end,
                             [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                               absl::StrAppend(&rows, rows.empty() ? "" : " ", key, "=", value);
                               return --limit > 0;
                             }),
                 IsOk());
    return rows;
  }

  WriteBatch& own() { return own_; }

 private:
  testing::MemoryEngine engine_;
  WriteBatch own_;
  LatestRows::Base base_;
};

TEST_CASE_METHOD(LatestRowsFixture, "A row is as the last batch has it, or else as it is written") {
  const LatestRows rows = Rows();
  CHECK(Value(rows.Get(kTable, "a")) == "0");
  CHECK(Value(rows.Get(kTable, "b")) == "1");
  CHECK(Value(rows.Get(kTable, "bb")) == std::nullopt);
  CHECK(Value(rows.Get(kTable, "c")) == "2");
  CHECK(Value(rows.Get(kTable, "d")) == std::nullopt);
  CHECK(Value(rows.Get(kTable, "e")) == std::nullopt);
  CHECK(Value(rows.Get(kTable, "f")) == "3");
  own().Put(kTable, "e", "4");
  CHECK(Value(rows.Get(kTable, "e")) == "4");
}

TEST_CASE_METHOD(LatestRowsFixture, "A scan visits the same rows, in order and within its bounds") {
  CHECK(Scan("", "") == "0=3 a=0 b=1 c=2 f=3");
  CHECK(Scan("b", "f") == "b=1 c=2");
  CHECK(Scan("c", "") == "c=2 f=3");
  CHECK(Scan("g", "").empty());
  for (int limit = 1; limit <= 5; ++limit) {
    CHECK(Scan("", "", limit).size() == static_cast<size_t>(4 * limit - 1));
  }
}

TEST_CASE_METHOD(LatestRowsFixture, "An error of the visitor ends a scan, at a row of either kind") {
  const std::string at = GENERATE("0", "a", "b", "f");
  int visited_after = 0;
  const absl::Status status =
      Rows().Scan(kTable, "", "", [&](absl::string_view key, absl::string_view) -> absl::StatusOr<bool> {
        if (key == at) return MakeError(Reason::kStorageCorrupted, "no record");
        visited_after += key > at ? 1 : 0;
        return true;
      });
  CHECK_THAT(status, FailsWith(Reason::kStorageCorrupted));
  CHECK(visited_after == 0);
}

}  // namespace
}  // namespace zeus::bso::storage
