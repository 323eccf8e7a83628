// Changes the specification of a job that is registered: UpdateJob of zeus.bso.v1.BatchSizeOptimizer.
#ifndef ZEUS_BSO_SERVER_SERVICE_JOB_UPDATE_H_
#define ZEUS_BSO_SERVER_SERVICE_JOB_UPDATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/job.h"

namespace zeus::bso {

class ZeusService;

// A field that was changed, and what that means, in a sentence.
struct FieldChange {
  std::string field;
  std::string meaning;
};

// Changes the specification of the fetched job `next.job_id` to `next`, which is within the bounds of a new one's, and
// what is known with it. Returns the fields that differed; if there are none, nothing is changed. FIELD_FIXED: some of
// them cannot change, which metadata "fields" names. INVALID_FIELD: too much for POLICY_CURVES.
absl::StatusOr<std::vector<FieldChange>> UpdateJob(ZeusService& service, const JobSpec& next);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_JOB_UPDATE_H_
