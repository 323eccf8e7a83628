// The rows: every operation, on stores of several sizes, over every transport, at several degrees of concurrency. Each
// cell measures its limits right beside the work: the empty call, and commits of the engine alone. After that comes an
// open loop at half of the rate that the closed one reached.
#ifndef ZEUS_BSO_TESTS_BENCH_GRID_H_
#define ZEUS_BSO_TESTS_BENCH_GRID_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/bench/rig.h"
#include "tests/bench/row.h"
#include "tests/bench/scale.h"

namespace zeus::bso::bench {

// Measures the rows whose id `wanted` accepts, and the limits beside them.
std::vector<Row> MeasureGrid(const Scale& scale, Rig& rig, const std::function<bool(const std::string& id)>& wanted);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_GRID_H_
