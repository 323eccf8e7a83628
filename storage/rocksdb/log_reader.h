// Reads a file of RocksDB's write-ahead log, record by record.
//
// The format is that of RocksDB's wiki, "Write Ahead Log File Format": blocks of 32 KiB; in them fragments, each with a
// checksum, a length and a type; a record is one fragment or several. A record holds a write batch, which begins with
// the sequence number of its first change and the number of its changes.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_READER_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::storage {

struct LogRecord {
  size_t offset = 0;      // In the file, in bytes.
  uint64_t sequence = 0;  // The sequence number of the first change.
  uint32_t count = 0;     // The number of changes.
  std::string batch;      // In the format of rocksdb::WriteBatch::Data().
};

class LogReader {
 public:
  // `bytes`: the whole file; they outlive the reader.
  explicit LogReader(absl::string_view bytes) : bytes_(bytes) {}

  // The record after the last one; nothing at the end of the file, or if the next record is not intact.
  std::optional<LogRecord> Next();

  // Whether the file ends after the last record.
  bool AtEnd() const { return position_ >= bytes_.size(); }

  // The end of the last record.
  size_t position() const { return position_; }

  // Skips damaged bytes and returns the next intact record, if there is one.
  std::optional<LogRecord> Find();

 private:
  struct Fragment {
    int type = 0;
    absl::string_view data;
    size_t end = 0;
  };

  std::optional<Fragment> FragmentAt(size_t offset) const;
  std::optional<LogRecord> RecordAt(size_t offset, size_t& end) const;

  const absl::string_view bytes_;
  size_t position_ = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_READER_H_
