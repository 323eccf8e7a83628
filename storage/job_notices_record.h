// The part of a job's record that tells how its latest trials ended, and what to look at.
#ifndef ZEUS_BSO_STORAGE_JOB_NOTICES_RECORD_H_
#define ZEUS_BSO_STORAGE_JOB_NOTICES_RECORD_H_

#include "absl/status/status.h"
#include "model/job.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {

void FillNotices(const Job& job, v1::JobRecord& record);

// STORAGE_CORRUPTED.
absl::Status ReadNotices(const v1::JobRecord& record, Job& job);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_NOTICES_RECORD_H_
