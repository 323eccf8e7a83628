#include "server/policy/curves/state.h"

#include <utility>

#include "server/policy/curves/constants.h"

namespace zeus::bso::curves {
namespace {

// The belief about the noise before there are results.
Noise PriorNoise(double sd) {
  return {.sum_of_squares = kNoisePriorRuns * (sd * sd), .degrees_of_freedom = kNoisePriorRuns};
}

}  // namespace

JobState MakeJobState() {
  JobState job;
  job.epochs_noise = PriorNoise(kEpochsNoiseSd);
  job.cost_noise = PriorNoise(kCostNoiseSd);
  return job;
}

State MakeState(Setup setup) {
  State state;
  state.setup = std::move(setup);
  state.job = MakeJobState();
  state.sizes.resize(state.setup.batch_sizes.size());
  return state;
}

}  // namespace zeus::bso::curves
