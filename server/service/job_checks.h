// Checks that several methods of the service make first.
#ifndef ZEUS_BSO_SERVER_SERVICE_JOB_CHECKS_H_
#define ZEUS_BSO_SERVER_SERVICE_JOB_CHECKS_H_

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/job.h"

namespace zeus::bso {

// BATCH_SIZE_NOT_IN_JOB.
inline absl::Status CheckBatchSize(const Job& job, int64_t batch_size) {
  if (std::binary_search(job.spec.batch_sizes.begin(), job.spec.batch_sizes.end(), batch_size)) return absl::OkStatus();
  return MakeError(Reason::kBatchSizeNotInJob,
                   absl::StrCat(batch_size, " is not one of the batch sizes of job '", job.spec.job_id, "'"));
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_JOB_CHECKS_H_
