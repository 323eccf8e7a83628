// Learns from a trial, in the values that a server keeps. On top of learn.h. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_TRIAL_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_TRIAL_H_

#include <vector>

#include "model/curves.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

// The costs of a run so far.
Progress ProgressOf(const JobSpec& spec, const TrialProgress& progress);

// Takes a trial that has ended into `job` and `sizes`, all of the job's. `beliefs` are those before it. A trial that
// ended in a result or gave up counts as at least one epoch; a result whose epochs are not known teaches nothing.
void LearnTrial(const Beliefs& beliefs, Kind kind, const Trial& trial, const JobSpec& spec, JobState& job,
                std::vector<CurvesSize>& sizes);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_LEARN_TRIAL_H_
