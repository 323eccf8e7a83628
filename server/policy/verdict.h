// What a report is answered with. The verdict on an ended trial follows from its record, so that a repeated final
// report gets the same sentence.
#ifndef ZEUS_BSO_SERVER_POLICY_VERDICT_H_
#define ZEUS_BSO_SERVER_POLICY_VERDICT_H_

#include <optional>
#include <string>

#include "server/model/job.h"
#include "server/model/trial.h"

namespace zeus::bso {

struct Verdict {
  bool stop_train = false;
  bool converged = false;
  std::string message = {};                            // Why, for people, with the numbers that decided.
  std::optional<EndReason> end_reason = std::nullopt;  // Absent while training goes on, and where it was not recorded.
};

// Whether a metric reaches the target of the job. Tolerates float32 rounding: metrics that miss the target by at most
// 1e-6 of it count. NaN never does.
bool ReachesTarget(const JobSpec& spec, double metric);

// The verdict on a trial that succeeded.
Verdict VerdictOn(const JobSpec& spec, const Trial& trial);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_VERDICT_H_
