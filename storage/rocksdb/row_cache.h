// What was committed last, in memory: reading a row that is kept costs no search in RocksDB.
//
// Every key has a clock, which it shares with other keys. A commit ticks the clocks of the keys that it writes before
// it is visible, and gives what it wrote to the cache once it is. So as long as no commit of a key is under way, what
// is kept under it is what is committed; and who has read it can ask later whether that is so still. Values that were
// not needed for long give way to others. A commit whose outcome is not known, or that overlaps with another one of its
// keys, leaves nothing kept; one that has lost a race has written nothing, and leaves what was kept.
//
// A position is one of Engine::CommitPosition.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROW_CACHE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROW_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace rocksdb {
class Cache;
}  // namespace rocksdb

namespace zeus::bso::storage {

// Thread-safe.
class RowCache {
 public:
  static constexpr uint64_t kAnyPosition = std::numeric_limits<uint64_t>::max();

  // Keeps at most `bytes`, keys and bookkeeping included.
  explicit RowCache(size_t bytes);
  ~RowCache();

  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;

  // Names what was committed under a key at some time.
  struct Stamp {
    size_t clock = 0;
    uint64_t ticks = 0;
  };
  struct Kept {
    std::string value;
    Stamp stamp;
  };

  // What is kept under `key`, when that is what is committed, and was so at `position` and ever since.
  std::optional<Kept> Find(absl::string_view key, uint64_t position) const;

  // Whether what was found is still what is committed.
  bool Holds(const Stamp& stamp) const;

  // Whether no commit has written `key` since `position`. False also means that one may have, as keys share clocks.
  bool IsUnchangedSince(absl::string_view key, uint64_t position) const;

  // Keeps what was read at `position`, unless that may not be what is committed any more.
  void Keep(absl::string_view key, std::string value, uint64_t position);

  // What a commit writes under a key: a value, or nothing in its place; or, with a `row`, that row of a set (row_set.h)
  // or of a head (row_head.h).
  struct Change {
    std::string key;
    std::string row;
    std::optional<std::string> value;
    bool in_head = false;
    uint64_t ticks = 0;  // Set by BeginCommit; 0: another commit was under way.
  };

  enum class Outcome {
    kCommitted,
    kNothingWritten,
    kUnknown,
  };

  // To be called before `changes` can be visible, and when there is an outcome; `position` is one after it. The values
  // are moved away by the end.
  void BeginCommit(std::vector<Change>& changes);
  void EndCommit(std::vector<Change>& changes, Outcome outcome, uint64_t position);

 private:
  // Many more than there are threads that commit at a time, so that few wait for the commits of others.
  static constexpr size_t kClocks = 4096;

  struct Clock {
    mutable absl::Mutex mutex;
    uint64_t ticks ABSL_GUARDED_BY(mutex) = 0;  // Commits begun so far.
    uint64_t under_way ABSL_GUARDED_BY(mutex) = 0;
    uint64_t position ABSL_GUARDED_BY(mutex) = 0;  // At or after the last that ended.
  };

  static size_t ClockOf(absl::string_view key);

  // Calls `take` with what is kept under `key`, if anything is; the value lives for the call only.
  void Lookup(absl::string_view key, absl::FunctionRef<void(absl::string_view value)> take) const;
  void Insert(absl::string_view key, std::string value);
  void Erase(absl::string_view key);
  void Apply(Change& change);

  const std::unique_ptr<std::array<Clock, kClocks>> clocks_;
  const std::shared_ptr<rocksdb::Cache> values_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROW_CACHE_H_
