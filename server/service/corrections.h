// Takes back what went wrong in a job: VoidTrial and ResetBatchSize of zeus.bso.v1.BatchSizeOptimizer.
#ifndef ZEUS_BSO_SERVER_SERVICE_CORRECTIONS_H_
#define ZEUS_BSO_SERVER_SERVICE_CORRECTIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/trial.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {

// Marks a fetched trial of a fetched job, so that it does not count any more. A job of the Zeus policy has forgotten it
// then; one of the curves policy is to be learned anew. One that does not count already stays as it is. TRIAL_RUNNING:
// it has not ended.
absl::StatusOr<const Trial*> VoidTrial(ZeusService& service, const TrialKey& key, absl::string_view reason);

// Forgets that trials at one of the sizes of a fetched job failed; if they ran out of memory, also those at greater
// sizes. Returns the sizes of which something was forgotten. BATCH_SIZE_NOT_IN_JOB.
absl::StatusOr<std::vector<int64_t>> ResetBatchSize(ZeusService& service, absl::string_view job_id, int64_t batch_size);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_CORRECTIONS_H_
