// RocksDB's statuses as ours.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_STATUS_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_STATUS_H_

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace zeus::bso::storage {

// OK, STORAGE_FULL, STORAGE_CORRUPTED (also for a file that is missing) or STORAGE_UNAVAILABLE.
absl::Status FromRocksDb(const rocksdb::Status& status);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_STATUS_H_
