#include "storage/rocksdb/rocksdb_engine.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "rocksdb/convenience.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/utilities/optimistic_transaction_db.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/recovery.h"
#include "storage/rocksdb/rocksdb_check.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/rocksdb_transaction.h"
#include "storage/rocksdb/row_cache.h"
#include "storage/rocksdb/store_file_system.h"
#include "storage/rocksdb/synced_file.h"

namespace zeus::bso::storage {
namespace {

// The column families in the order of kTables.
using Families = std::vector<rocksdb::ColumnFamilyHandle*>;

// The files of a database, and what RocksDB calls them by.
struct Files {
  explicit Files(const std::shared_ptr<rocksdb::FileSystem>& base)
      : system(std::make_shared<StoreFileSystem>(base)), env(rocksdb::NewCompositeEnv(system)) {}

  std::shared_ptr<StoreFileSystem> system;
  std::unique_ptr<rocksdb::Env> env;
};

class RocksDbEngine : public Engine {
 public:
  RocksDbEngine(const std::string& directory, Files files, std::shared_ptr<Recovery> recovery,
                std::unique_ptr<rocksdb::OptimisticTransactionDB> db, Families families, const MemoryLimits& memory)
      : files_(std::move(files)),
        recovery_(std::move(recovery)),
        db_(std::move(db)),
        families_(std::move(families)),
        cache_(static_cast<size_t>(memory.row_cache_bytes)),
        synced_file_(directory) {
    recovery_->Start(*db_->GetBaseDB());
  }

  ~RocksDbEngine() override {
    // An attempt to recover may wait for a flush that never comes, because the disk failed again. This ends the wait.
    rocksdb::CancelAllBackgroundWork(db_->GetBaseDB(), /*wait=*/false);
    recovery_->Stop();
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
    if (const rocksdb::Status status = db_->Close(); !status.ok()) {
      spdlog::error("closing the store failed: {}", status.ToString());
    }
  }

  std::unique_ptr<Transaction> Begin(Isolation isolation) override {
    return std::make_unique<RocksDbTransaction>(parts_, isolation);
  }

  uint64_t CommitPosition() const override { return db_->GetLatestSequenceNumber(); }

  absl::Status HandOver() override { return FromRocksDb(files_.system->WritePending()); }

  absl::Status Sync() override {
    const uint64_t sequence = CommitPosition();
    ZB_RETURN_IF_ERROR(HandOver());
    StoreFileSystem::LogPosition end;
    const rocksdb::IOStatus synced = files_.system->SyncLogs(end);
    if (synced.ok()) {
      NoteSynced({.sequence = sequence, .log = end.log, .log_bytes = end.bytes});
      return absl::OkStatus();
    }
    spdlog::error("the log of the store cannot be synced, writing table files instead: {}", synced.ToString());
    return FromRocksDb(db_->Flush({}, families_));
  }

 private:
  void NoteSynced(const Synced& synced) {
    absl::MutexLock lock(&synced_mutex_);
    if (synced.sequence < synced_sequence_) return;
    synced_sequence_ = synced.sequence;
    synced_file_.Write(synced);
  }

  const Files files_;
  const std::shared_ptr<Recovery> recovery_;
  const std::unique_ptr<rocksdb::OptimisticTransactionDB> db_;
  const Families families_;
  RowCache cache_;
  absl::Mutex commit_mutex_;
  absl::Mutex synced_mutex_;
  std::atomic<uint64_t> synced_sequence_ = 0;  // Changed under synced_mutex_.
  SyncedFile synced_file_ ABSL_GUARDED_BY(synced_mutex_);
  const RocksDbParts parts_{*db_, families_, *files_.system, cache_, synced_sequence_, commit_mutex_};
};

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && !std::filesystem::is_directory(directory, error)) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error) return absl::OkStatus();
  return MakeError(Reason::kStoreRefused,
                   absl::StrCat("cannot use '", directory, "' as a data directory: ", error.message()));
}

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
absl::Status CreateMissingFamilies(rocksdb::DB& db, std::vector<rocksdb::ColumnFamilyDescriptor> families,
                                   Families& handles) {
  std::erase_if(families, [&](const rocksdb::ColumnFamilyDescriptor& family) {
    return std::any_of(handles.begin(), handles.end(),
                       [&](const rocksdb::ColumnFamilyHandle* handle) { return handle->GetName() == family.name; });
  });
  Families created;
  const rocksdb::Status status = db.CreateColumnFamilies(families, &created);
  handles.insert(handles.end(), created.begin(), created.end());
  return FromRocksDb(status);
}

// The handles in the order of kTables.
Families Sorted(const Families& handles) {
  Families sorted;
  for (const TableInfo& table : kTables) {
    sorted.push_back(*std::find_if(handles.begin(), handles.end(), [&](const rocksdb::ColumnFamilyHandle* handle) {
      return handle->GetName() == ColumnFamilyName(table);
    }));
  }
  return sorted;
}

// Opens the database with all tables, which it makes where they are not there yet.
absl::StatusOr<std::unique_ptr<rocksdb::OptimisticTransactionDB>> OpenDatabase(const rocksdb::DBOptions& options,
                                                                               const std::string& directory,
                                                                               const MemoryLimits& memory,
                                                                               Families& families) {
  rocksdb::OptimisticTransactionDBOptions occ_options;
  // Serial validation, the default of older releases, would put every commit in one line.
  occ_options.validate_policy = rocksdb::OccValidationPolicy::kValidateParallel;
  // Mutexes that commits of different keys take in parallel; the default of 2^20 would take 50 MiB.
  occ_options.occ_lock_buckets = 1 << 12;
  ZB_ASSIGN_OR_RETURN(const std::vector<std::string> names, ExistingFamilies(options, directory));
  const std::vector<rocksdb::ColumnFamilyDescriptor> existing = MakeColumnFamilies(memory, names);
  Families handles;
  rocksdb::OptimisticTransactionDB* opened = nullptr;
  ZB_RETURN_IF_ERROR(FromRocksDb(
      rocksdb::OptimisticTransactionDB::Open(options, occ_options, directory, existing, &handles, &opened)));
  std::unique_ptr<rocksdb::OptimisticTransactionDB> db(opened);
  if (absl::Status status = CreateMissingFamilies(*db, MakeColumnFamilies(memory), handles); !status.ok()) {
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
    return status;
  }
  families = Sorted(handles);
  return db;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory, const MemoryLimits& memory,
                                                    const std::shared_ptr<rocksdb::FileSystem>& file_system) {
  ZB_RETURN_IF_ERROR(MakeDirectory(directory));
  ZB_RETURN_IF_ERROR(PrepareRocksDb(directory));
  Files files(file_system != nullptr ? file_system : rocksdb::FileSystem::Default());
  rocksdb::DBOptions options = MakeDbOptions(memory);
  options.env = files.env.get();
  const auto recovery = std::make_shared<Recovery>();
  options.listeners.push_back(recovery);
  Families families;
  ZB_ASSIGN_OR_RETURN(std::unique_ptr<rocksdb::OptimisticTransactionDB> db,
                      OpenDatabase(options, directory, memory, families));
  return std::make_unique<RocksDbEngine>(directory, std::move(files), recovery, std::move(db), std::move(families),
                                         memory);
}

}  // namespace zeus::bso::storage
