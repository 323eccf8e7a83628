#include "server/api/session_operations.h"

#include "model/status_macros.h"
#include "server/api/access/needed_role.h"
#include "server/api/errors/field_errors.h"
#include "server/api/job_access.h"
#include "server/api/validation/validate.h"
#include "server/api/zeus_operations.h"

namespace zeus::bso::api {
namespace {

template <typename Request, typename Response>
absl::Status Serve(ZeusService& service, const Permissions& permissions, const Request& request, Response& response) {
  ZB_RETURN_IF_ERROR(Validate(request));
  ZB_RETURN_IF_ERROR(CheckJobs(permissions, request, NeededRole<v1::SessionRequest>()));
  return Apply(service, request, response);
}

}  // namespace

absl::Status ServeInSession(ZeusService& service, const Permissions& permissions, const v1::SessionRequest& request,
                            v1::SessionResponse& response) {
  switch (request.request_case()) {
    case v1::SessionRequest::kGetArms:
      return Serve(service, permissions, request.get_arms(), *response.mutable_get_arms());
    case v1::SessionRequest::kGetArm:
      return Serve(service, permissions, request.get_arm(), *response.mutable_get_arm());
    case v1::SessionRequest::kGetExplorationsOfJob:
      return Serve(service, permissions, request.get_explorations_of_job(),
                   *response.mutable_get_explorations_of_job());
    case v1::SessionRequest::kUpdateTrial:
      return Serve(service, permissions, request.update_trial(), *response.mutable_update_trial());
    case v1::SessionRequest::kUpdateArmState:
      return Serve(service, permissions, request.update_arm_state(), *response.mutable_update_arm_state());
    case v1::SessionRequest::kUpdateExpDefaultBatchSize:
      return Serve(service, permissions, request.update_exp_default_batch_size(),
                   *response.mutable_update_exp_default_batch_size());
    case v1::SessionRequest::kCreateTrial:
      return Serve(service, permissions, request.create_trial(), *response.mutable_create_trial());
    case v1::SessionRequest::kGetRandomChoices:
      return Serve(service, permissions, request.get_random_choices(), *response.mutable_get_random_choices());
    case v1::SessionRequest::kGetNormal:
      return Serve(service, permissions, request.get_normal(), *response.mutable_get_normal());
    case v1::SessionRequest::kGetJob:
      return Serve(service, permissions, request.get_job(), *response.mutable_get_job());
    case v1::SessionRequest::kGetTrial:
      return Serve(service, permissions, request.get_trial(), *response.mutable_get_trial());
    case v1::SessionRequest::kCreateJob:
      return Serve(service, permissions, request.create_job(), *response.mutable_create_job());
    case v1::SessionRequest::kGetTrialResultsOfBatchSize:
      return Serve(service, permissions, request.get_trial_results_of_batch_size(),
                   *response.mutable_get_trial_results_of_batch_size());
    case v1::SessionRequest::kCreateArms:
      return Serve(service, permissions, request.create_arms(), *response.mutable_create_arms());
    case v1::SessionRequest::kUpdateJobStage:
      return Serve(service, permissions, request.update_job_stage(), *response.mutable_update_job_stage());
    case v1::SessionRequest::kDeleteJob:
      return Serve(service, permissions, request.delete_job(), *response.mutable_delete_job());
    case v1::SessionRequest::kCommit:
    case v1::SessionRequest::kSequence:
    case v1::SessionRequest::REQUEST_NOT_SET:
      break;
  }
  FieldErrors errors;
  errors.Check(false, "request", "must be set, to something that this server knows");
  return errors.ToStatus();
}

}  // namespace zeus::bso::api
