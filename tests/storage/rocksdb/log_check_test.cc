// Where a log ends that may have been cut, and what shows that it was not cut but damaged.
#include "storage/rocksdb/log_check.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "storage/rocksdb/log_reader.h"
#include "tests/storage/rocksdb/log_writer.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::Value;

constexpr size_t kPage = 4'096;

TEST_CASE("The checksum is CRC-32C") {
  // RFC 3720, appendix B.4.
  CHECK(Crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(Crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(Crc32c("123456789") == 0xe3069283);
}

TEST_CASE("A reader reads all records, also those of several blocks, and knows the end") {
  LogWriter log;
  std::vector<size_t> offsets;
  uint64_t sequence = 7;
  for (const size_t value_bytes : {10, 100'000, 32'700, 20, 32'761, 0, 32'740, 1}) {
    offsets.push_back(log.Append(sequence, 2, LogMark{.synced_sequence = sequence - 1}, value_bytes));
    sequence += 2;
  }
  LogReader reader(log.bytes());
  for (size_t i = 0; i < offsets.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(reader.AtEnd());
    const std::optional<LogRecord> record = reader.Next();
    REQUIRE(record.has_value());
    CHECK(record->offset == offsets[i]);
    CHECK(record->sequence == 7 + 2 * i);
    CHECK(record->count == 2);
    CHECK(MarkOf(record->batch)->synced_sequence == record->sequence - 1);
  }
  CHECK(reader.AtEnd());
  CHECK_FALSE(reader.Next().has_value());
}

TEST_CASE("Behind something that is not intact a reader finds the records that are") {
  LogWriter log;
  std::vector<size_t> offsets;
  for (uint64_t sequence = 1; sequence <= 1'000; ++sequence) offsets.push_back(log.Append(sequence, 1, {}, 100));
  std::string bytes = log.bytes();
  const size_t zeros = GENERATE(1, 100, 5'000, 40'000, 90'000);
  const size_t begin = offsets[200] + 3;
  bytes.replace(begin, zeros, zeros, '\0');
  LogReader reader(bytes);
  for (int i = 0; i < 200; ++i) REQUIRE(reader.Next().has_value());
  CHECK_FALSE(reader.Next().has_value());
  CHECK_FALSE(reader.AtEnd());
  CHECK(reader.position() <= offsets[200]);
  const std::optional<LogRecord> found = reader.Find();
  REQUIRE(found.has_value());
  CHECK(found->offset >= begin + zeros);
  CHECK(found->offset < begin + zeros + 300);
  CHECK(reader.Next()->sequence == found->sequence + 1);
}

TEST_CASE("Where nothing is intact nothing is found") {
  const std::string bytes = GENERATE(std::string(100'000, '\0'), std::string(100'000, '\x01'), std::string("short"));
  LogReader reader(bytes);
  CHECK_FALSE(reader.Next().has_value());
  CHECK_FALSE(reader.Find().has_value());
}

// Logs 10 and 20 with the changes 101 to 200 and 201 to 300, of which those up to `synced` were on the disk when each
// was written.
class Logs {
 public:
  explicit Logs(uint64_t synced = 100) {
    for (const uint64_t number : {10, 20}) {
      LogWriter log;
      for (uint64_t i = 1; i <= 100; ++i) {
        const uint64_t sequence = 10 * number + i;
        const uint64_t last_log = sequence == 101 ? 0 : sequence <= 201 ? 10 : 20;
        offsets.push_back(log.Append(sequence, 1, LogMark{.synced_sequence = synced, .last_log = last_log}, 200));
      }
      logs.push_back({.number = number, .name = std::to_string(number) + ".log", .bytes = log.bytes()});
    }
  }

  absl::StatusOr<std::optional<LogEnd>> Check() const { return FindLogEnd(logs, facts); }

  // Offset of a change in its log.
  size_t OffsetOf(uint64_t sequence) const { return offsets[sequence - 101]; }

  void CutAt(size_t index, size_t offset) {
    std::string& bytes = logs[index].bytes;
    bytes.replace(offset, bytes.size() - offset, bytes.size() - offset, '\0');
  }

  std::vector<StoredLog> logs;
  std::vector<size_t> offsets;
  LogFacts facts = {.first_needed_log = 10, .manifest_sequence = 100, .table_sequence = 100};
};

void CheckDamaged(const Logs& logs) { CHECK_THAT(logs.Check().status(), FailsWith(Reason::kStorageCorrupted)); }

TEST_CASE("Logs that are intact have no other end") {
  Logs logs;
  logs.facts.synced_sequence = 300;
  CHECK_FALSE(Value(logs.Check()).has_value());
  logs.logs.clear();
  logs.facts.manifest_sequence = 300;
  CHECK_FALSE(Value(logs.Check()).has_value());
}

TEST_CASE("A record that is half there ends the log, whether there are zeros behind it or nothing") {
  Logs logs;
  const size_t offset = logs.OffsetOf(250);
  SECTION("zeros") { logs.CutAt(1, offset + GENERATE(0, 1, 7, 50)); }
  SECTION("nothing") { logs.logs[1].bytes.resize(offset + GENERATE(1, 7, 50)); }
  logs.facts.synced_sequence = 249;
  const std::optional<LogEnd> end = Value(logs.Check());
  REQUIRE(end.has_value());
  CHECK(end->index == 1);
  CHECK(end->bytes == offset);
}

TEST_CASE("A page of zeros before intact records ends the log if none of them was written after a sync of it") {
  Logs logs;
  const size_t begin = logs.OffsetOf(220);
  logs.logs[1].bytes.replace(begin, kPage, kPage, '\0');
  logs.facts.synced_sequence = 200;
  CHECK(Value(logs.Check())->bytes == begin);
}

TEST_CASE("A gap of which anything shows that it was on the disk is damage") {
  const uint64_t gap = 250;
  Logs logs;
  SECTION("the small file") { logs.facts.synced_sequence = gap; }
  SECTION("a table file") { logs.facts.table_sequence = gap; }
  SECTION("a record behind it") {
    logs = Logs(/*synced=*/gap);
    logs.logs[1].bytes.replace(logs.OffsetOf(gap), 100, 100, '\0');
    return CheckDamaged(logs);
  }
  logs.CutAt(1, logs.OffsetOf(gap));
  CheckDamaged(logs);
}

TEST_CASE("The first gap ends the log, in whichever file it is, unless what is behind it was on the disk") {
  const bool was_synced = GENERATE(false, true);
  Logs logs(was_synced ? 150 : 100);
  SECTION("a cut between two records") { logs.logs[0].bytes.resize(logs.OffsetOf(150)); }
  SECTION("a cut inside of one") { logs.logs[0].bytes.resize(logs.OffsetOf(150) + 10); }
  SECTION("zeros") { logs.CutAt(0, logs.OffsetOf(150)); }
  SECTION("a wrong byte") { logs.logs[0].bytes[logs.OffsetOf(150) + 20] = 'x'; }
  if (was_synced) return CheckDamaged(logs);
  const std::optional<LogEnd> end = Value(logs.Check());
  REQUIRE(end.has_value());
  // A file that was cut between two records ends where the next one begins.
  const bool ends_between = end->index == 1;
  CHECK(end->bytes == (ends_between ? 0 : logs.OffsetOf(150)));
}

TEST_CASE("Logs that were swapped, or the first of which is missing, are damage") {
  Logs logs;
  SECTION("swapped") { std::swap(logs.logs[0].bytes, logs.logs[1].bytes); }
  SECTION("missing") { logs.logs.erase(logs.logs.begin()); }
  SECTION("missing, though the manifest knows its changes: not all are in tables") {
    logs.logs.erase(logs.logs.begin());
    logs.facts.manifest_sequence = 250;
  }
  CheckDamaged(logs);
}

TEST_CASE("The end of the log may be missing only if it was not on the disk") {
  Logs logs;
  logs.logs.pop_back();
  CHECK_FALSE(Value(logs.Check()).has_value());
  logs.facts.synced_sequence = 201;
  CheckDamaged(logs);
}

TEST_CASE("A log that is not needed may be missing") {
  Logs logs;
  logs.logs.erase(logs.logs.begin());
  logs.facts.first_needed_log = 20;
  logs.facts.manifest_sequence = 200;
  CHECK_FALSE(Value(logs.Check()).has_value());
}

TEST_CASE("Of logs without marks nothing is said") {
  LogWriter log;
  log.Append(101, 1, std::nullopt);
  const size_t second = log.Append(102, 1, std::nullopt);
  std::vector<StoredLog> logs = {{.number = 10, .name = "10.log", .bytes = log.bytes().substr(0, second + 3)}};
  CHECK_FALSE(Value(FindLogEnd(logs, {.manifest_sequence = 100})).has_value());
  logs[0].bytes = std::string(100, '\0');
  CHECK_FALSE(Value(FindLogEnd(logs, {.manifest_sequence = 100})).has_value());
}

}  // namespace
}  // namespace zeus::bso::storage
