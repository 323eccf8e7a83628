// The checks of one record of an exported job, whatever came before it.
#ifndef ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_JOB_RECORD_H_
#define ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_JOB_RECORD_H_

#include "absl/status/status.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// Each field within the bounds that its proto comment states, and fit for the others of its record. INVALID_FIELD names
// every field that is not, such as "trial.end_time".
absl::Status Validate(const v1::JobRecord& record);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_JOB_RECORD_H_
