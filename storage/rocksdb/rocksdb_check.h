// What a store must be before it is opened for writing.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_CHECK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace zeus::bso::storage {

// Reads what is in `directory`, and changes nothing in it. OK for one that holds no database yet. Errors as
// OpenRocksDb.
absl::Status CheckRocksDb(const std::string& directory);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_CHECK_H_
