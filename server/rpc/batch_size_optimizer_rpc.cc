#include "server/rpc/batch_size_optimizer_rpc.h"

#include "model/status_macros.h"
#include "server/rpc/admission.h"
#include "server/rpc/convert.h"
#include "server/rpc/convert_explanation.h"
#include "server/rpc/lists.h"
#include "server/rpc/request_id.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/watch_reactor.h"
#include "server/service/not_found.h"
#include "server/service/optimizer.h"
#include "server/service/summary.h"
#include "server/service/zeus_service.h"

namespace zeus::bso::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using storage::Session;

namespace {

Report FromProto(const v1::ReportResultRequest& request) {
  Report report = {.trial = KeyOf(request)};
  if (request.has_time_seconds()) report.time_seconds = request.time_seconds();
  if (request.has_energy_joules()) report.energy_joules = request.energy_joules();
  if (request.has_metric()) report.metric = request.metric();
  if (request.has_current_epoch()) report.current_epoch = request.current_epoch();
  return report;
}

NewJobPolicy PolicyFor(const v1::JobSpec& spec, PolicyKind default_policy) {
  NewJobPolicy policy{.asked_for = std::nullopt, .otherwise = default_policy};
  if (spec.policy() != v1::POLICY_UNSPECIFIED) policy.asked_for = bso::rpc::FromProto(spec.policy());
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

// As RunUnary, for requests that have a request_id; calls `operation(service)`.
template <typename Request, typename Response, typename Operation>
ServerUnaryReactor* RunRepeatable(const Backend& backend, CallbackServerContext* context, const Request* request,
                                  Response* response, Operation operation) {
  return RunUnary(backend, context, request, response, [=, &backend](Session& session, absl::Time now) -> absl::Status {
    const auto answer = [&] {
      bso::ZeusService service(session, now, backend.limits, &backend.memory);
      return operation(service);
    };
    if (request->request_id().empty()) return answer();
    Request without_id = *request;
    without_id.clear_request_id();
    return AnswerOnce(session, request->request_id(), without_id, *response, now + backend.request_id_ttl, answer);
  });
}

}  // namespace

BatchSizeOptimizerRpc::BatchSizeOptimizerRpc(const Backend& backend, JobWatchHub& hub) : backend_(backend), hub_(hub) {}

ServerUnaryReactor* BatchSizeOptimizerRpc::RegisterJob(CallbackServerContext* context,
                                                       const v1::RegisterJobRequest* request,
                                                       v1::RegisterJobResponse* response) {
  return RunRepeatable(backend_, context, request, response, [=, this](bso::ZeusService& service) -> absl::Status {
    ZB_ASSIGN_OR_RETURN(
        const Registration registration,
        Optimizer(service).Register(FromProto(request->spec()), PolicyFor(request->spec(), backend_.default_policy),
                                    request->warm_start()));
    ToProto(*registration.job, *response->mutable_job());
    response->set_created(registration.created);
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::ProfileJob(CallbackServerContext* context,
                                                      const v1::ProfileJobRequest* request,
                                                      v1::ProfileJobResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session& session, absl::Time now) -> absl::Status {
    bso::ZeusService service(session, now, backend_.limits, &backend_.memory);
    ZB_ASSIGN_OR_RETURN(const Job* const job, Optimizer(service).ProfileJob(request->job_id(), ProfilesOf(*request)));
    ToProto(*job, *response->mutable_job());
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::StartTrial(CallbackServerContext* context,
                                                      const v1::StartTrialRequest* request,
                                                      v1::StartTrialResponse* response) {
  return RunRepeatable(backend_, context, request, response, [=](bso::ZeusService& service) -> absl::Status {
    ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                        Optimizer(service).StartTrial(request->job_id(), request->client_id()));
    ToProto(*trial, *response->mutable_trial());
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::ReportResult(CallbackServerContext* context,
                                                        const v1::ReportResultRequest* request,
                                                        v1::ReportResultResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session& session, absl::Time now) -> absl::Status {
    bso::ZeusService service(session, now, backend_.limits, &backend_.memory);
    ZB_ASSIGN_OR_RETURN(Verdict verdict, Optimizer(service).TakeReport(FromProto(*request)));
    if (!verdict.stop_train) {
      session.AllowUnwritten();
      // Should this body run again, watchers leave the second report of the same epoch out.
      hub_.OnReport(*request);
    }
    response->set_stop_train(verdict.stop_train);
    response->set_converged(verdict.converged);
    response->set_message(std::move(verdict.message));
    if (verdict.end_reason.has_value()) response->set_end_reason(ToProto(*verdict.end_reason));
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::Heartbeat(CallbackServerContext* context,
                                                     const v1::HeartbeatRequest* request,
                                                     v1::HeartbeatResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session& session, absl::Time now) -> absl::Status {
    bso::ZeusService service(session, now, backend_.limits, &backend_.memory);
    ZB_ASSIGN_OR_RETURN(const Trial* const trial, Optimizer(service).Heartbeat(KeyOf(*request)));
    if (trial->status == TrialStatus::kDispatched) session.AllowUnwritten();
    ToProto(*trial, *response->mutable_trial());
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::EndTrial(CallbackServerContext* context, const v1::EndTrialRequest* request,
                                                    v1::EndTrialResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session& session, absl::Time now) -> absl::Status {
    bso::ZeusService service(session, now, backend_.limits, &backend_.memory);
    ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                        Optimizer(service).EndTrial(KeyOf(*request), FromProto(request->failure())));
    ToProto(*trial, *response->mutable_trial());
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::DeleteJob(CallbackServerContext* context,
                                                     const v1::DeleteJobRequest* request,
                                                     v1::DeleteJobResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session& session, absl::Time now) -> absl::Status {
    bso::ZeusService service(session, now, backend_.limits, &backend_.memory);
    ZB_RETURN_IF_ERROR(Optimizer(service).DeleteJob(request->job_id()));
    response->set_deleted(true);
    return absl::OkStatus();
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::ListJobs(CallbackServerContext* context, const v1::ListJobsRequest* request,
                                                    v1::ListJobsResponse* response) {
  return RunUnary(backend_, context, request, response,
                  [=](Session& session, absl::Time) { return bso::rpc::ListJobs(session, *request, *response); });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::ListTrials(CallbackServerContext* context,
                                                      const v1::ListTrialsRequest* request,
                                                      v1::ListTrialsResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session&, absl::Time) {
    // On a snapshot: a long list would hold the lock of the job for too long.
    Session snapshot = backend_.store.Begin();
    return bso::rpc::ListTrials(snapshot, *request, *response);
  });
}

ServerUnaryReactor* BatchSizeOptimizerRpc::ExplainJob(CallbackServerContext* context,
                                                      const v1::ExplainJobRequest* request,
                                                      v1::ExplainJobResponse* response) {
  return RunUnary(backend_, context, request, response, [=, this](Session& session, absl::Time now) -> absl::Status {
    bso::ZeusService service(session, now, backend_.limits, &backend_.memory);
    ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(request->job_id()));
    if (job == nullptr) return JobNotFound(request->job_id());
    ZB_ASSIGN_OR_RETURN(const bso::ZeusService::JobExplanation explanation, service.ExplainJob(request->job_id()));
    ToProto(*job, *response->mutable_job());
    ToProto(explanation.beliefs, *response);
    if (explanation.next_batch_size.has_value()) response->set_next_batch_size(*explanation.next_batch_size);
    response->set_summary(Summarize(*job, explanation.beliefs));
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::JobEvent>* BatchSizeOptimizerRpc::WatchJob(CallbackServerContext* context,
                                                                        const v1::WatchJobRequest* request) {
  return WatchReactor::Start(backend_.store, hub_, *request, Admit<v1::WatchJobRequest>(backend_, *context));
}

}  // namespace zeus::bso::rpc
