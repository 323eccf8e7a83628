#include "storage/rocksdb/row_head.h"

#include "storage/keys.h"
#include "storage/rocksdb/row_set.h"

namespace zeus::bso::storage {
namespace {

// The key of the mark: greater than that of any row, as batch sizes are positive.
std::string EndKey() { return std::string(kUidBytes + kBatchSizeBytes, '\xff'); }

struct Extent {
  size_t num_rows = 0;  // With the mark.
  bool has_end = false;
};

Extent ExtentOf(absl::string_view head) {
  Extent extent;
  const std::string end = EndKey();
  VisitRows(head, [&](absl::string_view key, absl::string_view) {
    ++extent.num_rows;
    extent.has_end = key == end;
    return true;
  });
  return extent;
}

}  // namespace

void AppendToHead(std::string& head, absl::string_view key, absl::string_view value) {
  if (ExtentOf(head).num_rows < kMaxHeadRows) AppendRow(head, key, value);
}

void AppendEndToHead(std::string& head) { AppendToHead(head, EndKey(), ""); }

std::optional<std::string> VisitHead(absl::string_view head, absl::string_view prefix, RowVisitor visit) {
  absl::string_view last_key;
  bool is_over = false;
  const std::string end = EndKey();
  VisitRows(head, [&](absl::string_view key, absl::string_view value) {
    is_over = key == end || !visit(key, value);
    last_key = key;
    return !is_over;
  });
  if (is_over) return std::nullopt;
  return last_key.empty() ? std::string(prefix) : KeyAfter(last_key);
}

std::string HeadWithRow(absl::string_view head, absl::string_view key, const std::optional<std::string>& value) {
  const Extent extent = ExtentOf(head);
  std::string rows = WithRow(head, key, value);
  rows.resize(BytesOfFirstRows(rows, extent.has_end ? kMaxHeadRows : extent.num_rows));
  return rows;
}

}  // namespace zeus::bso::storage
