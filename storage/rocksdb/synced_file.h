// A small file beside the log that says how much of the log was synced. The server writes it after each sync, and never
// syncs the file itself. So the file is never ahead of the log.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_SYNCED_FILE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_SYNCED_FILE_H_

#include <cstdint>
#include <string>

namespace zeus::bso::storage {

struct Synced {
  uint64_t sequence = 0;   // All changes up to this sequence number are on the disk.
  uint64_t log = 0;        // The number of the log that was written last.
  uint64_t log_bytes = 0;  // The synced bytes of that log.
};

// Reads the file in this directory. Returns zeros if there is none, or if it is not intact.
Synced ReadSynced(const std::string& directory);

// Not thread-safe.
class SyncedFile {
 public:
  // Makes the file in this directory if there is none.
  explicit SyncedFile(const std::string& directory);
  ~SyncedFile();

  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  // Ignores errors: the file then names an older position, which is safe.
  void Write(const Synced& synced);

 private:
  const int descriptor_;
  int next_slot_ = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_SYNCED_FILE_H_
