// The table of rows: every operation, on stores of several sizes, over every transport, at several degrees of
// concurrency. Each cell measures its own limit, the empty call, right beside the work.
#ifndef ZEUS_BSO_TESTS_BENCH_GRID_H_
#define ZEUS_BSO_TESTS_BENCH_GRID_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/bench_server.h"
#include "tests/bench/load.h"
#include "tests/bench/prepared_stores.h"
#include "tests/bench/scale.h"
#include "tests/bench/series.h"
#include "tests/bench/subject.h"

namespace zeus::bso::bench {

struct Row {
  std::string operation;
  int64_t jobs = 0;
  int in_flight = 0;
  Transport transport = Transport::kTcp;

  // One a repetition.
  std::vector<Measurement> measurements = {};
  Series rate_of_empty = {};  // Rate, as a fraction of that of the empty call in the same cell and repetition.
  Series cpu_of_empty = {};   // CPU of the server, likewise.

  // What --rows is matched against.
  std::string Id() const;
  Series Of(const std::function<double(const Measurement&)>& quantity) const;
  int64_t failures() const;
};

// Measures the rows whose id `wanted` accepts; `progress` is called before each repetition of a cell.
std::vector<Row> MeasureGrid(const Scale& scale, PreparedStores& stores,
                             const std::function<bool(const std::string& id)>& wanted);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_GRID_H_
