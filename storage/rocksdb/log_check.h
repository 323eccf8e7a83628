// Finds where a write-ahead log ends that a loss of power may have cut. Pure functions.
//
// After such a loss, what was written since the last sync may be there in part: a record half, a page of zeros, and
// intact records behind it. The log ends at the first gap. If anything shows that what is behind the gap was on the
// disk once, the gap is damage instead: changes that were answered are lost.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_CHECK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/rocksdb/synced_file.h"

namespace zeus::bso::storage {

struct StoredLog {
  uint64_t number = 0;  // Logs are written in the order of their numbers.
  std::string name;
  std::string bytes;
};

// Facts that other files tell about the logs.
struct LogFacts {
  uint64_t first_needed_log = 0;   // What is in earlier ones is in table files.
  uint64_t manifest_sequence = 0;  // The manifest knows of changes up to this one, not all of them in table files.
  uint64_t table_sequence = 0;     // The greatest in a table file. What is in one was synced before.
  Synced synced = {};
};

// The end of the log: of this file so many bytes, and nothing of later ones.
struct LogEnd {
  size_t index = 0;  // Into the list of logs.
  size_t bytes = 0;
};

// Nothing: all that is there is intact, or was written by a server that left no marks (log_mark.h), so that only
// RocksDB's own rules apply. STORAGE_CORRUPTED: something is missing that was on the disk. `logs`: those that are
// needed, in the order of their numbers.
absl::StatusOr<std::optional<LogEnd>> FindLogEnd(const std::vector<StoredLog>& logs, const LogFacts& facts);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_CHECK_H_
