#include "tests/torture/recorded_disk.h"

// The version of the interface of libfuse that follows.
#define FUSE_USE_VERSION 31
#include <fuse3/fuse.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

#include "tests/torture/history.h"

namespace zeus::bso::torture {
namespace {

constexpr char kDiskPath[] = "/disk";

RecordedDisk& Disk() { return *static_cast<RecordedDisk*>(fuse_get_context()->private_data); }

int GetAttributes(const char* path, struct stat* attributes, fuse_file_info* /*file*/) {
  *attributes = {};
  if (strcmp(path, "/") == 0) {
    attributes->st_mode = S_IFDIR | 0700;
    attributes->st_nlink = 2;
    return 0;
  }
  if (strcmp(path, kDiskPath) != 0) return -ENOENT;
  attributes->st_mode = S_IFREG | 0600;
  attributes->st_nlink = 1;
  attributes->st_size = Disk().size();
  return 0;
}

int Open(const char* path, fuse_file_info* /*file*/) { return strcmp(path, kDiskPath) == 0 ? 0 : -ENOENT; }

int Read(const char* /*path*/, char* buffer, size_t size, off_t offset, fuse_file_info* /*file*/) {
  if (offset >= Disk().size()) return 0;
  size = std::min(size, static_cast<size_t>(Disk().size() - offset));
  Disk().Read(offset, size).copy(buffer, size);
  return static_cast<int>(size);
}

int Write(const char* /*path*/, const char* data, size_t size, off_t offset, fuse_file_info* /*file*/) {
  Disk().Write(offset, std::string(data, size));
  return static_cast<int>(size);
}

int Sync(const char* /*path*/, int /*data_only*/, fuse_file_info* /*file*/) {
  Disk().Flush();
  return 0;
}

fuse_operations Operations() {
  fuse_operations operations{};
  operations.getattr = GetAttributes;
  operations.open = Open;
  operations.read = Read;
  operations.write = Write;
  operations.fsync = Sync;
  return operations;
}

}  // namespace

RecordedDisk::RecordedDisk(std::string directory, int64_t size) : directory_(std::move(directory)), size_(size) {
  static constexpr const char* kName = "zeus_bso_torture";
  char* arguments[] = {const_cast<char*>(kName)};
  fuse_args args = FUSE_ARGS_INIT(1, arguments);
  const fuse_operations operations = Operations();
  fuse_ = fuse_new(&args, &operations, sizeof(operations), this);
  if (fuse_ == nullptr || fuse_mount(fuse_, directory_.c_str()) != 0) {
    std::cerr << "cannot mount a disk at " << directory_ << "\n";
    exit(EXIT_FAILURE);
  }
  // One thread, so that events have one order.
  thread_ = std::thread([this] { fuse_loop(fuse_); });
}

RecordedDisk::~RecordedDisk() {
  fuse_exit(fuse_);
  fuse_unmount(fuse_);
  thread_.join();
  fuse_destroy(fuse_);
}

std::vector<DiskEvent> RecordedDisk::TakeEvents() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(events_, {});
}

std::string RecordedDisk::Read(int64_t offset, size_t size) const {
  absl::MutexLock lock(&mutex_);
  return image_.Read(offset, size);
}

void RecordedDisk::Write(int64_t offset, std::string data) {
  absl::MutexLock lock(&mutex_);
  image_.Write(offset, data);
  events_.push_back({.time_ns = NowNs(), .offset = offset, .data = std::move(data)});
}

void RecordedDisk::Flush() {
  absl::MutexLock lock(&mutex_);
  events_.push_back({.time_ns = NowNs(), .is_flush = true});
}

}  // namespace zeus::bso::torture
