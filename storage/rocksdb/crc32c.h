// CRC-32C, as RocksDB stores it.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_CRC32C_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_CRC32C_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace zeus::bso::storage {

// The Castagnoli polynomial, its bits reversed.
constexpr std::array<uint32_t, 256> MakeCrc32cTable() {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

inline uint32_t Crc32c(absl::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrc32cTable();
  uint32_t crc = ~uint32_t{0};
  for (const char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

// The checksum of bytes that hold checksums says little, so they are stored masked.
inline uint32_t MaskedCrc32c(absl::string_view bytes) {
  constexpr uint32_t kDelta = 0xa282ead8;
  const uint32_t crc = Crc32c(bytes);
  return (crc >> 15 | crc << 17) + kDelta;
}

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_CRC32C_H_
