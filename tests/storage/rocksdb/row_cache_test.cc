#include "storage/rocksdb/row_cache.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "storage/rocksdb/row_set.h"

namespace zeus::bso::storage {
namespace {

constexpr size_t kBytes = 1 << 20;
constexpr uint64_t kAny = RowCache::kAnyPosition;

std::optional<std::string> Find(const RowCache& cache, absl::string_view key, uint64_t position = kAny) {
  const std::optional<RowCache::Kept> kept = cache.Find(key, position);
  if (!kept.has_value()) return std::nullopt;
  return kept->value;
}

std::vector<RowCache::Change> ChangeOf(const std::string& key, std::optional<std::string> value,
                                       const std::string& row = "") {
  return {{.key = key, .row = row, .value = std::move(value)}};
}

// A commit from its begin to its end.
void Commit(RowCache& cache, std::vector<RowCache::Change> changes, uint64_t position,
            RowCache::Outcome outcome = RowCache::Outcome::kCommitted) {
  cache.BeginCommit(changes);
  cache.EndCommit(changes, outcome, position);
}

TEST_CASE("What was read is kept, and what a commit writes takes its place") {
  RowCache cache(kBytes);
  CHECK(Find(cache, "a") == std::nullopt);
  cache.Keep("a", "1", 10);
  CHECK(Find(cache, "a") == "1");
  CHECK(Find(cache, "b") == std::nullopt);
  Commit(cache, ChangeOf("a", "2"), 11);
  CHECK(Find(cache, "a") == "2");
  Commit(cache, ChangeOf("a", std::nullopt), 12);
  CHECK(Find(cache, "a") == std::nullopt);
}

TEST_CASE("While a commit of a key is under way, nothing is kept under it") {
  RowCache cache(kBytes);
  cache.Keep("a", "1", 10);
  std::vector<RowCache::Change> changes = ChangeOf("a", "2");
  cache.BeginCommit(changes);
  CHECK(Find(cache, "a") == std::nullopt);
  cache.Keep("a", "1", 10);
  CHECK(Find(cache, "a") == std::nullopt);
  cache.EndCommit(changes, RowCache::Outcome::kCommitted, 11);
  CHECK(Find(cache, "a") == "2");
}

TEST_CASE("A commit whose outcome is unknown leaves nothing kept") {
  RowCache cache(kBytes);
  cache.Keep("a", "1", 10);
  Commit(cache, ChangeOf("a", "2"), 11, RowCache::Outcome::kUnknown);
  CHECK(Find(cache, "a") == std::nullopt);
  cache.Keep("a", "2", 11);
  CHECK(Find(cache, "a") == "2");
}

TEST_CASE("A commit that has lost a race leaves kept what was, but not what another one may have changed meanwhile") {
  RowCache cache(kBytes);
  Commit(cache, ChangeOf("a", "1"), 10);
  Commit(cache, ChangeOf("a", "2"), 11, RowCache::Outcome::kNothingWritten);
  CHECK(Find(cache, "a") == "1");
  CHECK(cache.IsUnchangedSince("a", 10));
  for (const bool loser_ends_first : {true, false}) {
    Commit(cache, ChangeOf("a", "1"), 12);
    std::vector<RowCache::Change> loser = ChangeOf("a", "2");
    std::vector<RowCache::Change> winner = ChangeOf("a", "3");
    cache.BeginCommit(loser);
    cache.BeginCommit(winner);
    if (loser_ends_first) cache.EndCommit(loser, RowCache::Outcome::kNothingWritten, 12);
    cache.EndCommit(winner, RowCache::Outcome::kCommitted, 13);
    if (!loser_ends_first) cache.EndCommit(loser, RowCache::Outcome::kNothingWritten, 13);
    CHECK(Find(cache, "a").value_or("3") == "3");
  }
}

TEST_CASE("Of commits that overlap nothing is kept, whichever ends first") {
  RowCache cache(kBytes);
  std::vector<RowCache::Change> first = ChangeOf("a", "1");
  std::vector<RowCache::Change> second = ChangeOf("a", "2");
  cache.BeginCommit(first);
  cache.BeginCommit(second);
  SECTION("the later one") {
    cache.EndCommit(second, RowCache::Outcome::kCommitted, 11);
    cache.EndCommit(first, RowCache::Outcome::kCommitted, 12);
  }
  SECTION("the earlier one") {
    cache.EndCommit(first, RowCache::Outcome::kCommitted, 11);
    CHECK(Find(cache, "a") == std::nullopt);
    cache.EndCommit(second, RowCache::Outcome::kCommitted, 12);
  }
  CHECK(Find(cache, "a") == std::nullopt);
  Commit(cache, ChangeOf("a", "3"), 13);
  CHECK(Find(cache, "a") == "3");
}

TEST_CASE("What was committed after a position is not found by who reads there, and not replaced by what he read") {
  RowCache cache(kBytes);
  Commit(cache, ChangeOf("a", "2"), 20);
  CHECK(Find(cache, "a", 19) == std::nullopt);
  CHECK(Find(cache, "a", 20) == "2");
  cache.Keep("a", "1", 19);
  CHECK(Find(cache, "a") == "2");
}

TEST_CASE("Whether a key may have been written since a position is known of every key, kept or not") {
  RowCache cache(kBytes);
  CHECK(cache.IsUnchangedSince("a", 0));
  Commit(cache, ChangeOf("a", "1"), 10);
  CHECK_FALSE(cache.IsUnchangedSince("a", 9));
  CHECK(cache.IsUnchangedSince("a", 10));
  std::vector<RowCache::Change> changes = ChangeOf("a", "2");
  cache.BeginCommit(changes);
  CHECK_FALSE(cache.IsUnchangedSince("a", 10));
  cache.EndCommit(changes, RowCache::Outcome::kUnknown, 11);
  CHECK_FALSE(cache.IsUnchangedSince("a", 10));
  CHECK(cache.IsUnchangedSince("a", 11));
}

TEST_CASE("Who read a row learns that it was changed, from the begin of the commit on") {
  RowCache cache(kBytes);
  cache.Keep("a", "1", 10);
  const std::optional<RowCache::Kept> read = cache.Find("a", kAny);
  REQUIRE(read.has_value());
  CHECK(cache.Holds(read->stamp));
  std::vector<RowCache::Change> changes = ChangeOf("a", "2");
  cache.BeginCommit(changes);
  CHECK_FALSE(cache.Holds(read->stamp));
  cache.EndCommit(changes, RowCache::Outcome::kUnknown, 11);
  CHECK_FALSE(cache.Holds(read->stamp));
}

TEST_CASE("A set that is kept takes in the rows that are written, one that is not stays unknown") {
  RowCache cache(kBytes);
  std::string set;
  AppendRow(set, "b", "1");
  Commit(cache, ChangeOf("set", "1", "a"), 10);
  CHECK(Find(cache, "set") == std::nullopt);
  cache.Keep("set", set, 10);
  Commit(cache, ChangeOf("set", "2", "c"), 11);
  CHECK(FindRow(*Find(cache, "set"), "b") == "1");
  CHECK(FindRow(*Find(cache, "set"), "c") == "2");
  Commit(cache, ChangeOf("set", std::nullopt, "b"), 12);
  CHECK(FindRow(*Find(cache, "set"), "b") == std::nullopt);
}

TEST_CASE("Several rows of a set in one commit leave no part of them kept") {
  RowCache cache(kBytes);
  cache.Keep("set", "", 10);
  Commit(cache, {{.key = "set", .row = "a", .value = "1"}, {.key = "set", .row = "b", .value = "1"}}, 11);
  const std::optional<std::string> kept = Find(cache, "set");
  const bool whole = !kept.has_value() || (FindRow(*kept, "a") == "1" && FindRow(*kept, "b") == "1");
  CHECK(whole);
}

TEST_CASE("A key that a commit writes twice holds the later value") {
  RowCache cache(kBytes);
  Commit(cache, {{.key = "a", .row = "", .value = "1"}, {.key = "a", .row = "", .value = "2"}}, 11);
  CHECK(Find(cache, "a").value_or("2") == "2");
}

TEST_CASE("The cache keeps within its bytes: what was not used for long gives way") {
  RowCache cache(kBytes);
  const std::string value(1000, 'v');
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) cache.Keep(absl::StrCat("key", i), value, 1);
  for (int i = 0; i < 10'000; ++i) kept += Find(cache, absl::StrCat("key", i)).has_value() ? 1 : 0;
  CHECK(kept <= 1048);
  CHECK(kept >= 500);
  cache.Keep("huge", std::string(kBytes, 'v'), 1);
  CHECK(Find(cache, "huge") == std::nullopt);
}

}  // namespace
}  // namespace zeus::bso::storage
