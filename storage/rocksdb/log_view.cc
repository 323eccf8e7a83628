#include "storage/rocksdb/log_view.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "absl/strings/match.h"

namespace zeus::bso::storage {
namespace {

// The beginning of a file.
class Beginning : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  Beginning(std::unique_ptr<rocksdb::FSSequentialFile> file, uint64_t length)
      : FSSequentialFileOwnerWrapper(std::move(file)), left_(length) {}

  rocksdb::IOStatus Read(size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status =
        target()->Read(static_cast<size_t>(std::min<uint64_t>(size, left_)), options, result, scratch, debug);
    left_ -= result->size();
    return status;
  }

  rocksdb::IOStatus Skip(uint64_t size) override {
    left_ -= std::min(size, left_);
    return target()->Skip(size);
  }

 private:
  uint64_t left_;
};

}  // namespace

uint64_t LogNumber(const std::string& path) {
  return std::strtoull(path.substr(path.find_last_of('/') + 1).c_str(), nullptr, /*base=*/10);
}

rocksdb::IOStatus LogView::NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                             rocksdb::IODebugContext* debug) {
  rocksdb::IOStatus status = FileSystemWrapper::NewSequentialFile(path, options, file, debug);
  if (!status.ok() || !absl::EndsWith(path, ".log")) return status;
  const uint64_t number = LogNumber(path);
  opened_[number] = path;
  const auto length = lengths_.find(number);
  *file = std::make_unique<Beginning>(std::move(*file), length != lengths_.end() ? length->second : 0);
  return status;
}

}  // namespace zeus::bso::storage
