#include "storage/rocksdb/log_reader.h"

#include <algorithm>

#include "storage/rocksdb/crc32c.h"
#include "storage/rocksdb/fixed_numbers.h"

namespace zeus::bso::storage {
namespace {

constexpr size_t kBlockBytes = 32'768;
constexpr size_t kHeaderBytes = 7;        // Checksum, 4; length, 2; type, 1.
constexpr size_t kBatchHeaderBytes = 12;  // Sequence number, 8; count, 4.

// Types of fragments; 3 is one in the middle of a record.
constexpr int kFull = 1;
constexpr int kFirst = 2;
constexpr int kLast = 4;

// The rest of a block that is too short for a header is empty.
size_t SkipRestOfBlock(size_t offset) {
  const size_t left = kBlockBytes - offset % kBlockBytes;
  return left < kHeaderBytes ? offset + left : offset;
}

}  // namespace

std::optional<LogReader::Fragment> LogReader::FragmentAt(size_t offset) const {
  if (offset + kHeaderBytes > bytes_.size()) return std::nullopt;
  const size_t length = ReadFixed(bytes_.substr(offset + 4, 2));
  const int type = static_cast<unsigned char>(bytes_[offset + 6]);
  const size_t end = offset + kHeaderBytes + length;
  const size_t end_of_block = offset - offset % kBlockBytes + kBlockBytes;
  if (type < kFull || type > kLast || end > std::min(end_of_block, bytes_.size())) return std::nullopt;
  if (MaskedCrc32c(bytes_.substr(offset + 6, 1 + length)) != ReadFixed(bytes_.substr(offset, 4))) return std::nullopt;
  return Fragment{.type = type, .data = bytes_.substr(offset + kHeaderBytes, length), .end = end};
}

std::optional<LogRecord> LogReader::RecordAt(size_t offset, size_t& end) const {
  LogRecord record;
  record.offset = SkipRestOfBlock(offset);
  end = record.offset;
  bool is_complete = false;
  while (!is_complete) {
    const std::optional<Fragment> fragment = FragmentAt(SkipRestOfBlock(end));
    if (!fragment.has_value()) return std::nullopt;
    const bool begins = fragment->type == kFull || fragment->type == kFirst;
    if (begins != (end == record.offset)) return std::nullopt;
    record.batch.append(fragment->data.data(), fragment->data.size());
    end = fragment->end;
    is_complete = fragment->type == kFull || fragment->type == kLast;
  }
  if (record.batch.size() < kBatchHeaderBytes) return std::nullopt;
  record.sequence = ReadFixed(absl::string_view(record.batch).substr(0, 8));
  record.count = static_cast<uint32_t>(ReadFixed(absl::string_view(record.batch).substr(8, 4)));
  return record;
}

std::optional<LogRecord> LogReader::Next() {
  size_t end = 0;
  std::optional<LogRecord> record = RecordAt(position_, end);
  if (record.has_value()) position_ = end;
  return record;
}

std::optional<LogRecord> LogReader::Find() {
  // Nobody knows where a record begins, and few places look like one.
  for (size_t offset = position_ + 1; offset < bytes_.size(); ++offset) {
    size_t end = 0;
    std::optional<LogRecord> record = RecordAt(offset, end);
    if (!record.has_value()) continue;
    position_ = end;
    return record;
  }
  return std::nullopt;
}

}  // namespace zeus::bso::storage
