// Converts warnings, latest results, histories and summaries of a job. Messages are already validated (validate.h).
#ifndef ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_JOB_NOTICES_H_
#define ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_JOB_NOTICES_H_

#include "model/job.h"
#include "model/job_summary.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::api {

// With the sentences for people.
void ToProto(const Warning& warning, v1::Warning& message);
void ToProto(const LatestResults& results, v1::LatestResults& message);
void ToProto(const TrialHistory& history, v1::TrialHistory& message);
void ToProto(const JobSummary& summary, v1::JobSummary& message);
v1::Saving ToProto(const Saving& saving);

Warning FromProto(const v1::Warning& message);
LatestResults FromProto(const v1::LatestResults& message);
// Where trials are kept from, `first`, is not in the message.
TrialHistory FromProto(const v1::TrialHistory& message);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_JOB_NOTICES_H_
