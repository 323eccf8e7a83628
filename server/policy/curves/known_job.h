// What a server keeps of a job, as the functions of the policy take it. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_KNOWN_JOB_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_KNOWN_JOB_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/curves.h"
#include "model/job.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// The index of one of the job's batch sizes.
size_t IndexOf(const JobSpec& spec, int64_t batch_size);

// `sizes` are all of the job's, ascending. Without beta_knob, beta is 2: ShouldStop is not asked then.
State StateOf(const JobSpec& spec, const JobState& job, std::span<const CurvesSize> sizes);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_KNOWN_JOB_H_
