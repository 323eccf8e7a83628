// The methods of zeus.bso.v1.BatchSizeOptimizer.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "model/record_fields.h"
#include "model/status_macros.h"
#include "server/api/answer_once.h"
#include "server/api/conversion/convert.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/conversion/convert_explanation.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/api/conversion/convert_time.h"
#include "server/api/lists.h"
#include "server/api/merge_job_spec.h"
#include "server/api/methods.h"
#include "server/service/corrections.h"
#include "server/service/job_update.h"
#include "server/service/not_found.h"
#include "server/service/optimizer.h"
#include "server/service/summary.h"

namespace zeus::bso::api {
namespace {

using storage::Session;

Report FromProto(const v1::ReportResultRequest& request) {
  Report report = {.trial = KeyOf(request)};
  if (request.has_time_seconds()) report.time_seconds = request.time_seconds();
  if (request.has_energy_joules()) report.energy_joules = request.energy_joules();
  if (request.has_metric()) report.metric = request.metric();
  if (request.has_current_epoch()) report.current_epoch = request.current_epoch();
  const v1::ReportBase& base = request.base();
  report.base = {.epochs = base.epochs(), .time_seconds = base.time_seconds(), .energy_joules = base.energy_joules()};
  return report;
}

IfExists FromProto(v1::IfExists if_exists) {
  switch (if_exists) {
    case v1::IF_EXISTS_KEEP:
      return IfExists::kKeep;
    case v1::IF_EXISTS_UPDATE:
      return IfExists::kUpdate;
    default:
      return IfExists::kFail;
  }
}

void ToProto(const std::vector<FieldChange>& changes, google::protobuf::RepeatedPtrField<v1::FieldChange>& messages) {
  for (const FieldChange& change : changes) {
    v1::FieldChange& message = *messages.Add();
    message.set_field(change.field);
    message.set_meaning(change.meaning);
  }
}

NewJobPolicy PolicyFor(const v1::JobSpec& spec, PolicyKind default_policy) {
  NewJobPolicy policy{.asked_for = std::nullopt, .otherwise = default_policy};
  if (spec.policy() != v1::POLICY_UNSPECIFIED) policy.asked_for = bso::api::FromProto(spec.policy());
  return policy;
}

std::vector<curves::EpochProfile> ProfilesOf(const v1::ProfileJobRequest& request) {
  std::vector<curves::EpochProfile> profiles;
  for (const v1::EpochProfile& message : request.profiles()) {
    curves::EpochProfile& profile = profiles.emplace_back();
    profile.batch_size = message.batch_size();
    profile.epoch.seconds = message.seconds();
    profile.epoch.joules = message.joules();
    if (message.has_relative_error()) profile.epoch.relative_error = message.relative_error();
  }
  return profiles;
}

// Runs `method` for a request that has a request_id.
template <typename Request, typename Response>
absl::Status Repeatable(const Call& call, const Request& request, Response& response,
                        absl::FunctionRef<absl::Status(bso::ZeusService&)> method) {
  const auto answer = [&] {
    bso::ZeusService service = ServiceOf(call);
    return method(service);
  };
  if (request.request_id().empty()) return answer();
  Request without_id = request;
  without_id.clear_request_id();
  return AnswerOnce(call.session, request.request_id(), without_id, response,
                    call.now.serving + call.backend.request_id_ttl, answer);
}

// Runs `method` for a correction, which can be tried.
absl::Status Correction(const Call& call, bool dry_run, absl::FunctionRef<absl::Status(bso::ZeusService&)> method) {
  // A dry run works in a session that is never committed.
  std::optional<Session> tried;
  if (dry_run) tried.emplace(call.backend.store.Begin());
  bso::ZeusService service(tried.has_value() ? *tried : call.session, call.now, call.backend.limits,
                           &call.backend.memory);
  return method(service);
}

// Whether the caller may see the job that a new one is to start with. JOB_NOT_FOUND.
absl::Status CheckWarmStart(const Call& call, const v1::RegisterJobRequest& request, bso::ZeusService& service) {
  if (request.warm_start().empty()) return absl::OkStatus();
  if (!request.spec().job_id().empty()) {
    ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(request.spec().job_id()));
    if (job != nullptr) return absl::OkStatus();
  }
  return call.permissions.CheckJob(request.warm_start(), Role::kReader);
}

}  // namespace

