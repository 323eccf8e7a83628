#include "tests/torture/trainer.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/support/spec_messages.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::torture {
namespace {

using Service = testing::RpcClient::Service;

constexpr int kAttempts = 4;
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(50);

template <typename Request>
Request OfTrial(const v1::Trial& trial) {
  Request request;
  request.set_job_id(trial.job_id());
  request.set_batch_size(trial.batch_size());
  request.set_trial_number(trial.trial_number());
  return request;
}

v1::JobSpec Spec(const std::string& job_id) {
  v1::JobSpec spec = testing::MakeSpecMessage(job_id);
  spec.set_policy(job_id.back() % 2 == 0 ? v1::POLICY_CURVES : v1::POLICY_ZEUS);
  spec.set_max_failures_per_batch_size(0);  // Trials fail often.
  spec.set_disable_early_stop(true);
  spec.mutable_trial_timeout()->set_seconds(0);  // Clocks jump.
  return spec;
}

// Whether a request bears a request_id.
template <typename Request>
bool IsRepeatable(const Request& request) {
  if constexpr (requires { request.request_id(); }) return !request.request_id().empty();
  return false;
}

// Whether the server may be gone, or its disk.
bool HasFailed(const grpc::Status& status) {
  return !status.ok() && status.error_code() != grpc::NOT_FOUND && status.error_code() != grpc::FAILED_PRECONDITION;
}

}  // namespace

ModelTrial ToModel(const v1::Trial& trial) {
  ModelTrial model = {.batch_size = trial.batch_size(), .client_id = trial.client_id()};
  if (trial.status() == v1::TRIAL_STATUS_FAILED) model.state = TrialState::kFailed;
  if (trial.status() == v1::TRIAL_STATUS_SUCCEEDED) {
    model.state = TrialState::kConverged;
    model.energy_joules = trial.converged() ? trial.energy_joules() : -1;
  }
  return model;
}

std::optional<Outcome> OutcomeOf(const grpc::Status& status, const std::string& reason) {
  if (status.ok()) return Outcome::kAnswered;
  if (reason == "JOB_NOT_FOUND" || reason == "TRIAL_NOT_FOUND") return Outcome::kNotFound;
  if (reason == "TRIAL_FAILED" || reason == "TRIAL_ENDED") return Outcome::kTrialEnded;
  if (status.error_code() == grpc::ABORTED || status.error_code() == grpc::FAILED_PRECONDITION) return std::nullopt;
  for (const char* part : {"nothing was changed", "failed to connect"}) {
    if (absl::StrContains(status.error_message(), part)) return std::nullopt;
  }
  return Outcome::kUnknown;
}

bool Trainer::Step(const std::string& job_id) {
  failed_ = false;
  if (Chance(0.03) && !Delete(job_id)) return false;
  if (Chance(0.1)) return List(job_id);
  if (Chance(0.1)) return TrainInSession(job_id);
  return Train(job_id);
}

std::string Trainer::MaybeRequestId() {
  if (!Chance(0.4)) return "";
  return absl::StrFormat("%08x-0000-4000-8000-%012x", random_() >> 32, random_() >> 16);
}

template <typename Request, typename Response, typename Answer>
std::optional<Outcome> Trainer::Make(const std::string& job_id, testing::RpcMethod<Request, Response> method,
                                     const Request& request, Call call, Answer answer) {
  const int64_t begin_ns = NowNs();
  testing::Reply<Response> reply = client_.Call(method, request);
  std::optional<Outcome> outcome = OutcomeOf(reply.status, reply.reason());
  // An attempt that has changed nothing says nothing of one before.
  bool may_have_changed = outcome == Outcome::kUnknown;
  for (int attempt = 1; attempt < kAttempts && IsRepeatable(request) && HasFailed(reply.status); ++attempt) {
    absl::SleepFor(kBetweenAttempts);
    reply = client_.Call(method, request);
    outcome = OutcomeOf(reply.status, reply.reason());
    may_have_changed = may_have_changed || outcome == Outcome::kUnknown;
  }
  if (!outcome.has_value() && may_have_changed) outcome = Outcome::kUnknown;
  failed_ = HasFailed(reply.status);
  if (!outcome.has_value()) return outcome;
  call.outcome = *outcome;
  if (reply.ok()) answer(reply.response, call);
  history_.Add(job_id, call, begin_ns);
  if (reply.ok() && IsRepeatable(request) && Chance(0.2)) CheckRepeated(method, request, reply.response);
  return outcome;
}

template <typename Request, typename Response>
void Trainer::CheckRepeated(testing::RpcMethod<Request, Response> method, const Request& request,
                            const Response& response) {
  const testing::Reply<Response> again = client_.Call(method, request);
  if (!again.ok() || again.response.SerializeAsString() == response.SerializeAsString()) return;
  history_.AddContradiction(
      absl::StrCat("answered ", response.ShortDebugString(), "\nand then   ", again.response.ShortDebugString()));
}

bool Trainer::Register(const std::string& job_id) {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = Spec(job_id);
  request.set_request_id(MaybeRequestId());
  Make(job_id, Methods::RegisterJob, request, {.deed = Deed::kRegister},
       [](const v1::RegisterJobResponse& response, Call& call) { call.created = response.created(); });
  return !failed_;
}

