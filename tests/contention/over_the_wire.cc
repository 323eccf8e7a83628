// Calls go to a server in this process, over gRPC on a unix socket.
#include <optional>

#include "absl/time/time.h"
#include "google/protobuf/util/time_util.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "server/rpc/convert.h"
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

absl::Time FromProto(const google::protobuf::Timestamp& message) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(message));
}

// Of a trial, or of a result as it is listed.
template <typename Message>
Result ResultOf(const Message& message) {
  return {message.time_seconds(), message.energy_joules(), message.converged()};
}

Trial FromProto(const v1::Trial& message) {
  Trial trial;
  trial.job_id = message.job_id();
  trial.trial_number = message.trial_number();
  trial.batch_size = message.batch_size();
  trial.type = rpc::FromProto(message.type());
  trial.status = rpc::FromProto(message.status());
  trial.start_time = FromProto(message.start_time());
  if (message.has_end_time()) trial.end_time = FromProto(message.end_time());
  if (message.has_energy_joules()) trial.result = ResultOf(message);
  if (trial.status == TrialStatus::kFailed) trial.failure = rpc::FromProto(message.failure());
  trial.client_id = message.client_id();
  return trial;
}

random::Pcg64State FromProto(const v1::GeneratorState& message) {
  return {.state_high = message.state_high(),
          .state_low = message.state_low(),
          .inc_high = message.inc_high(),
          .inc_low = message.inc_low(),
          .has_uint32 = message.has_uint32(),
          .uinteger = message.uinteger()};
}

Job FromProto(const v1::Job& message) {
  Job job;
  job.spec = rpc::FromProto(message.spec());
  job.stage = rpc::FromProto(message.stage());
  job.exp_default_batch_size = message.exp_default_batch_size();
  job.min_cost_batch_size = message.min_cost_batch_size();
  job.create_time = FromProto(message.create_time());
  if (message.has_min_cost()) job.min_cost = message.min_cost();
  if (message.has_generator_state()) job.generator_state = FromProto(message.generator_state());
  return job;
}

class WireClient final : public Client {
 public:
  explicit WireClient(const std::string& address) : client_(address) {}

  absl::StatusOr<RegisteredJob> RegisterJob(const JobSpec& spec) override {
    Job job;
    job.spec = spec;
    v1::Job message;
    rpc::ToProto(job, message);
    v1::RegisterJobRequest request;
    *request.mutable_spec() = message.spec();
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&OptimizerStub::RegisterJob, request));
    return RegisteredJob{.job = FromProto(response.job()), .created = response.created()};
  }

  absl::StatusOr<Trial> StartTrial(const std::string& job_id, const std::string& client_id) override {
    auto request = Of<v1::StartTrialRequest>(job_id);
    request.set_client_id(client_id);
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&OptimizerStub::StartTrial, request));
    return FromProto(response.trial());
  }

  absl::StatusOr<Verdict> ReportResult(const Report& report) override {
    auto request = Of<v1::ReportResultRequest>(report.trial);
    request.set_time_seconds(report.time_seconds);
    request.set_energy_joules(report.energy_joules);
    request.set_metric(report.metric);
    request.set_current_epoch(report.current_epoch);
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&OptimizerStub::ReportResult, request));
    return Verdict{response.stop_train(), response.converged(), response.message()};
  }

  absl::StatusOr<Trial> EndTrial(const TrialKey& key, TrialFailure failure) override {
    auto request = Of<v1::EndTrialRequest>(key);
    Trial trial;
    trial.failure = failure;
    v1::Trial message;
    rpc::ToProto(trial, message);
    request.set_failure(message.failure());
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&OptimizerStub::EndTrial, request));
    return FromProto(response.trial());
  }

  absl::Status DeleteJob(const std::string& job_id) override {
    return Call(&OptimizerStub::DeleteJob, Of<v1::DeleteJobRequest>(job_id)).status();
  }

  absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& job_id) override {
    std::vector<Trial> trials;
    auto request = Of<v1::ListTrialsRequest>(job_id);
    do {
      ZB_ASSIGN_OR_RETURN(const auto response, Call(&OptimizerStub::ListTrials, request));
      for (const v1::Trial& trial : response.trials()) trials.push_back(FromProto(trial));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return trials;
  }

  absl::StatusOr<Job> GetJob(const std::string& job_id) override {
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&ServiceStub::GetJob, Of<v1::GetJobRequest>(job_id)));
    if (!response.has_job()) return JobNotFound(job_id);
    return FromProto(response.job());
  }

  absl::StatusOr<std::vector<GaussianTsArm>> GetArms(const std::string& job_id) override {
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&ServiceStub::GetArms, Of<v1::GetArmsRequest>(job_id)));
    std::vector<GaussianTsArm> arms;
    for (const v1::GaussianTsArm& arm : response.arms()) arms.push_back(rpc::FromProto(arm));
    return arms;
  }

  absl::StatusOr<Trial> CreateTrial(const std::string& job_id, int64_t batch_size, TrialType type) override {
    auto request = Of<v1::CreateTrialRequest>(job_id, batch_size);
    Trial trial;
    trial.type = type;
    v1::Trial message;
    rpc::ToProto(trial, message);
    request.set_type(message.type());
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&ServiceStub::CreateTrial, request));
    return FromProto(response.trial());
  }

  absl::StatusOr<std::vector<TrialResult>> GetTrialResultsOfBatchSize(const std::string& job_id,
                                                                      int64_t batch_size) override {
    const auto request = Of<v1::GetTrialResultsOfBatchSizeRequest>(job_id, batch_size);
    ZB_ASSIGN_OR_RETURN(const auto response, Call(&ServiceStub::GetTrialResultsOfBatchSize, request));
    std::vector<TrialResult> results;
    for (const v1::TrialResult& result : response.results()) {
      results.push_back({result.trial_number(), ResultOf(result)});
    }
    return results;
  }

 private:
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
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
