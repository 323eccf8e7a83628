// Goals of a long history: a call answers as fast with a million trials behind it, or jobs beside it, as with a
// hundred.
#ifndef ZEUS_BSO_TESTS_BENCH_HISTORY_GOALS_H_
#define ZEUS_BSO_TESTS_BENCH_HISTORY_GOALS_H_

#include <cstdint>

#include "tests/bench/goal.h"
#include "tests/bench/layout.h"
#include "tests/bench/rig.h"
#include "tests/bench/scale.h"

namespace zeus::bso::bench {

// Jobs with few trials and jobs with many, of both kinds of windows.
Layout HistoryLayout(int64_t long_history);

void MeasureHistoryGoals(const Scale& scale, Rig& rig, Goals& goals);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_HISTORY_GOALS_H_
