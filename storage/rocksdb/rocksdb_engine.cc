#include "storage/rocksdb/rocksdb_engine.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/write_batch.h"
#include "spdlog/spdlog.h"
#include "storage/rocksdb/database.h"
#include "storage/rocksdb/disk_probe.h"
#include "storage/rocksdb/engine_listener.h"
#include "storage/rocksdb/log_mark.h"
#include "storage/rocksdb/log_view.h"
#include "storage/rocksdb/rocksdb_check.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/rocksdb_snapshot.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/slice.h"
#include "storage/rocksdb/synced_file.h"

namespace zeus::bso::storage {
namespace {

// Notes the number of the last log that was made.
class LoggedFiles : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "LoggedFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (status.ok() && absl::EndsWith(path, ".log")) last_log_ = LogNumber(path);
    return status;
  }

  // 0: none was made.
  uint64_t last_log() const { return last_log_; }

 private:
  std::atomic<uint64_t> last_log_ = 0;
};

// How long reads wait while the database is opened again.
constexpr absl::Duration kMaxReadPause = absl::Seconds(2);

class RocksDbEngine : public Engine {
 public:
  RocksDbEngine(std::string directory, const MemoryLimits& memory, const std::shared_ptr<rocksdb::FileSystem>& files)
      : directory_(std::move(directory)),
        memory_(memory),
        files_(std::make_shared<LoggedFiles>(files)),
        env_(rocksdb::NewCompositeEnv(files_)),
        options_(MakeDbOptions(memory)) {
    options_.env = env_.get();
    options_.listeners.push_back(listener_);
  }

  ~RocksDbEngine() override {
    // For batches that were written without a sync. After an error of a sync the next one proves nothing.
    if (const std::shared_ptr<Database> database = CurrentDatabase(); database != nullptr && !has_failed_) {
      NoteSynced(*database, database->db().SyncWAL()).IgnoreError();
    }
    Close();
  }

