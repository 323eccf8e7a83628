// A RocksDB database opened read-only. Nothing in its directory changes.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_READ_ONLY_DB_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_READ_ONLY_DB_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "storage/engine.h"
#include "storage/rocksdb/log_view.h"
#include "storage/tables.h"

namespace zeus::bso::storage {

// Not thread-safe.
class ReadOnlyDb {
 public:
  // `log_lengths`: where each log ends, in bytes, by its number. Other logs are not read. Errors as OpenRocksDb.
  static absl::StatusOr<std::unique_ptr<ReadOnlyDb>> Open(const std::string& directory,
                                                          std::map<uint64_t, uint64_t> log_lengths);

  // Use Open instead.
  explicit ReadOnlyDb(std::map<uint64_t, uint64_t> log_lengths);
  ~ReadOnlyDb();

  ReadOnlyDb(const ReadOnlyDb&) = delete;
  ReadOnlyDb& operator=(const ReadOnlyDb&) = delete;

  rocksdb::DB& db() { return *db_; }
  const LogView& view() const { return *view_; }

  // Our column families, in the order of kTables. A store of an older schema lacks some.
  const std::vector<rocksdb::ColumnFamilyHandle*>& families() const { return families_; }
  // The column family of a table, or null.
  rocksdb::ColumnFamilyHandle* family(Table table) const;

  // Visits the rows of a table whose keys begin with `prefix`, ascending, until `visit` returns false. Errors as
  // Snapshot.
  absl::Status ScanPrefix(Table table, absl::string_view prefix, RowVisitor visit);

  // Whether the database has column families that are not ours.
  bool has_others() const { return has_others_; }

 private:
  const std::shared_ptr<LogView> view_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  bool has_others_ = false;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_READ_ONLY_DB_H_