bool Trainer::Delete(const std::string& job_id) {
  v1::DeleteJobRequest request;
  request.set_job_id(job_id);
  Make(job_id, Methods::DeleteJob, request, {.deed = Deed::kDelete}, [](const v1::DeleteJobResponse&, Call&) {});
  return !failed_;
}

bool Trainer::List(const std::string& job_id) {
  v1::ListTrialsRequest request;
  request.set_job_id(job_id);
  request.set_page_size(1000);
  const int64_t begin_ns = NowNs();
  const auto reply = client_.Call(Methods::ListTrials, request);
  failed_ = !reply.ok() && reply.reason() != "JOB_NOT_FOUND";
  if (failed_ || !reply.response.next_page_token().empty()) return !failed_;
  Call call = {.deed = Deed::kList, .outcome = reply.ok() ? Outcome::kAnswered : Outcome::kNotFound};
  for (const v1::Trial& trial : reply.response.trials()) call.trials.push_back(ToModel(trial));
  history_.Add(job_id, call, begin_ns);
  return true;
}

std::optional<v1::Trial> Trainer::Start(const std::string& job_id) {
  v1::StartTrialRequest request;
  request.set_job_id(job_id);
  request.set_request_id(MaybeRequestId());
  if (Chance(0.4)) request.set_client_id(name_);
  std::optional<v1::Trial> trial;
  const Call start = {.deed = Deed::kStart, .trial = {.client_id = request.client_id()}};
  const auto outcome =
      Make(job_id, Methods::StartTrial, request, start, [&trial](const v1::StartTrialResponse& response, Call& call) {
        trial = response.trial();
        call.trial_number = trial->trial_number();
        call.trial.batch_size = trial->batch_size();
      });
  if (outcome == Outcome::kNotFound) Register(job_id);
  return trial;
}

bool Trainer::Train(const std::string& job_id) {
  const std::optional<v1::Trial> trial = Start(job_id);
  if (!trial.has_value() || Chance(0.2)) return !failed_;
  if (Chance(0.5)) {
    auto report = OfTrial<v1::ReportResultRequest>(*trial);
    report.set_time_seconds(5);
    report.set_energy_joules(50);
    report.set_metric(0.1);
    report.set_current_epoch(1);
    client_.Call(Methods::ReportResult, report);  // Whatever it is answered, it changes nothing that lasts.
  }
  return End(*trial);
}

bool Trainer::End(const v1::Trial& trial) {
  Call call = {.trial_number = trial.trial_number(), .trial = {.batch_size = trial.batch_size()}};
  call.trial.energy_joules = static_cast<double>(100 + random_() % 50);
  if (Chance(0.2)) {
    call.deed = Deed::kEnd;
    Make(trial.job_id(), Methods::EndTrial, OfTrial<v1::EndTrialRequest>(trial), call,
         [](const v1::EndTrialResponse&, Call&) {});
  } else if (Chance(0.2)) {
    call.deed = Deed::kUpdate;
    auto request = OfTrial<v1::UpdateTrialRequest>(trial);
    request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
    request.set_time_seconds(10);
    request.set_energy_joules(call.trial.energy_joules);
    request.set_converged(true);
    Make(trial.job_id(), Service::UpdateTrial, request, call, [](const v1::UpdateTrialResponse&, Call&) {});
  } else {
    call.deed = Deed::kReport;
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    request.set_time_seconds(10);
    request.set_energy_joules(call.trial.energy_joules);
    request.set_metric(0.9);
    request.set_current_epoch(2);
    Make(trial.job_id(), Methods::ReportResult, request, call, [](const v1::ReportResultResponse&, Call&) {});
  }
  return !failed_;
}

bool Trainer::TrainInSession(const std::string& job_id) {
  Call call = {.deed = Deed::kStartAndEnd, .trial = {.batch_size = 32}};
  call.trial.energy_joules = static_cast<double>(100 + random_() % 50);
  const int64_t begin_ns = NowNs();
  testing::WireSession session(client_);
  bool committing = false;
  if (session.Ask(testing::GetJobRequest(job_id)).has_value()) {
    if (const auto created = session.Ask(testing::CreateTrialRequest(32, job_id)); created.has_value()) {
      const v1::Trial& trial = created->create_trial().trial();
      call.trial_number = trial.trial_number();
      v1::SessionRequest end;
      *end.mutable_update_trial() = OfTrial<v1::UpdateTrialRequest>(trial);
      end.mutable_update_trial()->set_status(v1::TRIAL_STATUS_SUCCEEDED);
      end.mutable_update_trial()->set_time_seconds(10);
      end.mutable_update_trial()->set_energy_joules(call.trial.energy_joules);
      end.mutable_update_trial()->set_converged(true);
      committing = session.Ask(end).has_value();
      if (committing) session.Ask(testing::CommitRequest());
    }
  }
  const testing::Reply<v1::SessionResponse> ended = session.Finish();
  const std::optional<Outcome> outcome = OutcomeOf(ended.status, ended.reason());
  failed_ = outcome == Outcome::kUnknown;
  // An error before the commit leaves nothing behind.
  if (!outcome.has_value() || (!committing && !ended.ok() && ended.reason() != "JOB_NOT_FOUND")) return !failed_;
  if (!committing && ended.ok()) return !failed_;
  call.outcome = *outcome;
  history_.Add(job_id, call, begin_ns);
  return !failed_;
}

}  // namespace zeus::bso::torture
