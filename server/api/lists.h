// Lists, a bounded page at a time. Requests are taken as validated, but for their page tokens: INVALID_FIELD.
#ifndef ZEUS_BSO_SERVER_API_LISTS_H_
#define ZEUS_BSO_SERVER_API_LISTS_H_

#include "absl/status/status.h"
#include "server/api/access/permissions.h"
#include "storage/session.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::api {

// The jobs that a caller may see, by job_id ascending. A job that is created or deleted between two pages is in the
// list or not; every other one is in it once.
absl::Status ListJobs(storage::Session& session, const Permissions& permissions, const v1::ListJobsRequest& request,
                      v1::ListJobsResponse& response);

// Trials of a job by number ascending. JOB_NOT_FOUND.
absl::Status ListTrials(storage::Session& session, const v1::ListTrialsRequest& request,
                        v1::ListTrialsResponse& response);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_LISTS_H_
