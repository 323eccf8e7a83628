#include "storage/rocksdb/disk_probe.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/status_macros.h"
#include "storage/rocksdb/rocksdb_status.h"

namespace zeus::bso::storage {
namespace {

constexpr size_t kBlockBytes = size_t{64} << 10;

// What the other files of a reopening take: manifest, options, indexes.
constexpr uint64_t kOtherBytes = uint64_t{256} << 10;

// RocksDB deletes files with this ending when it opens a database.
constexpr char kName[] = "/probe.dbtmp";
constexpr char kOtherName[] = "/probe2.dbtmp";

uint64_t BytesOfLogs(rocksdb::FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  files.GetChildren(directory, {}, &names, nullptr).PermitUncheckedError();
  uint64_t bytes = 0;
  for (const std::string& name : names) {
    uint64_t size = 0;
    if (absl::EndsWith(name, ".log") &&
        files.GetFileSize(absl::StrCat(directory, "/", name), {}, &size, nullptr).ok()) {
      bytes += size;
    }
  }
  return bytes;
}

rocksdb::IOStatus WriteFile(rocksdb::FileSystem& files, const std::string& path, uint64_t num_bytes) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status = files.NewWritableFile(path, {}, &file, nullptr);
  const std::string block(kBlockBytes, '\0');
  for (uint64_t written = 0; status.ok() && written < num_bytes; written += kBlockBytes) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(kBlockBytes, num_bytes - written));
    status = file->Append(rocksdb::Slice(block.data(), size), {}, nullptr);
  }
  if (status.ok()) status = file->Sync({}, nullptr);
  if (file != nullptr) {
    rocksdb::IOStatus closed = file->Close({}, nullptr);
    if (status.ok()) status = std::move(closed);
  }
  return status;
}

rocksdb::IOStatus SyncDirectory(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  rocksdb::IOStatus status = files.NewDirectory(path, {}, &directory, nullptr);
  return status.ok() ? directory->Fsync({}, nullptr) : status;
}

}  // namespace

absl::Status ProbeDisk(rocksdb::FileSystem& files, const std::string& directory) {
  const std::string path = directory + kName;
  const std::string other_path = directory + kOtherName;
  rocksdb::IOStatus status = WriteFile(files, path, BytesOfLogs(files, directory) + kOtherBytes);
  if (status.ok()) status = files.RenameFile(path, other_path, {}, nullptr);
  // Also after an error: the disk may be full because of it.
  files.DeleteFile(path, {}, nullptr).PermitUncheckedError();
  rocksdb::IOStatus deleted = files.DeleteFile(other_path, {}, nullptr);
  if (status.ok()) status = std::move(deleted);
  if (status.ok()) status = SyncDirectory(files, directory);
  return FromRocksDb(status);
}

}  // namespace zeus::bso::storage
