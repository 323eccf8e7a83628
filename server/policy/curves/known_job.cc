#include "server/policy/curves/known_job.h"

#include <algorithm>

#include "model/curves_check.h"

namespace zeus::bso::curves {

void MoveSurprise(std::span<const int64_t> from, const JobSpec& to, Surprise& surprise) {
  if (!surprise.size.has_value()) return;
  const int64_t batch_size = from[*surprise.size];
  if (HasSize(to, batch_size)) {
    surprise.size = IndexOf(to, batch_size);
  } else {
    surprise = {};
  }
}

KnownJob NewJob(const JobSpec& spec, const std::optional<CurvesBase>& base) {
  KnownJob known{.spec = spec, .job = {.state = MakeJobState()}, .sizes = {}};
  for (const int64_t batch_size : spec.batch_sizes) known.sizes.push_back({.batch_size = batch_size});
  if (!base.has_value()) return known;
  known.job.state = base->job.state;
  std::vector<int64_t> batch_sizes;
  for (const CurvesSize& size : base->sizes) {
    batch_sizes.push_back(size.batch_size);
    if (!HasSize(spec, size.batch_size)) continue;
    CurvesSize& mine = known.sizes[IndexOf(spec, size.batch_size)];
    mine = size;
    // What runs, and when something was done, is not knowledge.
    mine.state.pending = 0;
    mine.added_revision = 0;
    mine.reset_revision = 0;
    mine.profile_revision = 0;
  }
  MoveSurprise(batch_sizes, spec, known.job.state.epochs_surprise);
  MoveSurprise(batch_sizes, spec, known.job.state.cost_surprise);
  return known;
}

bool HasSize(const JobSpec& spec, int64_t batch_size) {
  return std::binary_search(spec.batch_sizes.begin(), spec.batch_sizes.end(), batch_size);
}

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

State StateOf(const KnownJob& known) { return StateOf(known.spec, known.job.state, known.sizes); }

void SetState(const State& state, KnownJob& known) {
  known.job.state = state.job;
  for (size_t i = 0; i < known.sizes.size(); ++i) {
    const int pending = known.sizes[i].state.pending;
    known.sizes[i].state = state.sizes[i];
    known.sizes[i].state.pending = pending;
  }
}

bool AreStorable(const JobSpec& spec, const CurvesJob& job, std::span<const CurvesSize> sizes) {
  return FirstInvalidField(job, spec.batch_sizes).empty() &&
         std::all_of(sizes.begin(), sizes.end(),
                     [&](const CurvesSize& size) { return FirstInvalidField(size, job).empty(); });
}

}  // namespace zeus::bso::curves
