// A disk that remembers all that is written to it, so that it can be shown as it may be after a loss of power at any
// time.
#ifndef ZEUS_BSO_TESTS_TORTURE_RECORDED_DISK_H_
#define ZEUS_BSO_TESTS_TORTURE_RECORDED_DISK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/torture/disk_image.h"

struct fuse;

namespace zeus::bso::torture {

// Something that happened to a disk.
struct DiskEvent {
  int64_t time_ns = 0;    // NowNs when it arrived.
  bool is_flush = false;  // Otherwise it is a write.
  int64_t offset = 0;     // Of a write.
  std::string data = {};
};

// A disk as a file, `file()`, of a file system of its own. Thread-safe.
class RecordedDisk {
 public:
  // Mounts the file system at `directory`, which must exist. Ends the program if it cannot.
  RecordedDisk(std::string directory, int64_t size);
  ~RecordedDisk();

  RecordedDisk(const RecordedDisk&) = delete;
  RecordedDisk& operator=(const RecordedDisk&) = delete;

  std::string file() const { return directory_ + "/disk"; }
  int64_t size() const { return size_; }

  std::vector<DiskEvent> TakeEvents() ABSL_LOCKS_EXCLUDED(mutex_);

  // What the file system asks for.
  std::string Read(int64_t offset, size_t size) const ABSL_LOCKS_EXCLUDED(mutex_);
  void Write(int64_t offset, std::string data) ABSL_LOCKS_EXCLUDED(mutex_);
  void Flush() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::string directory_;
  const int64_t size_;
  mutable absl::Mutex mutex_;
  DiskImage image_ ABSL_GUARDED_BY(mutex_);
  std::vector<DiskEvent> events_ ABSL_GUARDED_BY(mutex_);
  fuse* fuse_ = nullptr;
  std::thread thread_;
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_RECORDED_DISK_H_
