// Learns from runs that crashed or ran out of memory.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_CRASH_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_CRASH_H_

#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// A size that crashes kMaxCrashes times in a row rests for a while, longer each time. Nothing rests for ever.
//
// Running out of memory rules out the larger sizes as well, at once. If a run has fitted there before, somebody else
// may have taken the memory: then it counts as a crash until it repeats. The smallest size is never ruled out at once,
// as nothing smaller could be tried instead.
//
// A result of a size that rests (it was in flight already) says nothing new. If all sizes rest, it moves the clock on,
// so that they do not rest for ever.
void LearnCrash(size_t size, bool out_of_memory, State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_CRASH_H_
