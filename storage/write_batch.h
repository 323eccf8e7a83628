// Changes of rows that take effect together.
#ifndef ZEUS_BSO_STORAGE_WRITE_BATCH_H_
#define ZEUS_BSO_STORAGE_WRITE_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/stats.h"
#include "storage/tables.h"

namespace zeus::bso::storage {

struct RowWrite {
  Table table;
  std::string key;
  std::optional<std::string> value;  // Absent: the row is deleted.
};

// Not thread-safe. Many threads may read it once it is complete.
class WriteBatch {
 public:
  void Put(Table table, std::string key, std::string value) {
    bytes_ += key.size() + value.size();
    writes_.push_back({table, std::move(key), std::move(value)});
  }
  void Delete(Table table, std::string key) {
    bytes_ += key.size();
    writes_.push_back({table, std::move(key), std::nullopt});
  }

  // Moves the changes so far to a batch of their own. No response tells of them.
  WriteBatch TakeWrites() {
    WriteBatch taken;
    taken.writes_.swap(writes_);
    std::swap(taken.bytes_, bytes_);
    return taken;
  }

  // In the order of the calls. A later write of a row replaces an earlier one.
  const std::vector<RowWrite>& writes() const { return writes_; }
  bool empty() const { return writes_.empty(); }
  // The bytes of all keys and values.
  size_t bytes() const { return bytes_; }

  // Whether a response tells of these changes, so that it must wait until they are on the disk.
  bool must_sync = false;
  // How many jobs the batch adds, less those that it deletes.
  int64_t jobs_added = 0;
  JobSums sums_added;

 private:
  std::vector<RowWrite> writes_;
  size_t bytes_ = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_WRITE_BATCH_H_
