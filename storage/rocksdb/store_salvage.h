// Copies the intact jobs of a damaged store into a new store.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_STORE_SALVAGE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_STORE_SALVAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/rocksdb/store_check.h"

namespace zeus::bso::storage {

// Copies every intact job of the store in `directory`, with all its rows, into a new store in `target`, a directory
// that is missing or empty. Changes nothing in `directory`. Kept answers are not copied: the new store treats a
// repeated request_id as a new request.
//
// Returns the report of CheckStore, and fails with its errors. STORE_REFUSED: `target` has files. STORAGE_*: `target`
// cannot be written; what is in it is useless then.
absl::StatusOr<StoreReport> SalvageStore(const std::string& directory, const std::string& target);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_STORE_SALVAGE_H_
