// The embedded engine: RocksDB's OptimisticTransactionDB, one column family a table, in one directory that one server
// holds at a time.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_ENGINE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_ENGINE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/engine.h"

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace zeus::bso::storage {

// Opens the store in `directory`, which is created when it is missing. Nothing in it is changed by an open that fails:
// what is there is read and checked before it is opened for writing.
//
// STORE_REFUSED: another server holds it; it is of a newer schema; it holds a database of another program; it is no
// directory or not accessible. STORAGE_CORRUPTED: what is stored is damaged.
//
// A disk that is full or fails does not end the engine. Transactions that write fail with STORAGE_FULL or
// STORAGE_UNAVAILABLE for as long as the disk does, those that read go on, and everything works again afterwards, at
// the latest some seconds after the disk does.
absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory);

// The same with its files in another file system than the machine's.
absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory,
                                                    const std::shared_ptr<rocksdb::FileSystem>& file_system);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_ENGINE_H_
