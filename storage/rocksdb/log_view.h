// A file system that truncates logs when they are read. It changes nothing on the disk.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_LOG_VIEW_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_LOG_VIEW_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "rocksdb/file_system.h"
#include "rocksdb/io_status.h"

namespace zeus::bso::storage {

// The number in a path such as "…/000123.log".
uint64_t LogNumber(const std::string& path);

// `lengths`: where each log ends, in bytes, by its number. Other logs appear to be empty. Not thread-safe.
class LogView : public rocksdb::FileSystemWrapper {
 public:
  explicit LogView(std::map<uint64_t, uint64_t> lengths)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), lengths_(std::move(lengths)) {}

  const char* Name() const override { return "LogView"; }

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;

  // The paths of the logs that were opened, by number.
  const std::map<uint64_t, std::string>& opened() const { return opened_; }

 private:
  const std::map<uint64_t, uint64_t> lengths_;
  std::map<uint64_t, std::string> opened_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_LOG_VIEW_H_
