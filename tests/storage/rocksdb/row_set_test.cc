#include "storage/rocksdb/row_set.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"

namespace zeus::bso::storage {
namespace {

// The rows, such as "a=1 b=2".
std::string RowsOfSet(absl::string_view set) {
  std::string rows;
  VisitRows(set, [&](absl::string_view key, absl::string_view value) {
    absl::StrAppend(&rows, rows.empty() ? "" : " ", key, "=", value);
    return true;
  });
  return rows;
}

std::string MakeSet() {
  std::string set;
  AppendRow(set, "b", "1");
  AppendRow(set, "d", "");
  AppendRow(set, std::string("f\0x", 3), std::string(300, 'v'));
  return set;
}

TEST_CASE("A set holds its rows in order, with any bytes") {
  CHECK(RowsOfSet(MakeSet()) == absl::StrCat("b=1 d= ", std::string("f\0x", 3), "=", std::string(300, 'v')));
  CHECK(RowsOfSet("").empty());
}

TEST_CASE("A visit of a set ends when it is told to") {
  int visited = 0;
  VisitRows(MakeSet(), [&](absl::string_view, absl::string_view) { return ++visited < 2; });
  CHECK(visited == 2);
}

TEST_CASE("A row of a set is found by its key") {
  const std::string set = MakeSet();
  CHECK(FindRow(set, "b") == "1");
  CHECK(FindRow(set, "d") == "");
  for (const char* absent : {"a", "c", "f", "g"}) CHECK(FindRow(set, absent) == std::nullopt);
  CHECK(FindRow("", "a") == std::nullopt);
}

TEST_CASE("The first rows of a set are its first bytes") {
  const std::string set = MakeSet();
  CHECK(BytesOfFirstRows(set, 0) == 0);
  CHECK(RowsOfSet(set.substr(0, BytesOfFirstRows(set, 1))) == "b=1");
  CHECK(RowsOfSet(set.substr(0, BytesOfFirstRows(set, 2))) == "b=1 d=");
  CHECK(BytesOfFirstRows(set, 3) == set.size());
  CHECK(BytesOfFirstRows(set, 4) == set.size());
  CHECK(BytesOfFirstRows("", 1) == 0);
}

TEST_CASE("A row is put into a set in its place, replaced there, or taken out") {
  std::string set;
  AppendRow(set, "b", "1");
  AppendRow(set, "d", "1");
  CHECK(RowsOfSet(WithRow(set, "a", "2")) == "a=2 b=1 d=1");
  CHECK(RowsOfSet(WithRow(set, "b", "22")) == "b=22 d=1");
  CHECK(RowsOfSet(WithRow(set, "c", "2")) == "b=1 c=2 d=1");
  CHECK(RowsOfSet(WithRow(set, "d", "2")) == "b=1 d=2");
  CHECK(RowsOfSet(WithRow(set, "e", "2")) == "b=1 d=1 e=2");
  CHECK(RowsOfSet(WithRow(set, "b", std::nullopt)) == "d=1");
  CHECK(RowsOfSet(WithRow(set, "c", std::nullopt)) == "b=1 d=1");
  CHECK(RowsOfSet(WithRow("", "a", "1")) == "a=1");
}

}  // namespace
}  // namespace zeus::bso::storage
