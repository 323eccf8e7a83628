// What a benchmark cannot go on without.
#ifndef ZEUS_BSO_TESTS_BENCH_MUST_H_
#define ZEUS_BSO_TESTS_BENCH_MUST_H_

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace zeus::bso::bench {

// Ends the process when `status` is an error.
inline void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "the benchmark cannot go on: " << status << std::endl;
  std::exit(EXIT_FAILURE);
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_MUST_H_