namespace batch_size_optimizer {

absl::Status RegisterJob(const Call& call, const v1::RegisterJobRequest& request, v1::RegisterJobResponse& response) {
  return Repeatable(call, request, response, [&](bso::ZeusService& service) -> absl::Status {
    ZB_RETURN_IF_ERROR(CheckWarmStart(call, request, service));
    ZB_ASSIGN_OR_RETURN(
        const Registration registration,
        Optimizer(service).Register(FromProto(request.spec()), PolicyFor(request.spec(), call.backend.default_policy),
                                    request.warm_start(), FromProto(request.if_exists())));
    ToProto(*registration.job, *response.mutable_job());
    response.set_created(registration.created);
    for (const std::string& field : registration.differing_fields) response.add_differing_fields(field);
    ToProto(registration.changes, *response.mutable_changes());
    return absl::OkStatus();
  });
}

absl::Status ProfileJob(const Call& call, const v1::ProfileJobRequest& request, v1::ProfileJobResponse& response) {
  bso::ZeusService service = ServiceOf(call);
  ZB_ASSIGN_OR_RETURN(const Job* const job, Optimizer(service).ProfileJob(request.job_id(), ProfilesOf(request)));
  ToProto(*job, *response.mutable_job());
  return absl::OkStatus();
}

absl::Status StartTrial(const Call& call, const v1::StartTrialRequest& request, v1::StartTrialResponse& response) {
  return Repeatable(call, request, response, [&](bso::ZeusService& service) -> absl::Status {
    ZB_ASSIGN_OR_RETURN(const StartedRun run, Optimizer(service).StartTrial(request.job_id(), request.client_id()));
    ToProto(*run.trial, *response.mutable_trial());
    if (run.resume_from.has_value()) FillProgress(*run.resume_from, *response.mutable_resume_from());
    return absl::OkStatus();
  });
}

absl::Status ReportResult(const Call& call, const v1::ReportResultRequest& request,
                          v1::ReportResultResponse& response) {
  bso::ZeusService service = ServiceOf(call);
  const Report report = FromProto(request);
  ZB_ASSIGN_OR_RETURN(Verdict verdict, Optimizer(service).TakeReport(report));
  if (!verdict.stop_train) {
    call.session.AllowUnwritten();
    // Should this body run again, watchers leave the second report of the same epoch out.
    call.backend.watchers.OnReport(report.trial, TotalsOf(report));
  }
  response.set_stop_train(verdict.stop_train);
  response.set_converged(verdict.converged);
  response.set_message(std::move(verdict.message));
  if (verdict.end_reason.has_value()) response.set_end_reason(ToProto(*verdict.end_reason));
  return absl::OkStatus();
}

absl::Status Heartbeat(const Call& call, const v1::HeartbeatRequest& request, v1::HeartbeatResponse& response) {
  bso::ZeusService service = ServiceOf(call);
  std::optional<absl::Duration> interval;
  if (request.has_interval()) interval = FromProto(request.interval());
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, Optimizer(service).Heartbeat(KeyOf(request), interval));
  if (trial->status == TrialStatus::kDispatched) call.session.AllowUnwritten();
  ToProto(*trial, *response.mutable_trial());
  return absl::OkStatus();
}

absl::Status EndTrial(const Call& call, const v1::EndTrialRequest& request, v1::EndTrialResponse& response) {
  bso::ZeusService service = ServiceOf(call);
  ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                      Optimizer(service).EndTrial(KeyOf(request), FromProto(request.failure())));
  ToProto(*trial, *response.mutable_trial());
  return absl::OkStatus();
}

