#include "storage/rocksdb/rocksdb_check.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/schema.h"

namespace zeus::bso::storage {
namespace {

using rocksdb::ColumnFamilyDescriptor;
using rocksdb::ColumnFamilyHandle;

absl::Status ForeignDatabase(const std::string& directory) {
  return MakeError(Reason::kStoreRefused,
                   absl::StrCat("'", directory, "' holds a RocksDB database of another program"));
}

// Those of our column families that the database has; an interrupted first start may not have made all.
std::vector<ColumnFamilyDescriptor> Existing(const std::vector<std::string>& names) {
  std::vector<ColumnFamilyDescriptor> families = MakeColumnFamilies({});
  std::erase_if(families, [&](const ColumnFamilyDescriptor& family) {
    return std::find(names.begin(), names.end(), family.name) == names.end();
  });
  return families;
}

bool IsEmpty(rocksdb::DB& db, ColumnFamilyHandle* family) {
  const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator({}, family));
  rows->SeekToFirst();
  return !rows->Valid();
}

// That `directory` has no file with one of these endings: it seems empty, and a new database made in it would delete
// what the lost one had.
absl::Status CheckNoFiles(const std::string& directory, std::initializer_list<absl::string_view> endings) {
  std::vector<std::string> files;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::Env::Default()->GetChildren(directory, &files)));
  for (const std::string& file : files) {
    for (const absl::string_view ending : endings) {
      if (!absl::EndsWith(file, ending)) continue;
      return MakeError(Reason::kStorageCorrupted, absl::StrCat("the store in '", directory, "' is damaged: it has ",
                                                               file, ", and yet nothing that leads to it"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOpened(rocksdb::DB& db, const std::vector<ColumnFamilyHandle*>& families, bool has_others,
                         const std::string& directory) {
  std::string version;
  const rocksdb::Status read = db.Get({}, rocksdb::Slice(kSchemaVersionKey.data(), kSchemaVersionKey.size()), &version);
  if (read.ok()) {
    ZB_RETURN_IF_ERROR(CheckSchemaVersion(version));
    return has_others ? ForeignDatabase(directory) : absl::OkStatus();
  }
  if (!read.IsNotFound()) return FromRocksDb(read);
  const bool is_empty =
      std::all_of(families.begin(), families.end(), [&](ColumnFamilyHandle* family) { return IsEmpty(db, family); });
  if (!is_empty || has_others) return ForeignDatabase(directory);
  // An interrupted first start; it wrote no table files.
  return CheckNoFiles(directory, {".sst"});
}

absl::Status CheckDatabase(const std::string& directory) {
  rocksdb::DBOptions options = MakeDbOptions({});
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  std::vector<std::string> names;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::ListColumnFamilies(options, directory, &names)));
  const std::vector<ColumnFamilyDescriptor> existing = Existing(names);
  std::vector<ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::OpenForReadOnly(options, directory, existing, &handles, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  const absl::Cleanup release = [&] {
    for (ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  };
  return CheckOpened(*db, handles, existing.size() != names.size(), directory);
}

}  // namespace

absl::Status CheckRocksDb(const std::string& directory) {
  rocksdb::Env* const env = rocksdb::Env::Default();
  const rocksdb::Status current = env->FileExists(directory + "/CURRENT");
  if (current.IsNotFound()) return CheckNoFiles(directory, {".sst", ".log"});
  if (!current.ok()) return FromRocksDb(current);
  rocksdb::FileLock* lock = nullptr;
  if (const rocksdb::Status locked = env->LockFile(directory + "/LOCK", &lock); !locked.ok()) {
    return MakeError(Reason::kStoreRefused, absl::StrCat("cannot lock '", directory,
                                                         "', is another server working on it? ", locked.ToString()));
  }
  const absl::Cleanup unlock = [&] { env->UnlockFile(lock).PermitUncheckedError(); };
  return CheckDatabase(directory);
}

}  // namespace zeus::bso::storage
