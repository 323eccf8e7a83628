#include "storage/rocksdb/database.h"

#include <algorithm>
#include <utility>

#include "model/status_macros.h"
#include "rocksdb/convenience.h"
#include "rocksdb/env.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"

namespace zeus::bso::storage {
namespace {

using Families = std::vector<rocksdb::ColumnFamilyHandle*>;
using Descriptors = std::vector<rocksdb::ColumnFamilyDescriptor>;

// The names of the column families that the database has. RocksDB makes a new one with the default one.
absl::StatusOr<std::vector<std::string>> ExistingFamilies(const rocksdb::DBOptions& options,
                                                          const std::string& directory) {
  std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName};
  if (options.env->FileExists(directory + "/CURRENT").IsNotFound()) return names;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::ListColumnFamilies(options, directory, &names)));
  return names;
}

// Adds those of `families` that the database lacks, all in one call: after each call RocksDB writes all options to a
// file and syncs it.
absl::Status CreateMissingFamilies(rocksdb::DB& db, Descriptors families, Families& handles) {
  std::erase_if(families, [&](const rocksdb::ColumnFamilyDescriptor& family) {
    return std::any_of(handles.begin(), handles.end(),
                       [&](const rocksdb::ColumnFamilyHandle* handle) { return handle->GetName() == family.name; });
  });
  Families created;
  const rocksdb::Status status = db.CreateColumnFamilies(families, &created);
  handles.insert(handles.end(), created.begin(), created.end());
  return FromRocksDb(status);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const rocksdb::DBOptions& options,
                                                         const std::string& directory, const MemoryLimits& memory,
                                                         const std::set<std::string>& not_compacted) {
  ZB_ASSIGN_OR_RETURN(const std::vector<std::string> names, ExistingFamilies(options, directory));
  Descriptors existing = MakeColumnFamilies(memory, names);
  for (rocksdb::ColumnFamilyDescriptor& family : existing) {
    family.options.disable_auto_compactions = not_compacted.contains(family.name);
  }
  Families handles;
  rocksdb::DB* opened = nullptr;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::Open(options, directory, existing, &handles, &opened)));
  std::unique_ptr<rocksdb::DB> db(opened);
  if (absl::Status status = CreateMissingFamilies(*db, MakeColumnFamilies(memory), handles); !status.ok()) {
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
    return status;
  }
  return std::make_unique<Database>(std::move(db), handles);
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenReadOnly(const rocksdb::DBOptions& options,
                                                                 const std::string& directory,
                                                                 const MemoryLimits& memory) {
  Families handles;
  rocksdb::DB* opened = nullptr;
  ZB_RETURN_IF_ERROR(
      FromRocksDb(rocksdb::DB::OpenForReadOnly(options, directory, MakeColumnFamilies(memory), &handles, &opened)));
  return std::make_unique<Database>(std::unique_ptr<rocksdb::DB>(opened), handles);
}

Database::Database(std::unique_ptr<rocksdb::DB> db, const Families& handles) : db_(std::move(db)) {
  for (const TableInfo& table : kTables) {
    families_.push_back(*std::find_if(handles.begin(), handles.end(), [&](const rocksdb::ColumnFamilyHandle* handle) {
      return handle->GetName() == ColumnFamilyName(table);
    }));
  }
}

Database::~Database() {
  // What runs in the background may wait for a disk that has failed. This ends the wait.
  rocksdb::CancelAllBackgroundWork(db_.get(), /*wait=*/false);
  for (const rocksdb::Snapshot* const snapshot : snapshots_) db_->ReleaseSnapshot(snapshot);
  for (rocksdb::ColumnFamilyHandle* const family : families_) db_->DestroyColumnFamilyHandle(family);
  if (const rocksdb::Status status = db_->Close(); !status.ok()) {
    spdlog::warn("closing the store failed: {}", status.ToString());
  }
}

const rocksdb::Snapshot* Database::TakeSnapshot() {
  const rocksdb::Snapshot* const snapshot = db_->GetSnapshot();
  absl::MutexLock lock(&mutex_);
  snapshots_.insert(snapshot);
  return snapshot;
}

void Database::Release(const rocksdb::Snapshot* snapshot) {
  {
    absl::MutexLock lock(&mutex_);
    snapshots_.erase(snapshot);
  }
  db_->ReleaseSnapshot(snapshot);
}

}  // namespace zeus::bso::storage
