#include "storage/rocksdb/rocksdb_status.h"

#include "absl/strings/str_cat.h"
#include "model/error.h"

namespace zeus::bso::storage {

absl::Status FromRocksDb(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit) {
    return MakeError(Reason::kStorageFull, absl::StrCat("the disk of the store is full: ", status.ToString()));
  }
  if (status.IsCorruption() || status.IsPathNotFound()) {
    return MakeError(Reason::kStorageCorrupted, absl::StrCat("the store is damaged: ", status.ToString()));
  }
  return MakeError(Reason::kStorageUnavailable, absl::StrCat("the store failed: ", status.ToString()));
}

}  // namespace zeus::bso::storage
