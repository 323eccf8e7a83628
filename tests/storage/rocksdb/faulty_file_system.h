// A file system that fails on demand, below RocksDB, and that knows what a loss of power would leave of its files.
#ifndef ZEUS_BSO_TESTS_STORAGE_ROCKSDB_FAULTY_FILE_SYSTEM_H_
#define ZEUS_BSO_TESTS_STORAGE_ROCKSDB_FAULTY_FILE_SYSTEM_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/file_system.h"
#include "rocksdb/io_status.h"

namespace zeus::bso::storage {

// Thread-safe.
class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  enum class Operation { kCreate, kAppend, kSync };

  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  // From now on `operation` fails with `fault` on files whose name contains `part`. An append that fails writes half of
  // its bytes, as one that meets the end of the disk does.
  void Fail(Operation operation, const std::string& part, const rocksdb::IOStatus& fault) {
    absl::MutexLock lock(&mutex_);
    faults_[operation] = {part, fault};
  }

  // No more faults.
  void Heal() {
    absl::MutexLock lock(&mutex_);
    faults_.clear();
  }

  int num_failed() const {
    absl::MutexLock lock(&mutex_);
    return num_failed_;
  }

  // Copies what a loss of power would leave of a directory: of each file what was synced, but all of `lucky`, which the
  // operating system has written of itself. No file comes, goes or is synced meanwhile.
  void CopySynced(const std::string& from, const std::string& to, const std::string& lucky = "") const {
    absl::MutexLock lock(&mutex_);
    for (const auto& entry : std::filesystem::directory_iterator(from)) {
      const std::string copy = to + "/" + entry.path().filename().string();
      std::filesystem::copy_file(entry.path(), copy);
      const auto synced = synced_bytes_.find(entry.path());
      if (synced != synced_bytes_.end() && entry.path() != lucky) std::filesystem::resize_file(copy, synced->second);
    }
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus fault = FaultOf(Operation::kCreate, name);
    if (!fault.ok()) return fault;
    std::unique_ptr<rocksdb::FSWritableFile> base;
    absl::MutexLock lock(&mutex_);
    rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(name, options, &base, debug);
    if (!status.ok()) return status;
    synced_bytes_[name] = 0;
    *file = std::make_unique<File>(std::move(base), name, *this);
    return status;
  }

  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    absl::MutexLock lock(&mutex_);
    rocksdb::IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (auto synced = synced_bytes_.extract(from); status.ok() && !synced.empty()) {
      synced.key() = to;
      synced_bytes_.erase(to);
      synced_bytes_.insert(std::move(synced));
    }
    return status;
  }

  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    absl::MutexLock lock(&mutex_);
    synced_bytes_.erase(name);
    return FileSystemWrapper::DeleteFile(name, options, debug);
  }

 private:
  struct Fault {
    std::string part;
    rocksdb::IOStatus status;
  };

  class File : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> base, std::string name, FaultyFileSystem& system)
        : FSWritableFileOwnerWrapper(std::move(base)), name_(std::move(name)), system_(system) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      return AppendOrFail(data, [&](const rocksdb::Slice& some) { return target()->Append(some, options, debug); });
    }

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }

    rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override {
      return AppendOrFail(
          data, [&](const rocksdb::Slice& some) { return target()->PositionedAppend(some, offset, options, debug); });
    }

    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return SyncOrFail([&] { return target()->Sync(options, debug); });
    }

    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return SyncOrFail([&] { return target()->Fsync(options, debug); });
    }

   private:
    template <typename Append>
    rocksdb::IOStatus AppendOrFail(const rocksdb::Slice& data, Append append) {
      rocksdb::IOStatus fault = system_.FaultOf(Operation::kAppend, name_);
      if (fault.ok()) return append(data);
      append(rocksdb::Slice(data.data(), data.size() / 2)).PermitUncheckedError();
      return fault;
    }

    // A sync that failed may have lost what it should have written; a later one would not say so.
    template <typename Sync>
    rocksdb::IOStatus SyncOrFail(Sync sync) {
      rocksdb::IOStatus status = system_.FaultOf(Operation::kSync, name_);
      if (!status.ok()) {
        has_lost_ = true;
        return status;
      }
      const uint64_t size = target()->GetFileSize({}, nullptr);
      status = sync();
      if (status.ok() && !has_lost_) system_.NoteSynced(name_, size);
      return status;
    }

    const std::string name_;
    FaultyFileSystem& system_;
    bool has_lost_ = false;
  };

  rocksdb::IOStatus FaultOf(Operation operation, const std::string& name) {
    absl::MutexLock lock(&mutex_);
    const auto fault = faults_.find(operation);
    if (fault == faults_.end() || !absl::StrContains(name, fault->second.part)) return rocksdb::IOStatus::OK();
    ++num_failed_;
    return fault->second.status;
  }

  void NoteSynced(const std::string& name, uint64_t size) {
    absl::MutexLock lock(&mutex_);
    synced_bytes_[name] = size;
  }

  mutable absl::Mutex mutex_;
  std::map<Operation, Fault> faults_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> synced_bytes_ ABSL_GUARDED_BY(mutex_);  // Of each file written since the beginning.
  int num_failed_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_TESTS_STORAGE_ROCKSDB_FAULTY_FILE_SYSTEM_H_
