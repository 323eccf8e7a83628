#include "storage/rocksdb/synced_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "storage/rocksdb/crc32c.h"
#include "storage/rocksdb/fixed_numbers.h"

namespace zeus::bso::storage {
namespace {

// Two slots, written in turn, of three numbers and a checksum each. A slot that is half written is not intact, and the
// other one is.
constexpr int kNumSlots = 2;
constexpr size_t kNumberBytes = 8;
constexpr size_t kSlotBytes = 3 * kNumberBytes + 4;

std::string PathOf(const std::string& directory) { return directory + "/SYNCED"; }

std::string Encode(const Synced& synced) {
  std::string bytes;
  AppendFixed(synced.sequence, kNumberBytes, bytes);
  AppendFixed(synced.log, kNumberBytes, bytes);
  AppendFixed(synced.log_bytes, kNumberBytes, bytes);
  AppendFixed(MaskedCrc32c(bytes), 4, bytes);
  return bytes;
}

// Zeros if the slot is not intact.
Synced Decode(absl::string_view slot) {
  const absl::string_view numbers = slot.substr(0, 3 * kNumberBytes);
  if (slot.size() < kSlotBytes || ReadFixed(slot.substr(numbers.size(), 4)) != MaskedCrc32c(numbers)) return {};
  return {.sequence = ReadFixed(numbers.substr(0, kNumberBytes)),
          .log = ReadFixed(numbers.substr(kNumberBytes, kNumberBytes)),
          .log_bytes = ReadFixed(numbers.substr(2 * kNumberBytes, kNumberBytes))};
}

}  // namespace

Synced ReadSynced(const std::string& directory) {
  const int descriptor = open(PathOf(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::array<char, kNumSlots * kSlotBytes> bytes;
  const ssize_t num_bytes = pread(descriptor, bytes.data(), bytes.size(), 0);
  close(descriptor);
  Synced latest;
  for (size_t begin = 0; num_bytes > 0 && begin < static_cast<size_t>(num_bytes); begin += kSlotBytes) {
    const Synced slot =
        Decode(absl::string_view(bytes.data(), static_cast<size_t>(num_bytes)).substr(begin, kSlotBytes));
    if (slot.sequence >= latest.sequence && slot.log >= latest.log) latest = slot;
  }
  return latest;
}

SyncedFile::SyncedFile(const std::string& directory)
    : descriptor_(open(PathOf(directory).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {}

SyncedFile::~SyncedFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void SyncedFile::Write(const Synced& synced) {
  if (descriptor_ < 0) return;
  const std::string bytes = Encode(synced);
  const auto offset = static_cast<off_t>(kSlotBytes) * next_slot_;
  if (pwrite(descriptor_, bytes.data(), bytes.size(), offset) != static_cast<ssize_t>(bytes.size())) return;
  next_slot_ = (next_slot_ + 1) % kNumSlots;
}

}  // namespace zeus::bso::storage
