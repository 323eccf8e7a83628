#include "storage/rocksdb/rocksdb_engine.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/utilities/optimistic_transaction_db.h"
#include "rocksdb/utilities/transaction.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/recovery.h"
#include "storage/rocksdb/rocksdb_check.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/store_file_system.h"

namespace zeus::bso::storage {
namespace {

rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }

absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The column families in the order of kTables.
using Families = std::vector<rocksdb::ColumnFamilyHandle*>;

class RocksDbTransaction : public Transaction {
 public:
  RocksDbTransaction(std::unique_ptr<rocksdb::Transaction> transaction, const Families& families,
                     StoreFileSystem& files)
      : transaction_(std::move(transaction)), families_(families), files_(files) {
    read_options_.snapshot = transaction_->GetSnapshot();
  }

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) override {
    std::string value;
    const rocksdb::Status status = transaction_->Get(read_options_, Family(table), ToSlice(key), &value);
    return ToValue(status, std::move(value));
  }

  absl::StatusOr<std::optional<std::string>> GetForUpdate(Table table, absl::string_view key) override {
    std::string value;
    const rocksdb::Status status = transaction_->GetForUpdate(read_options_, Family(table), ToSlice(key), &value);
    return ToValue(status, std::move(value));
  }

  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) override {
    rocksdb::ReadOptions options = read_options_;
    const rocksdb::Slice upper_bound = ToSlice(end);
    if (!end.empty()) options.iterate_upper_bound = &upper_bound;
    const std::unique_ptr<rocksdb::Iterator> rows(transaction_->GetIterator(options, Family(table)));
    for (rows->Seek(ToSlice(begin)); rows->Valid(); rows->Next()) {
      if (!end.empty() && ToView(rows->key()) >= end) break;
      if (!visit(ToView(rows->key()), ToView(rows->value()))) break;
    }
    return FromRocksDb(rows->status());
  }

  absl::Status Put(Table table, absl::string_view key, absl::string_view value) override {
    return FromRocksDb(transaction_->Put(Family(table), ToSlice(key), ToSlice(value)));
  }

  absl::Status Erase(Table table, absl::string_view key) override {
    return FromRocksDb(transaction_->Delete(Family(table), ToSlice(key)));
  }

  absl::Status Commit() override {
    // While the disk takes nothing, nothing more is committed.
    ZB_RETURN_IF_ERROR(FromRocksDb(files_.WritePending()));
    return FromRocksDb(transaction_->Commit());
  }

 private:
  static absl::StatusOr<std::optional<std::string>> ToValue(const rocksdb::Status& status, std::string value) {
    if (status.IsNotFound()) return std::nullopt;
    ZB_RETURN_IF_ERROR(FromRocksDb(status));
    return value;
  }

  rocksdb::ColumnFamilyHandle* Family(Table table) const { return families_[static_cast<size_t>(table)]; }

  const std::unique_ptr<rocksdb::Transaction> transaction_;
  const Families& families_;
  StoreFileSystem& files_;
  rocksdb::ReadOptions read_options_;
};

// The files of a database, and what RocksDB calls them by.
struct Files {
  explicit Files(const std::shared_ptr<rocksdb::FileSystem>& base)
      : system(std::make_shared<StoreFileSystem>(base)), env(rocksdb::NewCompositeEnv(system)) {}

  std::shared_ptr<StoreFileSystem> system;
  std::unique_ptr<rocksdb::Env> env;
};

class RocksDbEngine : public Engine {
 public:
  RocksDbEngine(Files files, std::shared_ptr<Recovery> recovery, std::unique_ptr<rocksdb::OptimisticTransactionDB> db,
                Families families)
      : files_(std::move(files)), recovery_(std::move(recovery)), db_(std::move(db)), families_(std::move(families)) {
    transaction_options_.set_snapshot = true;
    recovery_->Start(*db_->GetBaseDB());
  }

  ~RocksDbEngine() override {
    recovery_->Stop();
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
    if (const rocksdb::Status status = db_->Close(); !status.ok()) {
      spdlog::error("closing the store failed: {}", status.ToString());
    }
  }

  std::unique_ptr<Transaction> Begin() override {
    return std::make_unique<RocksDbTransaction>(
        std::unique_ptr<rocksdb::Transaction>(db_->BeginTransaction({}, transaction_options_)), families_,
        *files_.system);
  }

  uint64_t CommitPosition() const override { return db_->GetLatestSequenceNumber(); }

  absl::Status HandOver() override { return FromRocksDb(files_.system->WritePending()); }

  absl::Status Sync() override {
    ZB_RETURN_IF_ERROR(HandOver());
    const rocksdb::IOStatus synced = files_.system->SyncLogs();
    if (synced.ok()) return absl::OkStatus();
    spdlog::error("the log of the store cannot be synced, writing table files instead: {}", synced.ToString());
    return FromRocksDb(db_->Flush({}, families_));
  }

 private:
  const Files files_;
  const std::shared_ptr<Recovery> recovery_;
  const std::unique_ptr<rocksdb::OptimisticTransactionDB> db_;
  const Families families_;
  rocksdb::OptimisticTransactionOptions transaction_options_;
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

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory) {
  return OpenRocksDb(directory, rocksdb::FileSystem::Default());
}

absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory,
                                                    const std::shared_ptr<rocksdb::FileSystem>& file_system) {
  ZB_RETURN_IF_ERROR(MakeDirectory(directory));
  ZB_RETURN_IF_ERROR(CheckRocksDb(directory));
  Files files(file_system);
  rocksdb::DBOptions options = MakeDbOptions();
  options.env = files.env.get();
  const auto recovery = std::make_shared<Recovery>();
  options.listeners.push_back(recovery);
  rocksdb::OptimisticTransactionDBOptions occ_options;
  // Serial validation, the default of older releases, would put every commit in one line.
  occ_options.validate_policy = rocksdb::OccValidationPolicy::kValidateParallel;
  // Mutexes that commits of different keys take in parallel; the default of 2^20 would take 50 MiB.
  occ_options.occ_lock_buckets = 1 << 12;
  Families families;
  rocksdb::OptimisticTransactionDB* db = nullptr;
  ZB_RETURN_IF_ERROR(FromRocksDb(
      rocksdb::OptimisticTransactionDB::Open(options, occ_options, directory, MakeColumnFamilies(), &families, &db)));
  return std::make_unique<RocksDbEngine>(std::move(files), recovery,
                                         std::unique_ptr<rocksdb::OptimisticTransactionDB>(db), std::move(families));
}

}  // namespace zeus::bso::storage
