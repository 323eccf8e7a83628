// The calls of a trainer, about one job. Each must succeed.
#ifndef ZEUS_BSO_TESTS_SCENARIOS_JOB_CLIENT_H_
#define ZEUS_BSO_TESTS_SCENARIOS_JOB_CLIENT_H_

#include <string>
#include <utility>

#include "catch2/catch.hpp"
#include "tests/support/rpc_client.h"

namespace zeus::bso::scenarios {

// Totals of a run so far.
struct Usage {
  int64_t epochs = 0;
  double seconds = 0;
  double joules = 0;
};

class JobClient {
 public:
  using Optimizer = testing::RpcClient::Optimizer;

  JobClient(testing::RpcClient& client, const v1::JobSpec& spec, const std::string& warm_start = "")
      : client_(client), job_id_(spec.job_id()) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = spec;
    request.set_warm_start(warm_start);
    Call(Optimizer::RegisterJob, request);
  }

  v1::Trial Start() {
    v1::StartTrialRequest request;
    request.set_job_id(job_id_);
    return Call(Optimizer::StartTrial, request).trial();
  }

  v1::ReportResultResponse Report(const v1::Trial& trial, const Usage& usage, double metric) {
    auto request = About<v1::ReportResultRequest>(trial);
    request.set_current_epoch(usage.epochs);
    request.set_time_seconds(usage.seconds);
    request.set_energy_joules(usage.joules);
    request.set_metric(metric);
    return Call(Optimizer::ReportResult, request);
  }

  void End(const v1::Trial& trial, v1::TrialFailure failure) {
    auto request = About<v1::EndTrialRequest>(trial);
    request.set_failure(failure);
    Call(Optimizer::EndTrial, request);
  }

 private:
  template <typename Request>
  Request About(const v1::Trial& trial) const {
    Request request;
    request.set_job_id(job_id_);
    request.set_batch_size(trial.batch_size());
    request.set_trial_number(trial.trial_number());
    return request;
  }

  template <typename Request, typename Response>
  Response Call(testing::RpcMethod<Request, Response> method, const Request& request) {
    testing::Reply<Response> reply = client_.Call(method, request);
    if (!reply.ok()) FAIL(method.path << ": " << reply.status.error_message());
    return std::move(reply.response);
  }

  testing::RpcClient& client_;
  const std::string job_id_;
};

}  // namespace zeus::bso::scenarios

#endif  // ZEUS_BSO_TESTS_SCENARIOS_JOB_CLIENT_H_
