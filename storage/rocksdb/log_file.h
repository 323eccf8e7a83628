// One file of the write-ahead log (store_file_system.h): what RocksDB has appended, in three parts: on the disk, in the
// hands of the operating system, and pending.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_FILE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/file_system.h"
#include "rocksdb/io_status.h"

namespace zeus::bso::storage {

// Sync and Close may be called from any thread; the other methods from one at a time.
class LogFile {
 public:
  LogFile(uint64_t number, std::unique_ptr<rocksdb::FSWritableFile> file) : number_(number), file_(std::move(file)) {}

  // By which RocksDB names it.
  uint64_t number() const { return number_; }

  // Adds bytes to those that WritePending is to write.
  void Append(const rocksdb::Slice& bytes) { pending_.append(bytes.data(), bytes.size()); }

  // Writes the pending bytes behind those that were written. After an error all of them are pending still.
  rocksdb::IOStatus WritePending();

  bool is_empty() const { return written_bytes_ == 0; }
  uint64_t written_bytes() const { return written_bytes_; }
  size_t pending_bytes() const { return pending_.size(); }
  uint64_t size() const { return written_bytes_ + pending_.size(); }

  // Returns when what was written before the call is on the disk. Once it has failed it always does, for the operating
  // system does not tell of a loss twice. OK for a closed file, which nobody needs any more.
  rocksdb::IOStatus Sync() ABSL_LOCKS_EXCLUDED(sync_mutex_);

  // The same, but tries again after a failure: for RocksDB, which syncs a log while it writes what is in it to table
  // files, and could not do so otherwise.
  rocksdb::IOStatus SyncAgain() ABSL_LOCKS_EXCLUDED(sync_mutex_);

  rocksdb::IOStatus Close() ABSL_LOCKS_EXCLUDED(sync_mutex_);

  // To be used by who closes it.
  rocksdb::FSWritableFile& file() { return *file_; }

 private:
  const uint64_t number_;
  const std::unique_ptr<rocksdb::FSWritableFile> file_;
  std::atomic<uint64_t> written_bytes_ = 0;
  std::string pending_;

  rocksdb::IOStatus SyncLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);

  absl::Mutex sync_mutex_;
  uint64_t synced_bytes_ ABSL_GUARDED_BY(sync_mutex_) = 0;
  rocksdb::IOStatus sync_error_ ABSL_GUARDED_BY(sync_mutex_);
  bool closed_ ABSL_GUARDED_BY(sync_mutex_) = false;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_FILE_H_
