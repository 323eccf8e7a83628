// Numbers of a fixed number of bytes, the least significant one first, as RocksDB writes them.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_FIXED_NUMBERS_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_FIXED_NUMBERS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::storage {

// Of at most 8 bytes.
inline uint64_t ReadFixed(absl::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i > 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return number;
}

inline void AppendFixed(uint64_t number, size_t num_bytes, std::string& bytes) {
  for (size_t i = 0; i < num_bytes; ++i) bytes.push_back(static_cast<char>(number >> 8 * i & 0xff));
}

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_FIXED_NUMBERS_H_
