// What a disk holds.
#ifndef ZEUS_BSO_TESTS_TORTURE_DISK_IMAGE_H_
#define ZEUS_BSO_TESTS_TORTURE_DISK_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::torture {

// Zeros where nothing was written.
class DiskImage {
 public:
  void Write(int64_t offset, absl::string_view data);

  std::string Read(int64_t offset, size_t size) const;

  // Makes a file of it, `size` bytes long.
  void Save(const std::string& file, int64_t size) const;

 private:
  std::map<int64_t, std::string> pages_;  // Those that are not all zeros, by their number.
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_DISK_IMAGE_H_
