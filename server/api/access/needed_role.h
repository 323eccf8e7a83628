// Which role each method needs, by the type of its requests.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_NEEDED_ROLE_H_
#define ZEUS_BSO_SERVER_API_ACCESS_NEEDED_ROLE_H_

#include <type_traits>

#include "server/api/access/role.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

template <typename Request, typename... Listed>
inline constexpr bool kIsOneOf = (std::is_same_v<Request, Listed> || ...);

// A type that is on no list does not compile.
template <typename Request>
constexpr Role NeededRole() {
  if constexpr (kIsOneOf<Request, v1::ListJobsRequest, v1::ListTrialsRequest, v1::WatchJobRequest,
                         v1::ExplainJobRequest, v1::GetArmsRequest, v1::GetArmRequest, v1::GetExplorationsOfJobRequest,
                         v1::GetJobRequest, v1::GetTrialRequest, v1::GetTrialResultsOfBatchSizeRequest,
                         v1::ExportJobRequest>) {
    return Role::kReader;
  } else if constexpr (kIsOneOf<Request, v1::RegisterJobRequest, v1::ProfileJobRequest, v1::StartTrialRequest,
                                v1::ReportResultRequest, v1::HeartbeatRequest, v1::EndTrialRequest,
                                v1::UpdateJobRequest, v1::VoidTrialRequest, v1::ResetBatchSizeRequest>) {
    return Role::kTrainer;
  } else {
    // A draw advances the generator of its job, so it is a change.
    static_assert(kIsOneOf<Request, v1::DeleteJobRequest, v1::UpdateTrialRequest, v1::UpdateArmStateRequest,
                           v1::UpdateExpDefaultBatchSizeRequest, v1::CreateTrialRequest, v1::GetRandomChoicesRequest,
                           v1::GetNormalRequest, v1::CreateJobRequest, v1::CreateArmsRequest, v1::UpdateJobStageRequest,
                           v1::SessionRequest, v1::JobRecord>,
                  "say above which role this method needs");
    return Role::kAdmin;
  }
}

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_NEEDED_ROLE_H_
