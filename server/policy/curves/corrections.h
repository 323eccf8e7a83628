// What is done to the knowledge of a job when its specification changes, or a size is reset. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_CORRECTIONS_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_CORRECTIONS_H_

#include <cstdint>
#include <vector>

#include "model/curves.h"
#include "model/job.h"
#include "server/policy/curves/known_job.h"

namespace zeus::bso::curves {

// What differs between two specifications that matters for what is known. Its revision is 0.
Change ChangeBetween(const JobSpec& from, const JobSpec& to);

// Whether anything differs.
inline bool Matters(const Change& change) { return change.machine || change.target || change.weights; }

// Remembers a change, as the latest one.
void AddChange(const Change& change, CurvesJob& job);

// The revision of the last change of the target; 0: there was none.
int64_t TargetRevision(const CurvesJob& job);

// Changes costs from the weights of one specification to those of another. Sizes whose epochs cost nothing in either
// count as not timed.
void WeighAnew(const JobSpec& from, const JobSpec& to, KnownJob& known);

// The target has changed: how many epochs the sizes need is not known any more.
void ForgetEpochs(KnownJob& known);

// The machine has changed: costs keep their shape, until the first reading sets their level.
void ChangeMachine(KnownJob& known);

// Changes the specification of a job, and with it what is known. Nothing is known of sizes that are added. `revision`
// is that of the job after the change.
void ChangeSpec(const JobSpec& to, int64_t revision, KnownJob& known);

// The same for the base of a job of the specification `from`. Changes of machine and target came later.
void ChangeSpecOfBase(const JobSpec& from, const JobSpec& to, CurvesBase& base);

// Forgets that trials at the size failed or ran out of memory; if they did the latter, also for all greater sizes.
// Returns the sizes of which something was forgotten.
std::vector<int64_t> ResetSize(int64_t batch_size, KnownJob& known);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_CORRECTIONS_H_
