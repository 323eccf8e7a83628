// What each method of zeus.bso.v1.ZeusService does within a session, one pair of functions a request. Requests are
// taken as validated.
//
// Fetch fetches the records that the method needs, for a call that is a session of its own: JOB_NOT_FOUND,
// TRIAL_NOT_FOUND or ARM_NOT_FOUND where one is missing.
//
// Apply does the method's work on records that were fetched and fills in `response`, which is empty. Errors as those of
// the method in server/service/zeus_service.h.
#ifndef ZEUS_BSO_SERVER_API_ZEUS_OPERATIONS_H_
#define ZEUS_BSO_SERVER_API_ZEUS_OPERATIONS_H_

#include "absl/status/status.h"
#include "server/service/zeus_service.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// Reads need nothing fetched, nor does a change that has no record to change yet.
template <typename Request>
absl::Status Fetch(ZeusService&, const Request&) {
  return absl::OkStatus();
}
absl::Status Fetch(ZeusService& service, const v1::UpdateTrialRequest& request);
absl::Status Fetch(ZeusService& service, const v1::UpdateArmStateRequest& request);
absl::Status Fetch(ZeusService& service, const v1::UpdateExpDefaultBatchSizeRequest& request);
absl::Status Fetch(ZeusService& service, const v1::CreateTrialRequest& request);
absl::Status Fetch(ZeusService& service, const v1::GetRandomChoicesRequest& request);
absl::Status Fetch(ZeusService& service, const v1::GetNormalRequest& request);
absl::Status Fetch(ZeusService& service, const v1::GetTrialResultsOfBatchSizeRequest& request);
absl::Status Fetch(ZeusService& service, const v1::CreateArmsRequest& request);
absl::Status Fetch(ZeusService& service, const v1::UpdateJobStageRequest& request);

absl::Status Apply(ZeusService& service, const v1::GetArmsRequest& request, v1::GetArmsResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetArmRequest& request, v1::GetArmResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetExplorationsOfJobRequest& request,
                   v1::GetExplorationsOfJobResponse& response);
absl::Status Apply(ZeusService& service, const v1::UpdateTrialRequest& request, v1::UpdateTrialResponse& response);
absl::Status Apply(ZeusService& service, const v1::UpdateArmStateRequest& request,
                   v1::UpdateArmStateResponse& response);
absl::Status Apply(ZeusService& service, const v1::UpdateExpDefaultBatchSizeRequest& request,
                   v1::UpdateExpDefaultBatchSizeResponse& response);
absl::Status Apply(ZeusService& service, const v1::CreateTrialRequest& request, v1::CreateTrialResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetRandomChoicesRequest& request,
                   v1::GetRandomChoicesResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetNormalRequest& request, v1::GetNormalResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetJobRequest& request, v1::GetJobResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetTrialRequest& request, v1::GetTrialResponse& response);
absl::Status Apply(ZeusService& service, const v1::CreateJobRequest& request, v1::CreateJobResponse& response);
absl::Status Apply(ZeusService& service, const v1::GetTrialResultsOfBatchSizeRequest& request,
                   v1::GetTrialResultsOfBatchSizeResponse& response);
absl::Status Apply(ZeusService& service, const v1::CreateArmsRequest& request, v1::CreateArmsResponse& response);
absl::Status Apply(ZeusService& service, const v1::UpdateJobStageRequest& request,
                   v1::UpdateJobStageResponse& response);
absl::Status Apply(ZeusService& service, const v1::DeleteJobRequest& request, v1::DeleteJobResponse& response);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ZEUS_OPERATIONS_H_
