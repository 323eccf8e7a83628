// Converts warnings, latest results and summaries of a job. Messages are already validated (validate.h).
#ifndef ZEUS_BSO_SERVER_RPC_CONVERT_JOB_NOTICES_H_
#define ZEUS_BSO_SERVER_RPC_CONVERT_JOB_NOTICES_H_

#include "model/job.h"
#include "model/job_summary.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::rpc {

// With the sentences for people.
void ToProto(const Warning& warning, v1::Warning& message);
void ToProto(const LatestResults& results, v1::LatestResults& message);
void ToProto(const JobSummary& summary, v1::JobSummary& message);
v1::Saving ToProto(const Saving& saving);

Warning FromProto(const v1::Warning& message);
LatestResults FromProto(const v1::LatestResults& message);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_CONVERT_JOB_NOTICES_H_
