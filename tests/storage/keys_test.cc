#include "storage/keys.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::Value;

// Numbers at which one byte carries into the next, ascending.
const std::vector<int64_t> kNumbers = {1,
                                       2,
                                       127,
                                       128,
                                       255,
                                       256,
                                       257,
                                       65535,
                                       65536,
                                       (1LL << 31),
                                       (1LL << 32),
                                       (1LL << 40),
                                       (1LL << 48),
                                       (1LL << 56),
                                       (1LL << 56) + 1,
                                       std::numeric_limits<int64_t>::max()};

const std::vector<Uid> kUids = {
    0, 1, 255, 256, 1ULL << 32, (1ULL << 63) - 1, 1ULL << 63, std::numeric_limits<Uid>::max()};

void CheckStrictlyAscending(const std::vector<std::string>& keys) {
  REQUIRE(keys.size() > 1);
  for (size_t i = 1; i < keys.size(); ++i) {
    CAPTURE(i, absl::BytesToHexString(keys[i - 1]), absl::BytesToHexString(keys[i]));
    CHECK(keys[i - 1] < keys[i]);
  }
}

TEST_CASE("Keys are the bytes that the grammar says") {
  CHECK(absl::BytesToHexString(UidKey(0x0102030405060708)) == "0102030405060708");
  CHECK(absl::BytesToHexString(TrialRowKey(1, 258)) == "00000000000000010000000000000102");
  CHECK(absl::BytesToHexString(ExplorationRowKey(1, 32, 3)) == "000000000000000100000000000000200000000000000003");
  CHECK(absl::BytesToHexString(ResultRowKey(1, 32, 3)) == "00000000000000010000000000000020fffffffffffffffc");
  CHECK(absl::BytesToHexString(ResultRowPrefix(1, 32)) == "00000000000000010000000000000020");
  CHECK(absl::BytesToHexString(ArmRowKey(0xff00000000000000, 32)) == "ff000000000000000000000000000020");
  CHECK(absl::BytesToHexString(ClientRowKey(1, "ab")) == "00000000000000016162");
  CHECK(absl::BytesToHexString(DueRowKey(absl::FromUnixMicros(258), std::string(16, '\xab'))) ==
        "0000000000000102abababababababababababababababab");
}

TEST_CASE("Uids are ordered as numbers without a sign") {
  std::vector<std::string> keys;
  for (const Uid uid : kUids) keys.push_back(UidKey(uid));
  CheckStrictlyAscending(keys);
}

TEST_CASE("Trials are ordered by uid, then by trial number") {
  std::vector<std::string> keys;
  for (const Uid uid : kUids) {
    for (const int64_t number : kNumbers) keys.push_back(TrialRowKey(uid, number));
  }
  CheckStrictlyAscending(keys);
}

TEST_CASE("Explorations are ordered by uid, batch size, then trial number") {
  std::vector<std::string> keys;
  for (const Uid uid : kUids) {
    for (const int64_t batch_size : kNumbers) {
      for (const int64_t number : kNumbers) keys.push_back(ExplorationRowKey(uid, batch_size, number));
    }
  }
  CheckStrictlyAscending(keys);
}

TEST_CASE("Results are ordered by uid, batch size, then trial number from the latest to the first") {
  std::vector<std::string> keys;
  for (const Uid uid : kUids) {
    for (const int64_t batch_size : kNumbers) {
      for (auto number = kNumbers.rbegin(); number != kNumbers.rend(); ++number) {
        keys.push_back(ResultRowKey(uid, batch_size, *number));
      }
    }
  }
  CheckStrictlyAscending(keys);
}

TEST_CASE("Arms are ordered by uid, then by batch size") {
  std::vector<std::string> keys;
  for (const Uid uid : kUids) {
    for (const int64_t batch_size : kNumbers) keys.push_back(ArmRowKey(uid, batch_size));
  }
  CheckStrictlyAscending(keys);
}

TEST_CASE("What is due is ordered by its time, and times before 1970 come first") {
  std::vector<std::string> keys;
  for (const int64_t micros : kNumbers) keys.push_back(DueRowKey(absl::FromUnixMicros(micros), TrialRowKey(7, 1)));
  CheckStrictlyAscending(keys);
  CHECK(DueRowKey(absl::FromUnixMicros(-1), TrialRowKey(7, 1)) < keys.front());
  CHECK(DueRowKey(absl::InfinitePast(), TrialRowKey(7, 1)) < keys.front());
  CHECK(DueRowKey(absl::InfiniteFuture(), TrialRowKey(7, 1)) >= keys.back());
}

TEST_CASE("What a key was made of is read back") {
  for (const Uid uid : kUids) CHECK(Value(ParseUidKey(UidKey(uid))) == uid);
  for (const int64_t number : kNumbers) {
    CAPTURE(number);
    CHECK(Value(ParseTrialRowKey(TrialRowKey(7, number))).uid == 7);
    CHECK(Value(ParseTrialRowKey(TrialRowKey(7, number))).trial_number == number);
    const TimeAndId due = Value(ParseDueRowKey(DueRowKey(absl::FromUnixMicros(number), TrialRowKey(7, 9))));
    CHECK(due.time == absl::FromUnixMicros(number));
    CHECK(due.id == TrialRowKey(7, 9));
    CHECK(Value(BatchSizeOfArmRow(ArmRowKey(7, number))) == number);
    const SizeAndNumber exploration = Value(ParseExplorationRowKey(ExplorationRowKey(7, 48, number)));
    CHECK(exploration.batch_size == 48);
    CHECK(exploration.trial_number == number);
    const SizeAndNumber result = Value(ParseResultRowKey(ResultRowKey(7, 48, number)));
    CHECK(result.batch_size == 48);
    CHECK(result.trial_number == number);
  }
}

TEST_CASE("A key of any other length than its table's is corrupted") {
  for (size_t length = 0; length <= 40; ++length) {
    CAPTURE(length);
    const std::string key(length, '\1');
    if (length != 8) CHECK_THAT(ParseUidKey(key).status(), FailsWith(Reason::kStorageCorrupted));
    if (length != 16) {
      CHECK_THAT(ParseTrialRowKey(key).status(), FailsWith(Reason::kStorageCorrupted));
      CHECK_THAT(BatchSizeOfArmRow(key).status(), FailsWith(Reason::kStorageCorrupted));
    }
    if (length != 24) {
      CHECK_THAT(ParseExplorationRowKey(key).status(), FailsWith(Reason::kStorageCorrupted));
      CHECK_THAT(ParseResultRowKey(key).status(), FailsWith(Reason::kStorageCorrupted));
      CHECK_THAT(ParseDueRowKey(key).status(), FailsWith(Reason::kStorageCorrupted));
    }
  }
}

TEST_CASE("A key with a batch size or a trial number that is not positive is corrupted") {
  const int64_t number = GENERATE(int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min());
  CHECK_THAT(ParseTrialRowKey(TrialRowKey(7, number)).status(), FailsWith(Reason::kStorageCorrupted));
  CHECK_THAT(BatchSizeOfArmRow(ArmRowKey(7, number)).status(), FailsWith(Reason::kStorageCorrupted));
  for (const auto& [batch_size, trial_number] : {std::pair(number, int64_t{1}), std::pair(int64_t{1}, number)}) {
    CHECK_THAT(ParseExplorationRowKey(ExplorationRowKey(7, batch_size, trial_number)).status(),
               FailsWith(Reason::kStorageCorrupted));
    CHECK_THAT(ParseResultRowKey(ResultRowKey(7, batch_size, trial_number)).status(),
               FailsWith(Reason::kStorageCorrupted));
  }
}

TEST_CASE("A key of what is due before 1970 is corrupted") {
  CHECK_THAT(ParseDueRowKey(std::string(8, '\xff') + std::string(16, '\1')).status(),
             FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE("The end of a prefix is the least key above all that begin with it") {
  CHECK(PrefixEnd("a") == "b");
  CHECK(PrefixEnd("job-") == "job.");
  CHECK(PrefixEnd(absl::string_view("\x7f", 1)) == "\x80");
  CHECK(PrefixEnd(absl::string_view("a\0", 2)) == "a\1");
}

TEST_CASE("The end of a prefix carries over bytes that are 0xff") {
  CHECK(PrefixEnd("a\xff") == "b");
  CHECK(PrefixEnd("a\xff\xff") == "b");
  CHECK(PrefixEnd("\xfe\xff") == "\xff");
  CHECK(PrefixEnd("a\xff"
                  "b") ==
        "a\xff"
        "c");
}

TEST_CASE("A prefix that nothing is above ends where the table ends") {
  CHECK(PrefixEnd("").empty());
  CHECK(PrefixEnd("\xff").empty());
  CHECK(PrefixEnd(UidKey(std::numeric_limits<Uid>::max())).empty());
}

TEST_CASE("The range of a prefix holds the rows of its job and no others") {
  for (size_t i = 0; i + 1 < kUids.size(); ++i) {
    const std::string end = PrefixEnd(UidKey(kUids[i]));
    CAPTURE(kUids[i]);
    CHECK(TrialRowKey(kUids[i], std::numeric_limits<int64_t>::max()) < end);
    CHECK(end <= UidKey(kUids[i + 1]));
  }
}

}  // namespace
}  // namespace zeus::bso::storage
