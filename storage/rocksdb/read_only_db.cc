#include "storage/rocksdb/read_only_db.h"

#include <algorithm>
#include <utility>

#include "model/status_macros.h"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/slice.h"

namespace zeus::bso::storage {

using rocksdb::ColumnFamilyDescriptor;
using rocksdb::ColumnFamilyHandle;

absl::StatusOr<std::unique_ptr<ReadOnlyDb>> ReadOnlyDb::Open(const std::string& directory,
                                                             std::map<uint64_t, uint64_t> log_lengths) {
  auto db = std::make_unique<ReadOnlyDb>(std::move(log_lengths));
  rocksdb::DBOptions options = MakeDbOptions({});
  options.env = db->env_.get();
  options.create_if_missing = false;
  std::vector<std::string> names;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::ListColumnFamilies(options, directory, &names)));
  const std::vector<ColumnFamilyDescriptor> existing = MakeColumnFamilies({}, names);
  db->has_others_ = existing.size() != names.size();
  rocksdb::DB* opened = nullptr;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::OpenForReadOnly(options, directory, existing, &db->families_, &opened)));
  db->db_.reset(opened);
  return db;
}

ReadOnlyDb::ReadOnlyDb(std::map<uint64_t, uint64_t> log_lengths)
    : view_(std::make_shared<LogView>(std::move(log_lengths))), env_(rocksdb::NewCompositeEnv(view_)) {}

ReadOnlyDb::~ReadOnlyDb() {
  for (ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

ColumnFamilyHandle* ReadOnlyDb::family(Table table) const {
  const std::string name = ColumnFamilyName(kTables[static_cast<size_t>(table)]);
  const auto found = std::find_if(families_.begin(), families_.end(),
                                  [&](const ColumnFamilyHandle* family) { return family->GetName() == name; });
  return found != families_.end() ? *found : nullptr;
}

absl::Status ReadOnlyDb::ScanPrefix(Table table, absl::string_view prefix, RowVisitor visit) {
  ColumnFamilyHandle* const handle = family(table);
  if (handle == nullptr) return absl::OkStatus();
  const std::string end = PrefixEnd(prefix);
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator({}, handle));
  for (rows->Seek(ToSlice(prefix)); rows->Valid(); rows->Next()) {
    if (!end.empty() && ToView(rows->key()) >= end) break;
    if (!visit(ToView(rows->key()), ToView(rows->value()))) return absl::OkStatus();
  }
  return FromRocksDb(rows->status());
}

}  // namespace zeus::bso::storage
