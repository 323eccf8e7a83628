// Scans a table and skips damaged blocks.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// The keys greater than `after` and less than `before` cannot be read. An empty `after` means from the first key on, an
// empty `before` to the last.
struct UnreadableRange {
  std::string after;
  std::string before;

  bool operator==(const UnreadableRange&) const = default;
};

// Visits the rows with begin <= key < end in ascending order, as Transaction::Scan does, until `visit` returns false.
// Skips blocks that cannot be read, and calls `skipped` for each range of keys that it skipped. The index of a table
// file says where a damaged block ends. A start reads all indexes, and refuses a store with a damaged one.
void ScanReadable(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, absl::string_view begin, absl::string_view end,
                  RowVisitor visit, absl::FunctionRef<void(const UnreadableRange&)> skipped);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_
