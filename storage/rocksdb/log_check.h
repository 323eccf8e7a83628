// Finds the end of the write-ahead log after a loss of power. Pure functions.
//
// A loss of power may leave only part of the writes since the last sync: half a record, a page of zeros, intact
// records after them, in this file or in later ones. Sequence numbers follow each other without a gap, so the log ends
// at the first gap. If there is evidence that data after the gap had been synced, the gap is damage instead: the store
// has lost changes that it had answered.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_CHECK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace zeus::bso::storage {

struct StoredLog {
  uint64_t number = 0;  // RocksDB writes the logs in the order of their numbers.
  std::string name;
  std::string bytes;
};

// Facts about the logs, read from other files.
struct LogFacts {
  uint64_t first_needed_log = 0;   // All changes in earlier logs are in table files.
  uint64_t manifest_sequence = 0;  // The last sequence number in the manifest; its change may be in a log only.
  uint64_t table_sequence = 0;     // The greatest one in a table file. RocksDB syncs a change before it flushes it.
  uint64_t synced_sequence = 0;    // As the small file says (synced_file.h).
};

// The end of the log. Files after this one are not part of it.
struct LogEnd {
  size_t index = 0;  // Into the list of logs.
  size_t bytes = 0;  // The length of the valid part of that file.
};

// `logs`: the logs that are needed, in the order of their numbers. Returns nothing if all of them are intact, or if an
// older server wrote them without marks (log_mark.h): then RocksDB's own rules apply. STORAGE_CORRUPTED: synced changes
// are missing.
absl::StatusOr<std::optional<LogEnd>> FindLogEnd(const std::vector<StoredLog>& logs, const LogFacts& facts);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_CHECK_H_
