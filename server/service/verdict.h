// What a report is answered with. The verdict on an ended trial follows from its record, so that a repeated final
// report gets the same sentence.
#ifndef ZEUS_BSO_SERVER_SERVICE_VERDICT_H_
#define ZEUS_BSO_SERVER_SERVICE_VERDICT_H_

#include <optional>
#include <string>

#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

struct Verdict {
  bool stop_train = false;
  bool converged = false;
  std::string message = {};                            // Why, for people, with the numbers that decided.
  std::optional<EndReason> end_reason = std::nullopt;  // Absent while training goes on, and where it was not recorded.
};

// The verdict on a trial that succeeded.
Verdict VerdictOn(const JobSpec& spec, const Trial& trial);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_VERDICT_H_
