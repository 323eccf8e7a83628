// Finds out whether a disk that has failed works again.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_DISK_PROBE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_DISK_PROBE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "rocksdb/file_system.h"

namespace zeus::bso::storage {

// Does what RocksDB does when it opens the database in `directory`: creates a file, writes and syncs as many bytes as
// the logs have, renames and deletes the file, and syncs the directory. STORAGE_FULL, STORAGE_UNAVAILABLE.
absl::Status ProbeDisk(rocksdb::FileSystem& files, const std::string& directory);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_DISK_PROBE_H_
