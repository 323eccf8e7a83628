#include "tests/bench/prepared_stores.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/schema.h"
#include "tests/bench/must.h"
#include "tests/bench/store_loader.h"

namespace zeus::bso::bench {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kCopiesPrefix = "copies-of-process-";

// What processes that were killed have left.
void RemoveOrphans(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    absl::string_view rest = name;
    pid_t pid = 0;
    if (!absl::ConsumePrefix(&rest, kCopiesPrefix) || !absl::SimpleAtoi(rest, &pid)) continue;
    if (kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path());
  }
}

// Tables never change once they are written, so that they need not be copied.
void CopyStore(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& file : fs::directory_iterator(from)) {
    const fs::path copy = to / file.path().filename();
    if (file.path().extension() == ".sst") {
      fs::create_hard_link(file.path(), copy);
    } else {
      fs::copy_file(file.path(), copy);
    }
  }
}

}  // namespace

PreparedStores::PreparedStores(const std::string& directory)
    : stores_(directory), copies_(stores_ / absl::StrCat(kCopiesPrefix, getpid())) {
  fs::create_directories(stores_);
  RemoveOrphans(stores_);
  fs::create_directories(copies_);
}

PreparedStores::~PreparedStores() { fs::remove_all(copies_); }

std::string PreparedStores::Copy(const Layout& layout) {
  const fs::path store =
      stores_ / absl::StrCat(layout.Key(), "_schema", storage::kSchemaVersion, "_loader", kLoaderVersion);
  if (!fs::exists(store)) {
    std::cerr << "loading the store " << layout.Key() << std::endl;
    const std::string unfinished = NewDirectory();
    Must(LoadStore(layout, unfinished));
    fs::rename(unfinished, store);
  }
  std::string copy = NewDirectory();
  CopyStore(store, copy);
  return copy;
}

std::string PreparedStores::NewDirectory() { return copies_ / absl::StrCat(++num_copies_); }

}  // namespace zeus::bso::bench
