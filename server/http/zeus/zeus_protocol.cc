#include "server/http/zeus/zeus_protocol.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/status_macros.h"
#include "server/api/admission.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/api/methods.h"
#include "server/api/unary_call.h"
#include "server/http/exchange/http_caller.h"
#include "server/http/exchange/url.h"
#include "server/http/exchange/utf8.h"
#include "server/http/zeus/answers.h"
#include "server/http/zeus/json_text.h"
#include "server/http/zeus/posted_job.h"
#include "server/http/zeus/posted_trial.h"
#include "server/http/zeus/request_body.h"
#include "server/http/zeus/route.h"

namespace zeus::bso::http {
namespace {

// The protocol has no way to state a deadline.
constexpr auto kNoDeadline = std::chrono::system_clock::time_point::max();

api::Backend WithDefaultPolicy(const api::Backend& backend, PolicyKind policy) {
  api::Backend changed = backend;
  changed.default_policy = policy;
  return changed;
}

// Fills in what the protocol cannot name: as an existing job has it, so that there is no conflict, or else as Zeus
// does, which offers a size however often it has failed. A job of POLICY_CURVES, which Zeus does not know, has our
// default.
absl::Status CompleteSpec(const api::Call& call, v1::JobSpec& spec) {
  const Job* existing = nullptr;
  if (!spec.job_id().empty()) {
    bso::ZeusService service = api::ServiceOf(call);
    ZB_ASSIGN_OR_RETURN(existing, service.GetJob(spec.job_id()));
  }
  if (existing == nullptr) {
    const bool is_of_zeus =
        call.backend.default_policy == PolicyKind::kZeus || spec.batch_sizes_size() > kMaxCurvesBatchSizes;
    if (is_of_zeus) spec.set_max_failures_per_batch_size(0);
    return absl::OkStatus();
  }
  v1::JobSpec registered;
  api::ToProto(existing->spec, registered);
  if (registered.has_trial_timeout()) *spec.mutable_trial_timeout() = registered.trial_timeout();
  spec.set_max_failures_per_batch_size(registered.max_failures_per_batch_size());
  return absl::OkStatus();
}

// RegisterJob for clients that cannot set all fields.
absl::Status RegisterKnownFields(const api::Call& call, const v1::RegisterJobRequest& request,
                                 v1::RegisterJobResponse& response) {
  v1::RegisterJobRequest completed = request;
  ZB_RETURN_IF_ERROR(CompleteSpec(call, *completed.mutable_spec()));
  return api::batch_size_optimizer::RegisterJob(call, completed, response);
}

// The job_id in the query. Empty, like that of no job, if it is not UTF-8. Absent: it is missing.
std::optional<std::string> JobIdOf(const Request& request) {
  std::optional<std::string> job_id = LastOf(ParseQuery(request.query), "job_id");
  if (job_id.has_value() && !IsUtf8(*job_id, Surrogates::kRefused)) job_id->clear();
  return job_id;
}

Response NoJobIdAnswer() { return ProblemsAnswer({MakeProblem({"query", "job_id"}, kMissing)}); }

constexpr absl::string_view kNotPositive = "batch_size and trial_number must be at least 1";

template <typename Message>
void NameTrial(const PostedTrial& trial, Message& message) {
  message.set_job_id(trial.job_id);
  message.set_batch_size(trial.batch_size);
  message.set_trial_number(trial.trial_number);
}

std::string PrintTrial(const v1::Trial& trial) {
  return absl::StrCat("{\"job_id\":", JsonText(trial.job_id()), ",\"batch_size\":", trial.batch_size(),
                      ",\"trial_number\":", trial.trial_number(), "}");
}

std::string PrintVerdict(const v1::ReportResultResponse& verdict) {
  const auto boolean = [](bool value) { return value ? "true" : "false"; };
  return absl::StrCat("{\"stop_train\":", boolean(verdict.stop_train()),
                      ",\"converged\":", boolean(verdict.converged()), ",\"message\":", JsonText(verdict.message()),
                      "}");
}

// Parses the body of a request. Returns the response instead if the body is wrong.
template <typename Posted>
std::variant<Posted, Response> ReadPosted(const Request& request, void (*read)(const JsonFields& fields, Posted& posted,
                                                                               std::vector<Problem>& problems)) {
  auto body = ReadBody(request);
  if (auto* const refusal = std::get_if<Response>(&body)) return std::move(*refusal);
  Posted posted;
  std::vector<Problem> problems;
  read(std::get<JsonFields>(body), posted, problems);
  if (!problems.empty()) return ProblemsAnswer(problems);
  return posted;
}

// The state of a call until the response is sent.
template <typename Message, typename Answer>
struct Exchange {
  Message message;
  Answer answer;
  Respond respond;
};

}  // namespace

ZeusProtocol::ZeusProtocol(const api::Backend& backend, Workers& workers, PolicyKind policy_of_new_jobs)
    : backend_(WithDefaultPolicy(backend, policy_of_new_jobs)), workers_(workers) {}

bool ZeusProtocol::Serves(absl::string_view path) { return IsZeusPath(path); }

void ZeusProtocol::Handle(const Request& request, Respond respond) {
  auto route = Route(request);
  if (auto* const answer = std::get_if<Response>(&route)) return std::move(respond)(std::move(*answer));
  switch (std::get<ZeusCall>(route)) {
    case ZeusCall::kRegister:
      return RegisterJob(request, std::move(respond));
    case ZeusCall::kPredict:
      return StartTrial(request, std::move(respond));
    case ZeusCall::kReport:
      return ReportResult(request, std::move(respond));
    case ZeusCall::kEndTrial:
      return EndTrial(request, std::move(respond));
    case ZeusCall::kDelete:
      return DeleteJob(request, std::move(respond));
  }
}

void ZeusProtocol::RegisterJob(const Request& request, Respond respond) {
  using Message = v1::RegisterJobRequest;
  auto posted = ReadPosted<PostedJob>(request, ReadJob);
  if (auto* const refusal = std::get_if<Response>(&posted)) {
    return Refuse<Message>(request, std::move(*refusal), std::move(respond));
  }
  auto& job = std::get<PostedJob>(posted);
  if (job.has_impossible_seed) {
    Response refusal = MessageAnswer(500, "mab_seed must be in [0, 2^64 - 1]");
    return Refuse<Message>(request, std::move(refusal), std::move(respond));
  }
  Message message;
  *message.mutable_spec() = std::move(job.spec);
  const auto print = [window_size = job.window_size](const v1::RegisterJobResponse& response) {
    return JsonAnswer(response.created() ? 201 : 200, PrintJob(response.job().spec(), window_size));
  };
  Run(request, std::move(message), api::Operation(api::MethodId::kBatchSizeOptimizerRegisterJob, &RegisterKnownFields),
      400, print, std::move(respond));
}

void ZeusProtocol::StartTrial(const Request& request, Respond respond) {
  const std::optional<std::string> job_id = JobIdOf(request);
  if (!job_id.has_value()) return Refuse<v1::StartTrialRequest>(request, NoJobIdAnswer(), std::move(respond));
  v1::StartTrialRequest message;
  message.set_job_id(*job_id);
  const auto print = [](const v1::StartTrialResponse& response) {
    return JsonAnswer(200, PrintTrial(response.trial()));
  };
  Run(request, std::move(message),
      api::Operation(api::MethodId::kBatchSizeOptimizerStartTrial, &api::batch_size_optimizer::StartTrial), 400, print,
      std::move(respond));
}

void ZeusProtocol::ReportResult(const Request& request, Respond respond) {
  using Message = v1::ReportResultRequest;
  auto posted = ReadPosted<PostedResult>(request, ReadResult);
  if (auto* const refusal = std::get_if<Response>(&posted)) {
    return Refuse<Message>(request, std::move(*refusal), std::move(respond));
  }
  const auto& result = std::get<PostedResult>(posted);
  if (!result.trial.has_positive_numbers()) {
    return RefuseReport(request, result.trial.job_id, std::move(respond));
  }
  Message message;
  NameTrial(result.trial, message);
  message.set_time_seconds(result.time_seconds);
  message.set_energy_joules(result.energy_joules);
  message.set_metric(result.metric);
  message.set_current_epoch(result.current_epoch);
  const auto print = [](const v1::ReportResultResponse& response) { return JsonAnswer(200, PrintVerdict(response)); };
  Run(request, std::move(message),
      api::Operation(api::MethodId::kBatchSizeOptimizerReportResult, &api::batch_size_optimizer::ReportResult), 400,
      print, std::move(respond));
}

void ZeusProtocol::RefuseReport(const Request& request, const std::string& job_id, Respond respond) {
  v1::GetJobRequest message;
  message.set_job_id(job_id);
  // The reference looks the job up first and answers 400 if it is unknown.
  const auto print = [job_id](const v1::GetJobResponse& response) {
    if (response.has_job()) return MessageAnswer(500, kNotPositive);
    return MessageAnswer(400, absl::StrCat("there is no job '", job_id, "'"));
  };
  Run(request, std::move(message), api::Operation(api::MethodId::kZeusServiceGetJob, &api::zeus_service::GetJob), 400,
      print, std::move(respond));
}

void ZeusProtocol::EndTrial(const Request& request, Respond respond) {
  using Message = v1::EndTrialRequest;
  auto posted = ReadPosted<PostedTrial>(request, ReadTrial);
  if (auto* const refusal = std::get_if<Response>(&posted)) {
    return Refuse<Message>(request, std::move(*refusal), std::move(respond));
  }
  const auto& trial = std::get<PostedTrial>(posted);
  if (!trial.has_positive_numbers()) {
    return Refuse<Message>(request, MessageAnswer(500, kNotPositive), std::move(respond));
  }
  Message message;
  NameTrial(trial, message);
  const auto print = [](const v1::EndTrialResponse&) { return JsonAnswer(200, "null"); };
  Run(request, std::move(message),
      api::Operation(api::MethodId::kBatchSizeOptimizerEndTrial, &api::batch_size_optimizer::EndTrial), 404, print,
      std::move(respond));
}

void ZeusProtocol::DeleteJob(const Request& request, Respond respond) {
  const std::optional<std::string> job_id = JobIdOf(request);
  if (!job_id.has_value()) return Refuse<v1::DeleteJobRequest>(request, NoJobIdAnswer(), std::move(respond));
  v1::DeleteJobRequest message;
  message.set_job_id(*job_id);
  const auto print = [](const v1::DeleteJobResponse&) { return JsonAnswer(200, "null"); };
  Run(request, std::move(message),
      api::Operation(api::MethodId::kBatchSizeOptimizerDeleteJob, &api::batch_size_optimizer::DeleteJob), 404, print,
      std::move(respond));
}

template <typename Message, typename Answer, typename Print>
void ZeusProtocol::Run(const Request& request, Message message, api::Operation<Message, Answer> method,
                       int unknown_status, Print print, Respond respond) {
  const auto exchange = std::make_shared<Exchange<Message, Answer>>();
  exchange->message = std::move(message);
  exchange->respond = std::move(respond);
  const HttpCaller caller(request, kNoDeadline);
  // This runs on a thread of the store, which must not wait for the printing.
  const auto answer = [&workers = workers_, exchange, unknown_status, print](const absl::Status& outcome) {
    workers.Do([exchange, unknown_status, print, outcome] {
      std::move(exchange->respond)(outcome.ok() ? print(exchange->answer) : ErrorAnswer(outcome, unknown_status));
    });
  };
  api::RunUnary(backend_, caller, exchange->message, exchange->answer, method, answer);
}

template <typename Message>
void ZeusProtocol::Refuse(const Request& request, Response refusal, Respond respond) {
  const absl::Status admitted = api::Admit<Message>(backend_, HttpCaller(request, kNoDeadline)).status();
  std::move(respond)(admitted.ok() ? std::move(refusal) : ErrorAnswer(admitted, 404));
}

}  // namespace zeus::bso::http
