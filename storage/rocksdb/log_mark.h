// The mark that each commit puts into the write-ahead log. It tells which earlier changes were synced. RocksDB ignores
// it.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_MARK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_MARK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::storage {

struct LogMark {
  uint64_t synced_sequence = 0;  // All changes up to this one were on the disk.
  uint64_t last_log = 0;         // Number of the log that was written to last; 0: none was since the start.
};

// For rocksdb::WriteBatch::PutLogData.
std::string EncodeMark(const LogMark& mark);

// The mark of a write batch (LogRecord::batch), if it has one.
std::optional<LogMark> MarkOf(const std::string& batch);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_MARK_H_
