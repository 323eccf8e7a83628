#include "storage/rocksdb/synced_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/string_view.h"
#include "storage/rocksdb/crc32c.h"
#include "storage/rocksdb/fixed_numbers.h"

namespace zeus::bso::storage {
namespace {

// Two slots, written in turn, of three numbers and a checksum each. A slot that is half written is not intact, and the
// other one is. The first number is the sequence number; servers of schema 5 also kept a position in the log.
constexpr int kNumSlots = 2;
constexpr size_t kNumberBytes = 8;
constexpr size_t kSlotBytes = 3 * kNumberBytes + 4;

std::string PathOf(const std::string& directory) { return directory + "/SYNCED"; }

std::string Encode(uint64_t sequence) {
  std::string bytes;
  AppendFixed(sequence, kNumberBytes, bytes);
  bytes.resize(3 * kNumberBytes);
  AppendFixed(MaskedCrc32c(bytes), 4, bytes);
  return bytes;
}

// 0 if the slot is not intact.
uint64_t Decode(absl::string_view slot) {
  const absl::string_view numbers = slot.substr(0, 3 * kNumberBytes);
  if (slot.size() < kSlotBytes || ReadFixed(slot.substr(numbers.size(), 4)) != MaskedCrc32c(numbers)) return 0;
  return ReadFixed(numbers.substr(0, kNumberBytes));
}

}  // namespace

uint64_t ReadSyncedSequence(const std::string& directory) {
  const int descriptor = open(PathOf(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  std::array<char, kNumSlots * kSlotBytes> bytes;
  const ssize_t num_bytes = pread(descriptor, bytes.data(), bytes.size(), 0);
  close(descriptor);
  uint64_t latest = 0;
  for (size_t begin = 0; num_bytes > 0 && begin < static_cast<size_t>(num_bytes); begin += kSlotBytes) {
    const absl::string_view read(bytes.data(), static_cast<size_t>(num_bytes));
    latest = std::max(latest, Decode(read.substr(begin, kSlotBytes)));
  }
  return latest;
}

SyncedFile::SyncedFile(const std::string& directory)
    : descriptor_(open(PathOf(directory).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {}

SyncedFile::~SyncedFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void SyncedFile::Write(uint64_t sequence) {
  if (descriptor_ < 0) return;
  const std::string bytes = Encode(sequence);
  const auto offset = static_cast<off_t>(kSlotBytes) * next_slot_;
  if (pwrite(descriptor_, bytes.data(), bytes.size(), offset) != static_cast<ssize_t>(bytes.size())) return;
  next_slot_ = (next_slot_ + 1) % kNumSlots;
}

}  // namespace zeus::bso::storage
