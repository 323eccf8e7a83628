// Scans a table and skips damaged blocks.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_

#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "storage/engine.h"

namespace zeus::bso::storage {

// Visits the rows with begin <= key < end in ascending order, as Snapshot::Scan does, until `visit` returns false.
// Skips blocks that cannot be read, and calls `skipped` for each range of keys that it skipped. Reads at `snapshot`;
// null: the present state. The index of a table
// file says where a damaged block ends. A start reads all indexes, and refuses a store with a damaged one.
void ScanReadable(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::Snapshot* snapshot,
                  absl::string_view begin, absl::string_view end, RowVisitor visit, RangeVisitor skipped);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_READABLE_ROWS_H_
