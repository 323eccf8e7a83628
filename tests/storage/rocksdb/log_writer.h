// Logs for tests, written as RocksDB writes them.
#ifndef ZEUS_BSO_TESTS_STORAGE_ROCKSDB_LOG_WRITER_H_
#define ZEUS_BSO_TESTS_STORAGE_ROCKSDB_LOG_WRITER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "rocksdb/write_batch.h"
#include "storage/rocksdb/crc32c.h"
#include "storage/rocksdb/fixed_numbers.h"
#include "storage/rocksdb/log_mark.h"

namespace zeus::bso::storage {

class LogWriter {
 public:
  // Appends a batch of `count` changes, which begin with this sequence number; returns where it begins.
  size_t Append(uint64_t sequence, uint32_t count, const std::optional<LogMark>& mark, size_t value_bytes = 10) {
    rocksdb::WriteBatch batch;
    for (uint32_t i = 0; i < count; ++i) batch.Put("key", std::string(value_bytes, 'v')).PermitUncheckedError();
    if (mark.has_value()) batch.PutLogData(EncodeMark(*mark)).PermitUncheckedError();
    std::string bytes;
    AppendFixed(sequence, 8, bytes);
    return AppendRecord(bytes + batch.Data().substr(8));
  }

  const std::string& bytes() const { return bytes_; }

 private:
  static constexpr size_t kBlockBytes = 32'768;
  static constexpr size_t kHeaderBytes = 7;

  size_t AppendRecord(const std::string& record) {
    size_t left_in_block = LeftInBlock();
    if (left_in_block < kHeaderBytes) bytes_.append(left_in_block, '\0');
    const size_t begin = bytes_.size();
    size_t done = 0;
    do {
      left_in_block = LeftInBlock();
      const size_t length = std::min(record.size() - done, left_in_block - kHeaderBytes);
      const bool is_first = done == 0;
      const bool is_last = done + length == record.size();
      const int type = is_first ? (is_last ? 1 : 2) : (is_last ? 4 : 3);
      AppendFragment(type, record.substr(done, length));
      done += length;
    } while (done < record.size());
    return begin;
  }

  void AppendFragment(int type, const std::string& data) {
    const std::string checked = std::string(1, static_cast<char>(type)) + data;
    AppendFixed(MaskedCrc32c(checked), 4, bytes_);
    AppendFixed(data.size(), 2, bytes_);
    bytes_ += checked;
  }

  size_t LeftInBlock() const { return kBlockBytes - bytes_.size() % kBlockBytes; }

  std::string bytes_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_TESTS_STORAGE_ROCKSDB_LOG_WRITER_H_
