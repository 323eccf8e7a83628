// A snapshot of a RocksDB database.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_SNAPSHOT_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/rocksdb/database.h"

namespace zeus::bso::storage {

class RocksDbSnapshot : public Snapshot {
 public:
  // A null `database` cannot be read at the moment.
  explicit RocksDbSnapshot(const std::shared_ptr<Database>& database);
  ~RocksDbSnapshot() override;

  RocksDbSnapshot(const RocksDbSnapshot&) = delete;
  RocksDbSnapshot& operator=(const RocksDbSnapshot&) = delete;

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const override;
  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) const override;
  absl::Status ScanReadable(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit,
                            RangeVisitor skipped) const override;

 private:
  const std::weak_ptr<Database> database_;  // Gone after a reopening.
  const rocksdb::Snapshot* const snapshot_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_SNAPSHOT_H_
