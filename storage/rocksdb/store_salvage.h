// Saves what is intact of a damaged store.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_STORE_SALVAGE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_STORE_SALVAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/rocksdb/store_check.h"

namespace zeus::bso::storage {

// Writes every intact job of the store in `directory`, with its trials and all else that belongs to it, into a new
// store in `target`, which must be missing or empty. Changes nothing in `directory`. Kept answers are left behind: a
// request with a request_id that was answered by the old store is new to the new one.
//
// Returns what was found, as CheckStore, and its errors. STORE_REFUSED: `target` has files. STORAGE_*: it cannot be
// written; it then has no use.
absl::StatusOr<StoreReport> SalvageStore(const std::string& directory, const std::string& target);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_STORE_SALVAGE_H_
