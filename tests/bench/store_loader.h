// Fills a store with the jobs of a layout, without a server: through sessions, many records in each.
#ifndef ZEUS_BSO_TESTS_BENCH_STORE_LOADER_H_
#define ZEUS_BSO_TESTS_BENCH_STORE_LOADER_H_

#include <string>

#include "absl/status/status.h"
#include "tests/bench/layout.h"

namespace zeus::bso::bench {

// Raised by each change of what LoadStore writes.
inline constexpr int kLoaderVersion = 4;

// Makes a store in `directory`, which is empty or missing.
absl::Status LoadStore(const Layout& layout, const std::string& directory);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_STORE_LOADER_H_
