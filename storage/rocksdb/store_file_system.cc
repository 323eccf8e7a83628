#include "storage/rocksdb/store_file_system.h"

#include <utility>

#include "absl/strings/match.h"
#include "storage/rocksdb/log_view.h"

namespace zeus::bso::storage {
namespace {

using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Bounds what is pending in a log; of writes that long it does not matter how many there are.
constexpr size_t kMaxPendingBytes = size_t{256} << 10;

// What RocksDB tries again. Not "no space", with which it deals by itself, except where it could not begin a new log.
IOStatus WorthARetry(IOStatus status) {
  if (status.IsNoSpace()) {
    status = rocksdb::status_to_io_status(rocksdb::Status::SpaceLimit("no space left on the disk"));
  }
  if (!status.ok()) status.SetRetryable(true);
  return status;
}

// A file whose errors are worth a retry.
class RetriedFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    return WorthARetry(target()->Append(bytes, options, debug));
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options, const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return WorthARetry(target()->Append(bytes, options, verification, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return WorthARetry(target()->Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return WorthARetry(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return WorthARetry(target()->Fsync(options, debug));
  }
  IOStatus RangeSync(uint64_t offset, uint64_t bytes, const IOOptions& options, IODebugContext* debug) override {
    return WorthARetry(target()->RangeSync(offset, bytes, options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return WorthARetry(target()->Close(options, debug));
  }
};

}  // namespace

// A log, as RocksDB holds it.
class StoreFileSystem::LogHandle : public rocksdb::FSWritableFileWrapper {
 public:
  LogHandle(StoreFileSystem& system, std::shared_ptr<LogFile> log)
      : FSWritableFileWrapper(&log->file()), system_(system), log_(std::move(log)) {}

  ~LogHandle() override { system_.Forget(log_); }

  IOStatus Append(const Slice& bytes, const IOOptions&, IODebugContext*) override {
    system_.Append(*log_, bytes);
    return IOStatus::OK();
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return Sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return Sync(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override {
    // So that a clean end loses nothing. An error changes nothing: the disk takes no more of this log, or nobody needs
    // more of it, as all is in table files.
    system_.WritePending().PermitUncheckedError();
    IOStatus status = log_->Close();
    system_.Forget(log_);
    return WorthARetry(std::move(status));
  }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return log_->size(); }

 private:
  IOStatus Sync() {
    IOStatus status = system_.WritePending();
    return WorthARetry(status.ok() ? log_->SyncAgain() : std::move(status));
  }

  StoreFileSystem& system_;
  const std::shared_ptr<LogFile> log_;
};

IOStatus StoreFileSystem::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                          std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> base;
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, &base, debug);
  if (!status.ok()) return WorthARetry(std::move(status));
  if (!absl::EndsWith(name, ".log")) {
    *file = std::make_unique<RetriedFile>(std::move(base));
    return status;
  }
  const auto log = std::make_shared<LogFile>(LogNumber(name), std::move(base));
  *file = std::make_unique<LogHandle>(*this, log);
  absl::MutexLock lock(&mutex_);
  logs_.push_back(log);
  return status;
}

IOStatus StoreFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                     IODebugContext* debug) {
  return WorthARetry(FileSystemWrapper::RenameFile(from, to, options, debug));
}

void StoreFileSystem::Append(LogFile& log, const Slice& bytes) {
  absl::MutexLock lock(&mutex_);
  log.Append(bytes);
  last_log_ = log.number();
  has_pending_ = true;
  if (log.pending_bytes() >= kMaxPendingBytes && !has_refused_) WritePendingLocked().PermitUncheckedError();
}

IOStatus StoreFileSystem::WritePending() {
  if (!has_pending_) return IOStatus::OK();
  absl::MutexLock lock(&mutex_);
  return WritePendingLocked();
}

IOStatus StoreFileSystem::WriteRefused() { return has_refused_ ? WritePending() : IOStatus::OK(); }

IOStatus StoreFileSystem::WritePendingLocked() {
  IOStatus status = WriteAllLogs();
  has_pending_ = !status.ok();
  has_refused_ = !status.ok();
  return status;
}

IOStatus StoreFileSystem::WriteAllLogs() {
  for (auto log = logs_.begin(); log != logs_.end(); ++log) {
    if ((*log)->pending_bytes() == 0) continue;
    // Nothing is in a log before all is on the disk that is in those before it.
    for (auto earlier = logs_.begin(); (*log)->is_empty() && earlier != log; ++earlier) {
      if (IOStatus status = (*earlier)->Sync(); !status.ok()) return status;
    }
    if (IOStatus status = (*log)->WritePending(); !status.ok()) return status;
  }
  return IOStatus::OK();
}

IOStatus StoreFileSystem::SyncLogs(LogPosition& end) {
  if (IOStatus status = WritePending(); !status.ok()) return status;
  std::vector<std::shared_ptr<LogFile>> logs;
  {
    absl::MutexLock lock(&mutex_);
    logs = logs_;
    for (const std::shared_ptr<LogFile>& log : logs) {
      if (!log->is_empty()) end = {.log = log->number(), .bytes = log->written_bytes()};
    }
  }
  for (const std::shared_ptr<LogFile>& log : logs) {
    if (IOStatus status = log->Sync(); !status.ok()) return status;
  }
  return IOStatus::OK();
}

void StoreFileSystem::Forget(const std::shared_ptr<LogFile>& log) {
  absl::MutexLock lock(&mutex_);
  std::erase(logs_, log);
}

}  // namespace zeus::bso::storage
