// The errors for records that are not there.
#ifndef ZEUS_BSO_SERVER_SERVICE_NOT_FOUND_H_
#define ZEUS_BSO_SERVER_SERVICE_NOT_FOUND_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

absl::Status JobNotFound(absl::string_view job_id);
// `job`: the one that has no such trial.
absl::Status TrialNotFound(const Job& job, const TrialKey& key);
absl::Status ArmNotFound(absl::string_view job_id, int64_t batch_size);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_NOT_FOUND_H_
