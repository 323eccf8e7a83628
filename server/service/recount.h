// What a job's record says of all its trials together, made again from the trials: after a correction, when what was
// counted as they ended does not hold any more.
#ifndef ZEUS_BSO_SERVER_SERVICE_RECOUNT_H_
#define ZEUS_BSO_SERVER_SERVICE_RECOUNT_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/job.h"
#include "model/trial.h"
#include "storage/session.h"

namespace zeus::bso {

// The running trials of a fetched job, by number. Reads all trials since the oldest of them.
absl::StatusOr<std::vector<Trial>> FindRunningTrials(storage::Session& session, absl::string_view job_id);

// Sets min_cost and its size: of the trials that count, at the job's sizes, since the target was changed last. Reads
// all trials that are kept; of those that were collected, the least costly one of each size counts.
absl::Status RecountMinCost(storage::Session& session, Job& job);

// Sets how the latest of the newest 1,000 trials ended. If fewer are kept, it goes on from what is known of those that
// were collected.
absl::Status RecountLatestResults(storage::Session& session, Job& job);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_RECOUNT_H_
