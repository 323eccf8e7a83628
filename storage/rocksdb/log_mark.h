// Each group of batches puts a mark into its record of the write-ahead log, which says what was there before it.
// RocksDB ignores it.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_MARK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_MARK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::storage {

struct LogMark {
  uint64_t synced_sequence = 0;  // All changes up to this sequence number were synced.
  uint64_t last_log = 0;         // The number of the last log file, perhaps that of this record; 0: not known.
};

// For rocksdb::WriteBatch::PutLogData.
std::string EncodeMark(const LogMark& mark);

// The mark of a write batch (LogRecord::batch), if it has one.
std::optional<LogMark> MarkOf(const std::string& batch);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_MARK_H_
