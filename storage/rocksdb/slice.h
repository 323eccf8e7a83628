// Bytes as Abseil and as RocksDB name them. Neither owns them.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_SLICE_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_SLICE_H_

#include "absl/strings/string_view.h"
#include "rocksdb/slice.h"

namespace zeus::bso::storage {

inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }

inline absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_SLICE_H_
