#include "tests/torture/disk_image.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace zeus::bso::torture {
namespace {

constexpr int64_t kPage = 4096;

// Calls visit(page, offset in it, size) for each page of a range.
template <typename Visit>
void ForEachPage(int64_t offset, size_t size, Visit visit) {
  const int64_t end = offset + static_cast<int64_t>(size);
  while (offset < end) {
    const int64_t in_page = offset % kPage;
    const int64_t length = std::min(end - offset, kPage - in_page);
    visit(offset / kPage, static_cast<size_t>(in_page), static_cast<size_t>(length));
    offset += length;
  }
}

}  // namespace

void DiskImage::Write(int64_t offset, absl::string_view data) {
  ForEachPage(offset, data.size(), [&](int64_t page, size_t in_page, size_t length) {
    const absl::string_view part = data.substr(0, length);
    data.remove_prefix(length);
    const bool zeros = std::all_of(part.begin(), part.end(), [](char c) { return c == '\0'; });
    if (zeros && !pages_.contains(page)) return;
    std::string& content = pages_[page];
    content.resize(kPage);
    content.replace(in_page, length, part.data(), part.size());
  });
}

std::string DiskImage::Read(int64_t offset, size_t size) const {
  std::string text;
  ForEachPage(offset, size, [&](int64_t page, size_t in_page, size_t length) {
    const auto found = pages_.find(page);
    text += found == pages_.end() ? std::string(length, '\0') : found->second.substr(in_page, length);
  });
  return text;
}

void DiskImage::Save(const std::string& file, int64_t size) const {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  for (const auto& [page, content] : pages_) {
    out.seekp(page * kPage);
    out << content;
  }
  out.close();
  std::filesystem::resize_file(file, static_cast<uintmax_t>(size));
}

}  // namespace zeus::bso::torture
