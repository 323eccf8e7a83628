// Specifications of jobs as messages and back. Messages are taken as validated (validate_job_spec.h).
#ifndef ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_JOB_SPEC_H_
#define ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_JOB_SPEC_H_

#include "model/job.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::api {

// With the defaults filled in, and the batch sizes sorted.
JobSpec FromProto(const v1::JobSpec& message);
void ToProto(const JobSpec& spec, v1::JobSpec& message);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_JOB_SPEC_H_
