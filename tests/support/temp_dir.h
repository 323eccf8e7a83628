// A directory of a test's own, gone when the test is.
#ifndef ZEUS_BSO_TESTS_SUPPORT_TEMP_DIR_H_
#define ZEUS_BSO_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace zeus::bso::testing {

class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "zeus-bso-test-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  }
  ~TempDir() { std::filesystem::remove_all(path_); }

  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_TEMP_DIR_H_
