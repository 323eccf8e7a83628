// The embedded engine: RocksDB, one column family a table, in one directory that one server holds at a time.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_ENGINE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_ENGINE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/engine.h"

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace zeus::bso::storage {

// How much memory an engine takes, roughly, besides what it takes in any case (20 MiB).
struct MemoryLimits {
  int64_t block_cache_bytes = int64_t{32} << 20;   // Blocks of files that were read.
  int64_t write_buffer_bytes = int64_t{64} << 20;  // What was written and is in no table file yet.
};

// Opens the store in `directory`, which is created when it is missing. Nothing in it is changed by an open that fails:
// what is there is read and checked before it is opened for writing.
//
// STORE_REFUSED: another server holds it; it is of a newer schema; it holds a database of another program; it is no
// directory or not accessible. STORAGE_CORRUPTED: what is stored is damaged.
//
// `file_system`: where its files are, if not in the machine's own.
absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory, const MemoryLimits& memory = {},
                                                    const std::shared_ptr<rocksdb::FileSystem>& file_system = nullptr);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_ENGINE_H_
