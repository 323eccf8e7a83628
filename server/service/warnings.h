// Finds what somebody should look at in a job (zeus.bso.v1.WarningReason). Pure functions.
#ifndef ZEUS_BSO_SERVER_SERVICE_WARNINGS_H_
#define ZEUS_BSO_SERVER_SERVICE_WARNINGS_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/policy/policy.h"

namespace zeus::bso {

// A trial that runs for longer is worth a look.
inline constexpr absl::Duration kLongTrial = absl::Hours(3 * 24);

// Counts a trial that has ended among the latest results.
void CountResult(const Trial& ended, Job& job);

// All warnings of the job at `now`. Those that it has already keep their time. `oldest`: the running trial that was
// started first, if it is known.
std::vector<Warning> FindWarnings(const Job& job, const Outlook& outlook, const std::optional<StartedTrial>& oldest,
                                  absl::Time now);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_WARNINGS_H_
