// What a store must be before it is opened for writing.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_CHECK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_CHECK_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "storage/rocksdb/read_only_db.h"

namespace zeus::bso::storage {

// Reads what is in `directory`. If the log has a gap behind which nothing was answered, as a loss of power leaves it,
// it is cut off there, once everything else was found to be right; otherwise nothing is changed. OK for a directory
// that holds no database yet. Errors as OpenRocksDb.
absl::Status PrepareRocksDb(const std::string& directory);

// Makes the same checks, then calls `read` with the store as a server would find it. Changes nothing. Errors as above,
// and those of `read`; STORE_REFUSED also if there is no store.
absl::Status ReadRocksDb(const std::string& directory, absl::FunctionRef<absl::Status(ReadOnlyDb&)> read);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_CHECK_H_
