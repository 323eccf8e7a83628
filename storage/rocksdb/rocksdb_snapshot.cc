#include "storage/rocksdb/rocksdb_snapshot.h"

#include "model/error.h"
#include "model/status_macros.h"
#include "storage/rocksdb/readable_rows.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/slice.h"

namespace zeus::bso::storage {
namespace {

absl::Status Gone() {
  return MakeError(Reason::kStorageUnavailable,
                   "the store was opened again after an error of its disk, and nothing was changed: repeat the call");
}

}  // namespace

RocksDbSnapshot::RocksDbSnapshot(const std::shared_ptr<Database>& database)
    : database_(database), snapshot_(database != nullptr ? database->TakeSnapshot() : nullptr) {}

RocksDbSnapshot::~RocksDbSnapshot() {
  if (const std::shared_ptr<Database> database = database_.lock(); database != nullptr) database->Release(snapshot_);
}

absl::StatusOr<std::optional<std::string>> RocksDbSnapshot::Get(Table table, absl::string_view key) const {
  const std::shared_ptr<Database> database = database_.lock();
  if (database == nullptr) return Gone();
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  std::string value;
  const rocksdb::Status status = database->db().Get(options, database->family(table), ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  ZB_RETURN_IF_ERROR(FromRocksDb(status));
  return value;
}

absl::Status RocksDbSnapshot::Scan(Table table, absl::string_view begin, absl::string_view end,
                                   RowVisitor visit) const {
  const std::shared_ptr<Database> database = database_.lock();
  if (database == nullptr) return Gone();
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  const rocksdb::Slice upper_bound = ToSlice(end);
  if (!end.empty()) options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> rows(database->db().NewIterator(options, database->family(table)));
  for (rows->Seek(ToSlice(begin)); rows->Valid(); rows->Next()) {
    if (!visit(ToView(rows->key()), ToView(rows->value()))) return absl::OkStatus();
  }
  return FromRocksDb(rows->status());
}

absl::Status RocksDbSnapshot::ScanReadable(Table table, absl::string_view begin, absl::string_view end,
                                           RowVisitor visit, RangeVisitor skipped) const {
  const std::shared_ptr<Database> database = database_.lock();
  if (database == nullptr) return Gone();
  storage::ScanReadable(database->db(), database->family(table), snapshot_, begin, end, visit, skipped);
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage
