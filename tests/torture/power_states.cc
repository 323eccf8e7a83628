#include "tests/torture/power_states.h"

#include <algorithm>

#include "absl/strings/string_view.h"

namespace zeus::bso::torture {
namespace {

void WritePieces(const DiskEvent& write, size_t piece, std::mt19937_64& random, DiskImage& image) {
  for (size_t begin = 0; begin < write.data.size(); begin += piece) {
    if (random() % 2 == 0) continue;
    image.Write(write.offset + static_cast<int64_t>(begin), absl::string_view(write.data).substr(begin, piece));
  }
}

}  // namespace

DiskImage PowerStates::StateBefore(size_t crash, bool loses, std::mt19937_64& random) {
  size_t last_flush = crash;
  while (last_flush > num_flushed_ && !events_[last_flush - 1].is_flush) --last_flush;
  for (; num_flushed_ < last_flush; ++num_flushed_) {
    flushed_.Write(events_[num_flushed_].offset, events_[num_flushed_].data);
  }
  DiskImage image = flushed_;
  for (size_t i = num_flushed_; i < crash; ++i) {
    const DiskEvent& write = events_[i];
    const auto choice = loses ? random() % 4 : 0;
    if (choice == 0) image.Write(write.offset, write.data);
    if (choice == 1) WritePieces(write, 512, random, image);
    if (choice == 2) WritePieces(write, 4096, random, image);
    // Otherwise it is lost.
  }
  return image;
}

}  // namespace zeus::bso::torture
