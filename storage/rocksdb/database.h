// An open RocksDB database with its column families.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_DATABASE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_DATABASE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/tables.h"

namespace zeus::bso::storage {

// Thread-safe.
class Database {
 public:
  // Opens the database in `directory`, and makes it or the tables that it lacks. `not_compacted`: names of column
  // families whose files are left as they are. Errors as OpenRocksDb.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const rocksdb::DBOptions& options, const std::string& directory,
                                                        const MemoryLimits& memory,
                                                        const std::set<std::string>& not_compacted);

  // The same, to read only: nothing in the directory changes.
  static absl::StatusOr<std::unique_ptr<Database>> OpenReadOnly(const rocksdb::DBOptions& options,
                                                                const std::string& directory,
                                                                const MemoryLimits& memory);

  // Use Open instead. `handles`: of all tables, in any order.
  Database(std::unique_ptr<rocksdb::DB> db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles);

  // Closes the database. The snapshots that were taken must not be used any more.
  ~Database();

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Table table) const { return families_[static_cast<size_t>(table)]; }

  const rocksdb::Snapshot* TakeSnapshot() ABSL_LOCKS_EXCLUDED(mutex_);
  void Release(const rocksdb::Snapshot* snapshot) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // In the order of kTables.
  absl::Mutex mutex_;
  absl::flat_hash_set<const rocksdb::Snapshot*> snapshots_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_DATABASE_H_
