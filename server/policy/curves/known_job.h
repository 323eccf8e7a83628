// What a server keeps of a job, as the functions of the policy take it. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_KNOWN_JOB_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_KNOWN_JOB_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/curves.h"
#include "model/job.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// A job with its sizes, ascending.
struct KnownJob {
  JobSpec spec;
  CurvesJob job;
  std::vector<CurvesSize> sizes;
};

// Names the size of a surprise by its index in the sizes of `to` instead of `from`. Without that size, there is none.
void MoveSurprise(std::span<const int64_t> from, const JobSpec& to, Surprise& surprise);

// A job of this specification that knows nothing, or what is in its base.
KnownJob NewJob(const JobSpec& spec, const std::optional<CurvesBase>& base = std::nullopt);

// Whether it is one of the job's batch sizes.
bool HasSize(const JobSpec& spec, int64_t batch_size);

// The index of one of the job's batch sizes.
size_t IndexOf(const JobSpec& spec, int64_t batch_size);

// `sizes` are all of the job's, ascending. Without beta_knob, beta is 2: ShouldStop is not asked then.
State StateOf(const JobSpec& spec, const JobState& job, std::span<const CurvesSize> sizes);
State StateOf(const KnownJob& known);

// Copies the knowledge back into the records. What runs, which the policy does not count, stays.
void SetState(const State& state, KnownJob& known);

// Whether all numbers are within the bounds of what can be stored.
bool AreStorable(const JobSpec& spec, const CurvesJob& job, std::span<const CurvesSize> sizes);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_KNOWN_JOB_H_
