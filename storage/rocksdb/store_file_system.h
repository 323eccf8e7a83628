// What lies between RocksDB and its files, so that the store outlives a disk that is full or fails for a while.
//
// The write-ahead log. RocksDB gives a log up at the first append that fails: it refuses all writes until it has begun
// another, which it does not do where nothing is in memory yet, and its debug checks, which Debian's build has, end the
// process when such a log is synced. Here every append succeeds, and is pending: the engine has what is pending written
// before it answers for it, all at once, as a write for each commit would cost as much as a row. Bytes that the disk
// does not take stay pending, and are written before anything else is. So a log has no gap, and goes on as soon as
// there is room. The engine also syncs here rather than through RocksDB, and before the first write to a log the logs
// before it are synced, so that a loss of power cannot keep a later commit without an earlier one.
//
// Other files. RocksDB can only be brought back (recovery.h) after errors that are marked as worth a retry. All errors
// of writing are marked so.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_STORE_FILE_SYSTEM_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_STORE_FILE_SYSTEM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/file_system.h"
#include "rocksdb/io_status.h"
#include "storage/rocksdb/log_file.h"

namespace zeus::bso::storage {

// Thread-safe. Outlives the files that it makes.
class StoreFileSystem : public rocksdb::FileSystemWrapper {
 public:
  explicit StoreFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base) : FileSystemWrapper(base) {}

  const char* Name() const override { return "StoreFileSystem"; }

  // Writes what is pending. An error: there is some left, and what RocksDB has committed last may not survive a crash
  // of the server.
  rocksdb::IOStatus WritePending() ABSL_LOCKS_EXCLUDED(mutex_);

  // The same, if the disk has not taken what was to be written last.
  rocksdb::IOStatus WriteRefused() ABSL_LOCKS_EXCLUDED(mutex_);

  // The end of what was written: the number of the log that was written to last, and its bytes.
  struct LogPosition {
    uint64_t log = 0;  // 0: none was.
    uint64_t bytes = 0;
  };

  // Returns when everything that was appended to any log before the call is on the disk, at least up to `end`. After an
  // error it is unknown what is, and no log that was open then can be synced any more: what is in it must be written
  // elsewhere.
  rocksdb::IOStatus SyncLogs(LogPosition& end) ABSL_LOCKS_EXCLUDED(mutex_);

  // The number of the log that was appended to last; 0: none was.
  uint64_t last_log() const { return last_log_; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override ABSL_LOCKS_EXCLUDED(mutex_);
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class LogHandle;

  // Takes an append of RocksDB to `log`.
  void Append(LogFile& log, const rocksdb::Slice& bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void Forget(const std::shared_ptr<LogFile>& log) ABSL_LOCKS_EXCLUDED(mutex_);
  rocksdb::IOStatus WritePendingLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  rocksdb::IOStatus WriteAllLogs() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<uint64_t> last_log_ = 0;
  std::atomic<bool> has_pending_ = false;
  std::atomic<bool> has_refused_ = false;  // That the last write has failed.
  absl::Mutex mutex_;                      // Held while bytes are written, not while they are synced.
  std::vector<std::shared_ptr<LogFile>> logs_ ABSL_GUARDED_BY(mutex_);  // Those that are open, oldest first.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_STORE_FILE_SYSTEM_H_
