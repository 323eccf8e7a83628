// Reads what can be read of a table whose files are damaged.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// Keys greater than `after` and less than `before` cannot be read. Empty: from the first key on; to the last.
struct UnreadableRange {
  std::string after;
  std::string before;

  bool operator==(const UnreadableRange&) const = default;
};

// Visits the rows with begin <= key < end in ascending order, as Transaction::Scan does, but continues behind blocks
// that cannot be read, of which it tells `skipped`. It looks for the end of such a block in the indexes of the table
// files: a damaged index is found when a store is opened.
void ScanReadable(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, absl::string_view begin, absl::string_view end,
                  RowVisitor visit, absl::FunctionRef<void(const UnreadableRange&)> skipped);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_
