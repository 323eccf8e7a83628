// Starts a job with what is known from elsewhere: from another job, and from epochs that were timed beforehand. On top
// of outside.h, in the values that a server keeps. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_WARM_START_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_WARM_START_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "model/job.h"
#include "model/trial.h"
#include "server/policy/curves/known_job.h"

namespace zeus::bso::curves {

// Starts `known`, which has no results yet, with what `source` has learned about the sizes that both have. Costs are
// weighed anew where eta_knob or max_power differ, and give only their shape where gpu_model or number_of_gpus do. If
// the target is another one, epochs are not taken over.
void WarmStart(const KnownJob& source, KnownJob& known);

// Whether a trial can teach another job: it has ended, and recorded its epochs.
bool Teaches(const Trial& trial);

// What the curves policy would have learned from these trials of a job of another policy, in the order in which they
// ended, after those of its base. Only trials that recorded their epochs teach; nothing: there is none, and no base.
// With many sizes each result takes long, so that only the newest are used: 10,000 for up to 50 sizes, 300 for 256.
std::optional<KnownJob> LearnFromTrials(const JobSpec& spec, const std::optional<CurvesBase>& base,
                                        std::vector<Trial> trials);

struct EpochProfile {
  int64_t batch_size = 0;  // One of the job's.
  TimedEpoch epoch = {};
};

// Learns from a profile, unless a training has timed the size, or the last profile of the size was equal.
void LearnProfile(const EpochProfile& profile, KnownJob& known);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_WARM_START_H_
