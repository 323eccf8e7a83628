// Calls go to a server in this process, over gRPC on a unix socket.
#include <optional>

#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/conversion/convert.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/service/not_found.h"
#include "tests/contention/client.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"

namespace zeus::bso::testing {
namespace {

using OptimizerStub = RpcClient::Optimizer;
using ServiceStub = RpcClient::Service;

template <typename Response>
absl::Status StatusOf(const Reply<Response>& reply) {
  if (reply.ok()) return absl::OkStatus();
  for (int i = 0; i <= static_cast<int>(Reason::kInternal); ++i) {
    const auto reason = static_cast<Reason>(i);
    if (ReasonName(reason) == reply.reason()) return MakeError(reason, reply.status.error_message());
  }
  return {static_cast<absl::StatusCode>(reply.code()), reply.status.error_message()};
}

// A request that is about this job or trial and says nothing else.
template <typename Request>
Request Of(const std::string& job_id) {
  Request request;
  request.set_job_id(job_id);
  return request;
}

template <typename Request>
Request Of(const TrialKey& key) {
  auto request = Of<Request>(key.job_id);
  request.set_batch_size(key.batch_size);
  request.set_trial_number(key.trial_number);
  return request;
}

template <typename Request>
Request Of(const std::string& job_id, int64_t batch_size) {
  auto request = Of<Request>(job_id);
  request.set_batch_size(batch_size);
  return request;
}

// Of a trial, or of a result as it is listed.
template <typename Message>
Result ResultOf(const Message& message) {
  return {message.time_seconds(), message.energy_joules(), message.converged()};
}

class WireClient final : public Client {
 public:
  explicit WireClient(const std::string& address) : client_(address) {}

  absl::StatusOr<RegisteredJob> RegisterJob(const JobSpec& spec) override {
    Job job;
    job.spec = spec;
    v1::Job message;
    api::ToProto(job, message);
    v1::RegisterJobRequest request;
    *request.mutable_spec() = message.spec();
    ZB_ASSIGN_OR_RETURN(const auto response, Call(OptimizerStub::RegisterJob, request));
    return RegisteredJob{.job = api::FromProto(response.job()), .created = response.created()};
  }

  absl::StatusOr<Trial> StartTrial(const std::string& job_id, const std::string& client_id) override {
    auto request = Of<v1::StartTrialRequest>(job_id);
    request.set_client_id(client_id);
    ZB_ASSIGN_OR_RETURN(const auto response, Call(OptimizerStub::StartTrial, request));
    return api::FromProto(response.trial());
  }

  absl::StatusOr<Verdict> ReportResult(const Report& report) override {
    auto request = Of<v1::ReportResultRequest>(report.trial);
    if (report.time_seconds.has_value()) request.set_time_seconds(*report.time_seconds);
    if (report.energy_joules.has_value()) request.set_energy_joules(*report.energy_joules);
    if (report.metric.has_value()) request.set_metric(*report.metric);
    if (report.current_epoch.has_value()) request.set_current_epoch(*report.current_epoch);
    ZB_ASSIGN_OR_RETURN(const auto response, Call(OptimizerStub::ReportResult, request));
    return Verdict{response.stop_train(), response.converged(), response.message()};
  }

  absl::StatusOr<Trial> EndTrial(const TrialKey& key, TrialFailure failure) override {
    auto request = Of<v1::EndTrialRequest>(key);
    Trial trial;
    trial.failure = failure;
    v1::Trial message;
    api::ToProto(trial, message);
    request.set_failure(message.failure());
    ZB_ASSIGN_OR_RETURN(const auto response, Call(OptimizerStub::EndTrial, request));
    return api::FromProto(response.trial());
  }

  absl::Status DeleteJob(const std::string& job_id) override {
    return Call(OptimizerStub::DeleteJob, Of<v1::DeleteJobRequest>(job_id)).status();
  }

  absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& job_id) override {
    std::vector<Trial> trials;
    auto request = Of<v1::ListTrialsRequest>(job_id);
    do {
      ZB_ASSIGN_OR_RETURN(const auto response, Call(OptimizerStub::ListTrials, request));
      for (const v1::Trial& trial : response.trials()) trials.push_back(api::FromProto(trial));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return trials;
  }

  absl::StatusOr<Job> GetJob(const std::string& job_id) override {
    ZB_ASSIGN_OR_RETURN(const auto response, Call(ServiceStub::GetJob, Of<v1::GetJobRequest>(job_id)));
    if (!response.has_job()) return JobNotFound(job_id);
    return api::FromProto(response.job());
  }

  absl::StatusOr<std::vector<GaussianTsArm>> GetArms(const std::string& job_id) override {
    ZB_ASSIGN_OR_RETURN(const auto response, Call(ServiceStub::GetArms, Of<v1::GetArmsRequest>(job_id)));
    std::vector<GaussianTsArm> arms;
    for (const v1::GaussianTsArm& arm : response.arms()) arms.push_back(api::FromProto(arm));
    return arms;
  }

  absl::StatusOr<Trial> CreateTrial(const std::string& job_id, int64_t batch_size, TrialType type) override {
    auto request = Of<v1::CreateTrialRequest>(job_id, batch_size);
    Trial trial;
    trial.type = type;
    v1::Trial message;
    api::ToProto(trial, message);
    request.set_type(message.type());
    ZB_ASSIGN_OR_RETURN(const auto response, Call(ServiceStub::CreateTrial, request));
    return api::FromProto(response.trial());
  }

  absl::StatusOr<std::vector<TrialResult>> GetTrialResultsOfBatchSize(const std::string& job_id,
                                                                      int64_t batch_size) override {
    const auto request = Of<v1::GetTrialResultsOfBatchSizeRequest>(job_id, batch_size);
    ZB_ASSIGN_OR_RETURN(const auto response, Call(ServiceStub::GetTrialResultsOfBatchSize, request));
    std::vector<TrialResult> results;
    for (const v1::TrialResult& result : response.results()) {
      results.push_back({result.trial_number(), ResultOf(result)});
    }
    return results;
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(RpcMethod<Request, Response> method, const Request& request) {
    Reply<Response> reply = client_.Call(method, request);
    ZB_RETURN_IF_ERROR(StatusOf(reply));
    return std::move(reply.response);
  }

  RpcClient client_;
};

class OverTheWire final : public FrontEnd {
 public:
  explicit OverTheWire(storage::Store& store) : server_(store) {}
  std::unique_ptr<Client> Connect() override {
    return std::make_unique<WireClient>(server_.server().addresses().front());
  }

 private:
  ServerOnSocket server_;
};

}  // namespace

std::unique_ptr<FrontEnd> MakeFrontEnd(storage::Store& store) { return std::make_unique<OverTheWire>(store); }

}  // namespace zeus::bso::testing
