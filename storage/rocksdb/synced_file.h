// A small file beside the log that says how much of the log was synced. The server writes it after each sync, and never
// syncs the file itself. So the file is never ahead of the log.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_SYNCED_FILE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_SYNCED_FILE_H_

#include <cstdint>
#include <string>

namespace zeus::bso::storage {

// The sequence number up to which all changes are on the disk, as the file in this directory says. 0 if there is none,
// or if it is not intact.
uint64_t ReadSyncedSequence(const std::string& directory);

// Not thread-safe.
class SyncedFile {
 public:
  // Makes the file in this directory if there is none.
  explicit SyncedFile(const std::string& directory);
  ~SyncedFile();

  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  // Ignores errors: the file then names an older change, which is safe.
  void Write(uint64_t sequence);

 private:
  const int descriptor_;
  int next_slot_ = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_SYNCED_FILE_H_
