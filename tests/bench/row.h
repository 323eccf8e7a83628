// One row of the table: an operation under one load on one store.
#ifndef ZEUS_BSO_TESTS_BENCH_ROW_H_
#define ZEUS_BSO_TESTS_BENCH_ROW_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/bench/load.h"
#include "tests/bench/series.h"

namespace zeus::bso::bench {

struct Row {
  std::string operation;
  int64_t jobs = 0;
  int in_flight = 0;  // 0: an open loop.
  std::string via;    // The transport, or "none".

  // One a repetition.
  std::vector<Measurement> measurements = {};
  // Rate and server CPU as multiples of those of the empty call, and rate as one of that of the engine's commits, in
  // the same cell and repetition. Empty where that says nothing.
  Series rate_of_empty = {};
  Series cpu_of_empty = {};
  Series rate_of_engine = {};

  // What --rows is matched against.
  std::string Id() const {
    const std::string load = in_flight == 0 ? "open_loop" : absl::StrFormat("in_flight=%d", in_flight);
    return absl::StrFormat("%s jobs=%d %s %s", operation, jobs, load, via);
  }

  Series Of(const std::function<double(const Measurement&)>& quantity) const {
    Series series;
    for (const Measurement& measured : measurements) series.Add(quantity(measured));
    return series;
  }

  int64_t failures() const {
    int64_t failures = 0;
    for (const Measurement& measured : measurements) failures += measured.failures;
    return failures;
  }
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_ROW_H_