absl::Status UpdateJob(const Call& call, const v1::UpdateJobRequest& request, v1::UpdateJobResponse& response) {
  return Correction(call, request.dry_run(), [&](bso::ZeusService& service) -> absl::Status {
    const std::string& job_id = request.spec().job_id();
    ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(job_id));
    if (job == nullptr) return JobNotFound(job_id);
    ZB_ASSIGN_OR_RETURN(const JobSpec next, MergeJobSpec(job->spec, request));
    ZB_ASSIGN_OR_RETURN(const std::vector<FieldChange> changes, bso::UpdateJob(service, next));
    ToProto(*job, *response.mutable_job());
    ToProto(changes, *response.mutable_changes());
    return absl::OkStatus();
  });
}

absl::Status VoidTrial(const Call& call, const v1::VoidTrialRequest& request, v1::VoidTrialResponse& response) {
  return Correction(call, request.dry_run(), [&](bso::ZeusService& service) -> absl::Status {
    const TrialKey key = KeyOf(request);
    ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(key.job_id));
    if (job == nullptr) return JobNotFound(key.job_id);
    ZB_ASSIGN_OR_RETURN(const Trial* const trial, service.GetTrial(key));
    if (trial == nullptr) return TrialNotFound(*job, key);
    ZB_ASSIGN_OR_RETURN(const Trial* const voided, bso::VoidTrial(service, key, request.reason()));
    ToProto(*voided, *response.mutable_trial());
    ToProto(*job, *response.mutable_job());
    return absl::OkStatus();
  });
}

absl::Status ResetBatchSize(const Call& call, const v1::ResetBatchSizeRequest& request,
                            v1::ResetBatchSizeResponse& response) {
  return Correction(call, request.dry_run(), [&](bso::ZeusService& service) -> absl::Status {
    ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(request.job_id()));
    if (job == nullptr) return JobNotFound(request.job_id());
    ZB_ASSIGN_OR_RETURN(const std::vector<int64_t> reset,
                        bso::ResetBatchSize(service, request.job_id(), request.batch_size()));
    ToProto(*job, *response.mutable_job());
    for (const int64_t batch_size : reset) response.add_batch_sizes(batch_size);
    return absl::OkStatus();
  });
}

absl::Status DeleteJob(const Call& call, const v1::DeleteJobRequest& request, v1::DeleteJobResponse& response) {
  bso::ZeusService service = ServiceOf(call);
  ZB_RETURN_IF_ERROR(Optimizer(service).DeleteJob(request.job_id()));
  response.set_deleted(true);
  return absl::OkStatus();
}

absl::Status ListJobs(const Call& call, const v1::ListJobsRequest& request, v1::ListJobsResponse& response) {
  return bso::api::ListJobs(call.session, call.permissions, request, response);
}

absl::Status ListTrials(const Call& call, const v1::ListTrialsRequest& request, v1::ListTrialsResponse& response) {
  // On a snapshot: a long list would hold the lock of the job for too long.
  Session snapshot = call.backend.store.Begin();
  return bso::api::ListTrials(snapshot, request, response);
}

absl::Status ExplainJob(const Call& call, const v1::ExplainJobRequest& request, v1::ExplainJobResponse& response) {
  bso::ZeusService service = ServiceOf(call);
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(request.job_id()));
  if (job == nullptr) return JobNotFound(request.job_id());
  ZB_ASSIGN_OR_RETURN(const bso::ZeusService::JobExplanation explanation, service.ExplainJob(request.job_id()));
  ToProto(*job, *response.mutable_job());
  ToProto(explanation.beliefs, response);
  if (explanation.next_batch_size.has_value()) response.set_next_batch_size(*explanation.next_batch_size);
  response.set_summary(Summarize(*job, explanation.beliefs));
  return absl::OkStatus();
}

}  // namespace batch_size_optimizer

}  // namespace zeus::bso::api
