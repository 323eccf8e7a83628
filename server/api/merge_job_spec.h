// The specification of a job as an UpdateJobRequest would have it.
#ifndef ZEUS_BSO_SERVER_API_MERGE_JOB_SPEC_H_
#define ZEUS_BSO_SERVER_API_MERGE_JOB_SPEC_H_

#include "absl/status/statusor.h"
#include "model/job.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::api {

// `present` with the fields that the request names, which must exist. beta_knob and disable_early_stop replace each
// other. INVALID_FIELD: the result is out of its bounds.
absl::StatusOr<JobSpec> MergeJobSpec(const JobSpec& present, const v1::UpdateJobRequest& request);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_MERGE_JOB_SPEC_H_
