#include "server/policy/curves/known_job.h"

#include <algorithm>

namespace zeus::bso::curves {

size_t IndexOf(const JobSpec& spec, int64_t batch_size) {
  const auto found = std::lower_bound(spec.batch_sizes.begin(), spec.batch_sizes.end(), batch_size);
  return static_cast<size_t>(found - spec.batch_sizes.begin());
}

State StateOf(const JobSpec& spec, const JobState& job, std::span<const CurvesSize> sizes) {
  constexpr double kDefaultBeta = 2;
  State state;
  state.setup = {.batch_sizes = spec.batch_sizes,
                 .default_size = IndexOf(spec, spec.default_batch_size),
                 .max_epochs = spec.max_epochs,
                 .beta = spec.beta_knob.value_or(kDefaultBeta)};
  state.job = job;
  for (const CurvesSize& size : sizes) state.sizes.push_back(size.state);
  return state;
}

}  // namespace zeus::bso::curves
