// Functions of the state of a size that several parts of the policy use. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_SIZES_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_SIZES_H_

#include <vector>

#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// log2 of the batch sizes.
std::vector<double> Octaves(const Setup& setup);

// The long failures at a size, decayed until now.
double Failures(const State& state, size_t size);

// -log of the estimated chance that a run at this size converges (the rule of succession), at least 0.
double Unreliability(const State& state, size_t size);

// True if anything but crashes is known about a size.
bool IsSeen(const SizeState& size);

bool IsResting(const State& state, size_t size);
bool AllAreResting(const State& state);

// Says for each size whether Pick may take it: those that do not rest or, if all rest, all.
std::vector<bool> UsableSizes(const State& state);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_SIZES_H_
