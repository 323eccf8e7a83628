#include "storage/rocksdb/log_mark.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb/fixed_numbers.h"

namespace zeus::bso::storage {
namespace {

constexpr absl::string_view kMagic = "zbm1";
constexpr size_t kMarkBytes = 4 + 8 + 8;

// Looks at nothing but the mark.
class MarkFinder : public rocksdb::WriteBatch::Handler {
 public:
  std::optional<LogMark> mark;

  rocksdb::Status PutCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status SingleDeleteCF(uint32_t, const rocksdb::Slice&) override { return {}; }

  void LogData(const rocksdb::Slice& data) override {
    const absl::string_view bytes(data.data(), data.size());
    if (bytes.size() != kMarkBytes || !absl::StartsWith(bytes, kMagic)) return;
    mark = {.synced_sequence = ReadFixed(bytes.substr(4, 8)), .last_log = ReadFixed(bytes.substr(12, 8))};
  }
};

}  // namespace

std::string EncodeMark(const LogMark& mark) {
  std::string bytes(kMagic);
  AppendFixed(mark.synced_sequence, 8, bytes);
  AppendFixed(mark.last_log, 8, bytes);
  return bytes;
}

std::optional<LogMark> MarkOf(const std::string& batch) {
  MarkFinder finder;
  rocksdb::WriteBatch(batch).Iterate(&finder).PermitUncheckedError();
  return finder.mark;
}

}  // namespace zeus::bso::storage
