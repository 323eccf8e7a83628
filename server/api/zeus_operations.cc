#include "server/api/zeus_operations.h"

#include <optional>
#include <vector>

#include "model/status_macros.h"
#include "server/api/conversion/convert.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/service/not_found.h"

namespace zeus::bso::api {
namespace {

absl::Status FetchJob(ZeusService& service, absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(job_id));
  return job != nullptr ? absl::OkStatus() : JobNotFound(job_id);
}

// With its job.
absl::Status FetchTrial(ZeusService& service, const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(key.job_id));
  if (job == nullptr) return JobNotFound(key.job_id);
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, service.GetTrial(key));
  return trial != nullptr ? absl::OkStatus() : TrialNotFound(*job, key);
}

TrialKey KeyOf(const v1::UpdateArmStateRequest& request) {
  return {request.arm().job_id(), request.arm().batch_size(), request.trial_number()};
}

// All three parts of a result, or none.
std::optional<Result> ResultOf(const v1::UpdateTrialRequest& request) {
  if (!request.has_time_seconds() || !request.has_energy_joules() || !request.has_converged()) return std::nullopt;
  return Result{request.time_seconds(), request.energy_joules(), request.converged()};
}

std::optional<TrialProgress> ProgressOf(const v1::UpdateTrialRequest& request) {
  if (!request.has_epochs()) return std::nullopt;
  return TrialProgress{
      .epochs = request.epochs(), .time_seconds = request.time_seconds(), .energy_joules = request.energy_joules()};
}

}  // namespace

absl::Status Fetch(ZeusService& service, const v1::UpdateTrialRequest& request) {
  return FetchTrial(service, KeyOf(request));
}

absl::Status Fetch(ZeusService& service, const v1::UpdateArmStateRequest& request) {
  const TrialKey key = KeyOf(request);
  ZB_RETURN_IF_ERROR(FetchTrial(service, key));
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(key.job_id));
  if (job->spec.policy != PolicyKind::kZeus) return absl::OkStatus();  // The service refuses it.
  ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const arm, service.GetArm(key.job_id, key.batch_size));
  return arm != nullptr ? absl::OkStatus() : ArmNotFound(key.job_id, key.batch_size);
}

absl::Status Fetch(ZeusService& service, const v1::UpdateExpDefaultBatchSizeRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Fetch(ZeusService& service, const v1::CreateTrialRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Fetch(ZeusService& service, const v1::GetRandomChoicesRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Fetch(ZeusService& service, const v1::GetNormalRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Fetch(ZeusService& service, const v1::GetTrialResultsOfBatchSizeRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Fetch(ZeusService& service, const v1::CreateArmsRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Fetch(ZeusService& service, const v1::UpdateJobStageRequest& request) {
  return FetchJob(service, request.job_id());
}

absl::Status Apply(ZeusService& service, const v1::GetArmsRequest& request, v1::GetArmsResponse& response) {
  ZB_ASSIGN_OR_RETURN(const std::vector<GaussianTsArm> arms, service.GetArms(request.job_id()));
  for (const GaussianTsArm& arm : arms) ToProto(request.job_id(), arm, *response.add_arms());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetArmRequest& request, v1::GetArmResponse& response) {
  ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const arm, service.GetArm(request.job_id(), request.batch_size()));
  if (arm != nullptr) ToProto(request.job_id(), *arm, *response.mutable_arm());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetExplorationsOfJobRequest& request,
                   v1::GetExplorationsOfJobResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Explorations explorations, service.GetExplorationsOfJob(request.job_id()));
  for (const auto& [batch_size, trials] : explorations) {
    auto& of_size = *response.add_explorations();
    of_size.set_batch_size(batch_size);
    for (const Trial& trial : trials) ToProto(trial, *of_size.add_trials());
  }
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::UpdateTrialRequest& request, v1::UpdateTrialResponse& response) {
  const TrialEnd end{.status = FromProto(request.status()),
                     .result = ResultOf(request),
                     .failure = FromProto(request.failure()),
                     .progress = ProgressOf(request)};
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, service.UpdateTrial(KeyOf(request), end));
  ToProto(*trial, *response.mutable_trial());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::UpdateArmStateRequest& request, v1::UpdateArmStateResponse&) {
  return service.UpdateArmState(KeyOf(request), FromProto(request.arm()));
}

absl::Status Apply(ZeusService& service, const v1::UpdateExpDefaultBatchSizeRequest& request,
                   v1::UpdateExpDefaultBatchSizeResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.UpdateExpDefaultBatchSize(request.job_id(), request.batch_size()));
  ToProto(*job, *response.mutable_job());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::CreateTrialRequest& request, v1::CreateTrialResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                      service.CreateTrial(request.job_id(), request.batch_size(), FromProto(request.type())));
  ToProto(*trial, *response.mutable_trial());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetRandomChoicesRequest& request,
                   v1::GetRandomChoicesResponse& response) {
  const std::vector<int64_t> given(request.choices().begin(), request.choices().end());
  ZB_ASSIGN_OR_RETURN(const std::vector<int64_t> choices, service.GetRandomChoices(request.job_id(), given));
  response.mutable_choices()->Add(choices.begin(), choices.end());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetNormalRequest& request, v1::GetNormalResponse& response) {
  ZB_ASSIGN_OR_RETURN(const double value, service.GetNormal(request.job_id(), request.loc(), request.scale()));
  response.set_value(value);
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetJobRequest& request, v1::GetJobResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(request.job_id()));
  if (job == nullptr) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const std::optional<JobSummary> summary, service.GetSummary(request.job_id()));
  ToProto(*job, summary, *response.mutable_job());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetTrialRequest& request, v1::GetTrialResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, service.GetTrial(KeyOf(request)));
  if (trial != nullptr) ToProto(*trial, *response.mutable_trial());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::CreateJobRequest& request, v1::CreateJobResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.CreateJob(FromProto(request.spec())));
  ToProto(*job, *response.mutable_job());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::GetTrialResultsOfBatchSizeRequest& request,
                   v1::GetTrialResultsOfBatchSizeResponse& response) {
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results,
                      service.GetTrialResultsOfBatchSize(request.job_id(), request.batch_size()));
  for (const TrialResult& result : results) ToProto(result, *response.add_results());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::CreateArmsRequest& request, v1::CreateArmsResponse&) {
  std::vector<GaussianTsArm> arms;
  for (const v1::GaussianTsArm& arm : request.arms()) arms.push_back(FromProto(arm));
  return service.CreateArms(request.job_id(), arms);
}

absl::Status Apply(ZeusService& service, const v1::UpdateJobStageRequest& request,
                   v1::UpdateJobStageResponse& response) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.UpdateJobStage(request.job_id(), FromProto(request.stage())));
  ToProto(*job, *response.mutable_job());
  return absl::OkStatus();
}

absl::Status Apply(ZeusService& service, const v1::DeleteJobRequest& request, v1::DeleteJobResponse& response) {
  ZB_ASSIGN_OR_RETURN(const bool deleted, service.DeleteJob(request.job_id()));
  response.set_deleted(deleted);
  return absl::OkStatus();
}

}  // namespace zeus::bso::api
