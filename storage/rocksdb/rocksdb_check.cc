#include "storage/rocksdb/rocksdb_check.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/log_check.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/slice.h"
#include "storage/rocksdb/synced_file.h"
#include "storage/schema.h"

namespace zeus::bso::storage {
namespace {

using rocksdb::ColumnFamilyHandle;

absl::Status ForeignDatabase(const std::string& directory) {
  return MakeError(Reason::kStoreRefused,
                   absl::StrCat("'", directory, "' holds a RocksDB database of another program"));
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

// Checks all rows of the meta table, for each of them can refuse the start. This comes before RocksDB opens the store
// for writing, which changes files.
absl::Status CheckMeta(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator({}));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    ZB_RETURN_IF_ERROR(CheckMetaRow(ToView(rows->key()), ToView(rows->value())));
  }
  return FromRocksDb(rows->status());
}

absl::Status CheckOpened(rocksdb::DB& db, const std::vector<ColumnFamilyHandle*>& families, bool has_others,
                         const std::string& directory) {
  std::string version;
  const rocksdb::Status read = db.Get({}, ToSlice(kSchemaVersionKey), &version);
  if (read.ok()) {
    ZB_RETURN_IF_ERROR(CheckMeta(db));
    return has_others ? ForeignDatabase(directory) : absl::OkStatus();
  }
  if (!read.IsNotFound()) return FromRocksDb(read);
  const bool is_empty =
      std::all_of(families.begin(), families.end(), [&](ColumnFamilyHandle* family) { return IsEmpty(db, family); });
  if (!is_empty || has_others) return ForeignDatabase(directory);
  // An interrupted first start; it wrote no table files.
  return CheckNoFiles(directory, {".sst"});
}

// The logs that RocksDB would read, and what else tells of them.
absl::Status ReadLogs(const std::string& directory, std::vector<StoredLog>& logs, LogFacts& facts) {
  ZB_ASSIGN_OR_RETURN(const std::unique_ptr<ReadOnlyDb> without_logs, ReadOnlyDb::Open(directory, {}));
  rocksdb::DB& db = without_logs->db();
  facts.synced_sequence = ReadSyncedSequence(directory);
  facts.manifest_sequence = db.GetLatestSequenceNumber();
  db.GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &facts.first_needed_log);
  std::vector<rocksdb::LiveFileMetaData> tables;
  db.GetLiveFilesMetaData(&tables);
  for (const rocksdb::LiveFileMetaData& table : tables) {
    facts.table_sequence = std::max(facts.table_sequence, table.largest_seqno);
  }
  for (const auto& [number, path] : without_logs->view().opened()) {
    StoredLog& log = logs.emplace_back(StoredLog{.number = number, .name = path.substr(directory.size() + 1)});
    ZB_RETURN_IF_ERROR(FromRocksDb(rocksdb::ReadFileToString(rocksdb::Env::Default(), path, &log.bytes)));
  }
  return absl::OkStatus();
}

// Cuts the logs off at their end, and syncs that.
absl::Status CutLogs(const std::string& directory, const std::vector<StoredLog>& logs, const LogEnd& end) {
  rocksdb::FileSystem& files = *rocksdb::FileSystem::Default();
  for (size_t index = end.index; index < logs.size(); ++index) {
    const uint64_t length = index == end.index ? end.bytes : 0;
    if (length == logs[index].bytes.size()) continue;
    const std::string path = directory + "/" + logs[index].name;
    spdlog::warn("{} is cut off after {} bytes: what is behind them was not on the disk when the machine failed",
                 logs[index].name, length);
    if (truncate(path.c_str(), static_cast<off_t>(length)) != 0) {
      return MakeError(Reason::kStorageUnavailable, absl::StrCat("cannot cut off ", path));
    }
    std::unique_ptr<rocksdb::FSWritableFile> file;
    ZB_RETURN_IF_ERROR(FromRocksDb(files.ReopenWritableFile(path, {}, &file, nullptr)));
    ZB_RETURN_IF_ERROR(FromRocksDb(file->Fsync({}, nullptr)));
    ZB_RETURN_IF_ERROR(FromRocksDb(file->Close({}, nullptr)));
  }
  return absl::OkStatus();
}

// A store that passed all checks, opened read-only up to the end of its logs.
struct FoundStore {
  std::vector<StoredLog> logs;
  std::optional<LogEnd> end;  // Absent: the logs have no gap.
  std::unique_ptr<ReadOnlyDb> db;
};

absl::StatusOr<FoundStore> ReadStore(const std::string& directory) {
  FoundStore store;
  LogFacts facts;
  ZB_RETURN_IF_ERROR(ReadLogs(directory, store.logs, facts));
  ZB_ASSIGN_OR_RETURN(store.end, FindLogEnd(store.logs, facts));
  std::map<uint64_t, uint64_t> lengths;
  for (size_t index = 0; index < store.logs.size(); ++index) {
    const StoredLog& log = store.logs[index];
    const bool is_whole = !store.end.has_value() || index < store.end->index;
    lengths[log.number] = is_whole ? log.bytes.size() : index == store.end->index ? store.end->bytes : 0;
  }
  ZB_ASSIGN_OR_RETURN(store.db, ReadOnlyDb::Open(directory, std::move(lengths)));
  ZB_RETURN_IF_ERROR(CheckOpened(store.db->db(), store.db->families(), store.db->has_others(), directory));
  return store;
}

// Calls `use` while this process holds the lock of the store. RocksDB would create the file LOCK if it is missing, as
// in a copy of a store. No server works on such a directory, so no lock is needed.
template <typename Use>
absl::Status WithLock(const std::string& directory, Use use) {
  rocksdb::Env* const env = rocksdb::Env::Default();
  const std::string lock_file = directory + "/LOCK";
  if (env->FileExists(lock_file).IsNotFound()) return use();
  rocksdb::FileLock* lock = nullptr;
  if (const rocksdb::Status locked = env->LockFile(lock_file, &lock); !locked.ok()) {
    return MakeError(Reason::kStoreRefused, absl::StrCat("cannot lock '", directory,
                                                         "', is another server working on it? ", locked.ToString()));
  }
  const absl::Cleanup unlock = [&] { env->UnlockFile(lock).PermitUncheckedError(); };
  return use();
}

}  // namespace

absl::Status PrepareRocksDb(const std::string& directory) {
  const rocksdb::Status current = rocksdb::Env::Default()->FileExists(directory + "/CURRENT");
  if (current.IsNotFound()) return CheckNoFiles(directory, {".sst", ".log"});
  if (!current.ok()) return FromRocksDb(current);
  return WithLock(directory, [&]() -> absl::Status {
    ZB_ASSIGN_OR_RETURN(const FoundStore store, ReadStore(directory));
    return store.end.has_value() ? CutLogs(directory, store.logs, *store.end) : absl::OkStatus();
  });
}

absl::Status ReadRocksDb(const std::string& directory, absl::FunctionRef<absl::Status(ReadOnlyDb&)> read) {
  const rocksdb::Status current = rocksdb::Env::Default()->FileExists(directory + "/CURRENT");
  if (current.IsNotFound()) {
    return MakeError(Reason::kStoreRefused, absl::StrCat("there is no store in '", directory, "'"));
  }
  ZB_RETURN_IF_ERROR(FromRocksDb(current));
  return WithLock(directory, [&]() -> absl::Status {
    ZB_ASSIGN_OR_RETURN(const FoundStore store, ReadStore(directory));
    return read(*store.db);
  });
}

}  // namespace zeus::bso::storage
