#include "storage/rocksdb/readable_rows.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "rocksdb/options.h"
#include "storage/keys.h"
#include "storage/rocksdb/slice.h"

namespace zeus::bso::storage {
namespace {

// No key of ours is longer.
constexpr size_t kMaxKeyBytes = 256;

class DamagedTable {
 public:
  DamagedTable(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) : db_(db), family_(family) {}

  // The least key greater than `key` that lies in a later block of any table file; nothing if there is no later block.
  // RocksDB's indexes say how many bytes of table files lie between two keys. A bisection over that number, byte by
  // byte of the key, finds the end of the block.
  std::optional<std::string> NextBlock(const std::string& key) const {
    std::string next(kMaxKeyBytes, '\xff');
    if (!HasBlockEnd(key, next)) return std::nullopt;
    std::string prefix;
    while (prefix.size() < kMaxKeyBytes) {
      // The greatest byte for which prefix + byte is still in the same block; -1: none.
      int below = -1;
      for (int above = 256; above - below > 1;) {
        const int middle = (below + above) / 2;
        (HasBlockEnd(key, prefix + static_cast<char>(middle)) ? above : below) = middle;
      }
      if (below < 0) return prefix + '\0';
      if (below < 255) next = prefix + static_cast<char>(below + 1);
      prefix += static_cast<char>(below);
    }
    return next;
  }

 private:
  bool HasBlockEnd(const std::string& key, const std::string& limit) const {
    if (limit <= key) return false;
    const rocksdb::Range range(key, limit);
    rocksdb::SizeApproximationOptions options;
    options.include_files = true;
    uint64_t bytes = 0;
    return db_.GetApproximateSizes(options, family_, &range, 1, &bytes).ok() && bytes > 0;
  }

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const family_;
};

}  // namespace

void ScanReadable(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::Snapshot* snapshot,
                  absl::string_view begin, absl::string_view end, RowVisitor visit, RangeVisitor skipped) {
  const DamagedTable table(db, family);
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string from(begin);
  std::string last;                           // The key of the last row visited.
  std::optional<UnreadableRange> unreadable;  // The range that the scan is skipping.
  const auto is_over = [&](absl::string_view key) { return !end.empty() && key >= end; };
  while (true) {
    const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(options, family));
    for (rows->Seek(ToSlice(from)); rows->Valid() && !is_over(ToView(rows->key())); rows->Next()) {
      last = std::string(ToView(rows->key()));
      if (unreadable.has_value()) {
        unreadable->before = last;
        skipped(*std::exchange(unreadable, std::nullopt));
      }
      if (!visit(last, ToView(rows->value()))) return;
      from = KeyAfter(last);
    }
    if (rows->status().ok()) break;
    if (!unreadable.has_value()) unreadable = UnreadableRange{.after = last, .before = ""};
    std::optional<std::string> next = table.NextBlock(from);
    if (!next.has_value() || is_over(*next)) break;
    from = std::move(*next);
  }
  if (unreadable.has_value()) {
    unreadable->before = std::string(end);
    skipped(*unreadable);
  }
}

}  // namespace zeus::bso::storage
