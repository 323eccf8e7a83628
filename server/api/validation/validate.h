// What every request is checked for before any work: each field within the bounds that its proto comment states.
// Answers INVALID_FIELD naming every field that is not (field_errors.h).
#ifndef ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_H_
#define ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_H_

#include "absl/status/status.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

absl::Status Validate(const v1::RegisterJobRequest& request);
absl::Status Validate(const v1::ProfileJobRequest& request);
absl::Status Validate(const v1::StartTrialRequest& request);
absl::Status Validate(const v1::ReportResultRequest& request);
absl::Status Validate(const v1::HeartbeatRequest& request);
absl::Status Validate(const v1::EndTrialRequest& request);
// But for the specification, which is checked as it will be.
absl::Status Validate(const v1::UpdateJobRequest& request);
absl::Status Validate(const v1::VoidTrialRequest& request);
absl::Status Validate(const v1::ResetBatchSizeRequest& request);
absl::Status Validate(const v1::DeleteJobRequest& request);
absl::Status Validate(const v1::ListJobsRequest& request);
absl::Status Validate(const v1::ListTrialsRequest& request);
absl::Status Validate(const v1::WatchJobRequest& request);
absl::Status Validate(const v1::ExplainJobRequest& request);

absl::Status Validate(const v1::GetArmsRequest& request);
absl::Status Validate(const v1::GetArmRequest& request);
absl::Status Validate(const v1::GetExplorationsOfJobRequest& request);
absl::Status Validate(const v1::UpdateTrialRequest& request);
absl::Status Validate(const v1::UpdateArmStateRequest& request);
absl::Status Validate(const v1::UpdateExpDefaultBatchSizeRequest& request);
absl::Status Validate(const v1::CreateTrialRequest& request);
absl::Status Validate(const v1::GetRandomChoicesRequest& request);
absl::Status Validate(const v1::GetNormalRequest& request);
absl::Status Validate(const v1::GetJobRequest& request);
absl::Status Validate(const v1::GetTrialRequest& request);
absl::Status Validate(const v1::CreateJobRequest& request);
absl::Status Validate(const v1::GetTrialResultsOfBatchSizeRequest& request);
absl::Status Validate(const v1::CreateArmsRequest& request);
absl::Status Validate(const v1::UpdateJobStageRequest& request);
// But for its requests, each of which is checked when its turn comes.
absl::Status Validate(const v1::SequenceRequest& request);
absl::Status Validate(const v1::ExportJobRequest& request);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_H_
