#include "storage/rocksdb/log_file.h"

namespace zeus::bso::storage {

rocksdb::IOStatus LogFile::WritePending() {
  if (pending_.empty()) return rocksdb::IOStatus::OK();
  // At its place, so that a second attempt writes over what the first one left.
  rocksdb::IOStatus status = file_->PositionedAppend(pending_, written_bytes_, {}, nullptr);
  if (!status.ok()) return status;
  written_bytes_ += pending_.size();
  pending_.clear();
  return status;
}

rocksdb::IOStatus LogFile::Sync() {
  absl::MutexLock lock(&sync_mutex_);
  return sync_error_.ok() ? SyncLocked() : sync_error_;
}

rocksdb::IOStatus LogFile::SyncAgain() {
  absl::MutexLock lock(&sync_mutex_);
  return SyncLocked();
}

rocksdb::IOStatus LogFile::SyncLocked() {
  const uint64_t written_bytes = written_bytes_;
  if (closed_ || written_bytes == synced_bytes_) return rocksdb::IOStatus::OK();
  rocksdb::IOStatus status = file_->Sync({}, nullptr);
  if (!status.ok()) sync_error_ = status;
  if (sync_error_.ok()) synced_bytes_ = written_bytes;
  return status;
}

rocksdb::IOStatus LogFile::Close() {
  absl::MutexLock lock(&sync_mutex_);
  if (closed_) return rocksdb::IOStatus::OK();
  closed_ = true;
  sync_error_ = rocksdb::IOStatus::OK();
  return file_->Close({}, nullptr);
}

}  // namespace zeus::bso::storage