  // Opens the database for the first time.
  absl::Status Open() {
    ZB_RETURN_IF_ERROR(PrepareRocksDb(directory_));
    ZB_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                        Database::Open(options_, directory_, memory_, listener_->damaged_families()));
    Use(std::move(database), /*is_read_only=*/false);
    synced_file_.emplace(directory_);
    return absl::OkStatus();
  }

  std::unique_ptr<Snapshot> TakeSnapshot() override { return std::make_unique<RocksDbSnapshot>(AwaitDatabase()); }

  absl::Status Write(std::span<const WriteBatch* const> batches, bool sync) override {
    const std::shared_ptr<Database> database = AwaitDatabase();
    if (database == nullptr) return MakeError(Reason::kStorageUnavailable, "the store is not open");
    rocksdb::WriteBatch group;
    for (const WriteBatch* const batch : batches) {
      for (const RowWrite& write : batch->writes()) {
        rocksdb::ColumnFamilyHandle* const family = database->family(write.table);
        ZB_RETURN_IF_ERROR(FromRocksDb(write.value.has_value()
                                           ? group.Put(family, ToSlice(write.key), ToSlice(*write.value))
                                           : group.Delete(family, ToSlice(write.key))));
      }
    }
    ZB_RETURN_IF_ERROR(FromRocksDb(
        group.PutLogData(EncodeMark({.synced_sequence = synced_sequence_, .last_log = files_->last_log()}))));
    rocksdb::WriteOptions options;
    options.sync = sync;
    rocksdb::Status written = database->db().Write(options, &group);
    // A log that is not the last is synced in any case, so that marks in the next one can say so.
    const bool has_new_log = std::exchange(written_log_, files_->last_log()) != files_->last_log();
    if (written.ok() && !sync && has_new_log) written = database->db().SyncWAL();
    has_failed_ = !written.ok();
    return sync || has_new_log ? NoteSynced(*database, written) : FromRocksDb(written);
  }

  absl::Status Probe() override { return ProbeDisk(*files_, directory_); }

  absl::Status Reopen() override {
    // One that is open to be read only goes on until there is another one.
    if (!is_read_only_) Close();
    absl::Status status = Open();
    if (status.ok() || is_read_only_) return status;
    absl::StatusOr<std::unique_ptr<Database>> readable = Database::OpenReadOnly(options_, directory_, memory_);
    if (readable.ok()) {
      Use(*std::move(readable), /*is_read_only=*/true);
    } else {
      spdlog::error("the store cannot even be read: {}", readable.status().ToString());
    }
    return status;
  }

  void SetFailureHandler(FailureHandler handler) override { listener_->SetFailureHandler(std::move(handler)); }

 private:
  // If `synced` is OK, all that was written is on the disk.
  absl::Status NoteSynced(Database& database, const rocksdb::Status& synced) {
    ZB_RETURN_IF_ERROR(FromRocksDb(synced));
    synced_sequence_ = database.db().GetLatestSequenceNumber();
    if (synced_file_.has_value()) synced_file_->Write(synced_sequence_);
    return absl::OkStatus();
  }

  void Use(std::unique_ptr<Database> database, bool is_read_only) {
    is_read_only_ = is_read_only;
    has_failed_ = is_read_only;
    const auto closed = std::make_shared<absl::Notification>();
    absl::MutexLock lock(&mutex_);
    closed_ = closed;
    database_ = std::shared_ptr<Database>(database.release(), [closed](Database* last) {
      delete last;
      closed->Notify();
    });
  }

  // Returns when the database is closed, which it is when nobody reads it any more.
  void Close() {
    std::shared_ptr<Database> last;
    std::shared_ptr<absl::Notification> closed;
    {
      absl::MutexLock lock(&mutex_);
      last = std::move(database_);
      closed = std::move(closed_);
    }
    last.reset();
    if (closed != nullptr) closed->WaitForNotification();
  }

  // Null while it is opened again.
  std::shared_ptr<Database> CurrentDatabase() {
    absl::MutexLock lock(&mutex_);
    return database_;
  }

  // The database; null if it is not opened again in time.
  std::shared_ptr<Database> AwaitDatabase() {
    absl::MutexLock lock(&mutex_);
    const auto is_open = [this] {
      mutex_.AssertReaderHeld();
      return database_ != nullptr;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&is_open), kMaxReadPause);
    return database_;
  }

  const std::string directory_;
  const MemoryLimits memory_;
  const std::shared_ptr<LoggedFiles> files_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::shared_ptr<EngineListener> listener_ = std::make_shared<EngineListener>();
  rocksdb::DBOptions options_;

  absl::Mutex mutex_;
  std::shared_ptr<Database> database_ ABSL_GUARDED_BY(mutex_);          // Null while it is opened again.
  std::shared_ptr<absl::Notification> closed_ ABSL_GUARDED_BY(mutex_);  // Of `database_`.

  // Of the thread that writes.
  uint64_t synced_sequence_ = 0;  // Changes up to this one are on the disk.
  uint64_t written_log_ = 0;      // The last log when it wrote last.
  bool has_failed_ = true;        // The last write has, or the database is not open for writing.
  bool is_read_only_ = false;     // The database is open to be read only.
  std::optional<SyncedFile> synced_file_;
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

absl::StatusOr<std::unique_ptr<Engine>> OpenRocksDb(const std::string& directory, const MemoryLimits& memory,
                                                    const std::shared_ptr<rocksdb::FileSystem>& file_system) {
  ZB_RETURN_IF_ERROR(MakeDirectory(directory));
  auto engine = std::make_unique<RocksDbEngine>(directory, memory,
                                                file_system != nullptr ? file_system : rocksdb::FileSystem::Default());
  ZB_RETURN_IF_ERROR(engine->Open());
  return engine;
}

}  // namespace zeus::bso::storage
