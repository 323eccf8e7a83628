// Loaded stores, kept from run to run: loading a million jobs takes longer than measuring them.
#ifndef ZEUS_BSO_TESTS_BENCH_PREPARED_STORES_H_
#define ZEUS_BSO_TESTS_BENCH_PREPARED_STORES_H_

#include <filesystem>
#include <string>

#include "tests/bench/layout.h"

namespace zeus::bso::bench {

class PreparedStores {
 public:
  // Keeps stores in `directory`, and the copies that are worked on beside them, on one disk.
  explicit PreparedStores(const std::string& directory);
  // Removes all copies.
  ~PreparedStores();

  PreparedStores(const PreparedStores&) = delete;
  PreparedStores& operator=(const PreparedStores&) = delete;

  // The directory of a new copy of the store with this layout, which is loaded when it is not there yet.
  std::string Copy(const Layout& layout);

  // A directory that does not exist yet.
  std::string NewDirectory();

 private:
  const std::filesystem::path stores_;
  const std::filesystem::path copies_;
  int num_copies_ = 0;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_PREPARED_STORES_H_
