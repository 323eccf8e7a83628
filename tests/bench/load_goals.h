// Goals under load: how near the server comes to what its gRPC stack alone can do.
#ifndef ZEUS_BSO_TESTS_BENCH_LOAD_GOALS_H_
#define ZEUS_BSO_TESTS_BENCH_LOAD_GOALS_H_

#include "tests/bench/goal.h"
#include "tests/bench/rig.h"
#include "tests/bench/scale.h"

namespace zeus::bso::bench {

void MeasureLoadGoals(const Scale& scale, Rig& rig, Goals& goals);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_LOAD_GOALS_H_
