// Goals at rest: what a server takes that has nothing to do, how fast it starts, what its data takes on the disk.
#ifndef ZEUS_BSO_TESTS_BENCH_REST_GOALS_H_
#define ZEUS_BSO_TESTS_BENCH_REST_GOALS_H_

#include "tests/bench/goal.h"
#include "tests/bench/rig.h"
#include "tests/bench/scale.h"

namespace zeus::bso::bench {

// To be called last: memory under load is that of all loads before.
void MeasureRestGoals(const Scale& scale, Rig& rig, Goals& goals);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_REST_GOALS_H_
