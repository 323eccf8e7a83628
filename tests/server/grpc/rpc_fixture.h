// A server with calls on it that are short to write, for tests of the RPCs.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_RPC_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_RPC_FIXTURE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "catch2/catch.hpp"
#include "tests/support/spec_messages.h"
#include "tests/support/test_server.h"

namespace zeus::bso::rpc {

using Optimizer = testing::RpcClient::Optimizer;
using Service = testing::RpcClient::Service;

// The answer of a call that must succeed.
template <typename Response>
Response Answer(const testing::Reply<Response>& reply) {
  INFO(reply.status.error_code() << " " << reply.status.error_message());
  REQUIRE(reply.ok());
  return reply.response;
}

// Checks that a call was refused with this code and this reason.
template <typename Response>
void CheckRefused(const testing::Reply<Response>& reply, grpc::StatusCode code, const std::string& reason) {
  INFO(reply.status.error_message());
  CHECK(reply.code() == code);
  CHECK(reply.reason() == reason);
  CHECK(reply.template all_details<google::rpc::ErrorInfo>().size() == 1);
  CHECK(reply.template detail<google::rpc::ErrorInfo>().domain() == "zeus.bso");
}

template <typename Request>
Request OfJob(const std::string& job_id = "job") {
  Request request;
  request.set_job_id(job_id);
  return request;
}

template <typename Request>
Request OfSize(int64_t batch_size, const std::string& job_id = "job") {
  Request request = OfJob<Request>(job_id);
  request.set_batch_size(batch_size);
  return request;
}

template <typename Request>
Request OfTrial(const v1::Trial& trial) {
  Request request = OfSize<Request>(trial.batch_size(), trial.job_id());
  request.set_trial_number(trial.trial_number());
  return request;
}

class RpcFixture {
 public:
  explicit RpcFixture(ServerOptions options = {}, storage::Durability durability = storage::Durability::kSync)
      : server_(std::move(options), durability) {}

  testing::TestServer& server() { return server_; }
  testing::RpcClient& client() { return server_.client(); }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return client().Call(method, request);
  }

  testing::Reply<v1::RegisterJobResponse> Register(const v1::JobSpec& spec) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = spec;
    return client().Call(Optimizer::RegisterJob, request);
  }

  v1::Job RegisterJob(const std::string& job_id = "job") {
    return Answer(Register(testing::MakeSpecMessage(job_id))).job();
  }

  v1::Trial StartTrial(const std::string& job_id = "job") {
    return Answer(client().Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>(job_id))).trial();
  }

  // Creates a trial of this size and type, whatever the policy thinks.
  v1::Trial CreateTrial(int64_t batch_size, v1::TrialType type, const std::string& job_id = "job") {
    auto request = OfSize<v1::CreateTrialRequest>(batch_size, job_id);
    request.set_type(type);
    return Answer(client().Call(Service::CreateTrial, request)).trial();
  }

  // Reports that a trial has converged, having used this energy and a tenth of it in seconds.
  testing::Reply<v1::ReportResultResponse> ReportConverged(const v1::Trial& trial, double energy) {
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    request.set_time_seconds(energy / 10);
    request.set_energy_joules(energy);
    request.set_metric(0.9);
    request.set_current_epoch(1);
    return client().Call(Optimizer::ReportResult, request);
  }

  // Reports that a trial is through all of its epochs and has not converged.
  testing::Reply<v1::ReportResultResponse> ReportNotConverged(const v1::Trial& trial, double energy) {
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    request.set_energy_joules(energy);
    request.set_metric(0.1);
    request.set_current_epoch(100);
    return client().Call(Optimizer::ReportResult, request);
  }

  // Without the job's summary, which may be computed at any time.
  v1::Job GetJob(const std::string& job_id = "job") {
    auto response = Answer(client().Call(Service::GetJob, OfJob<v1::GetJobRequest>(job_id)));
    REQUIRE(response.has_job());
    response.mutable_job()->clear_summary();
    return response.job();
  }

  v1::Trial GetTrial(const v1::Trial& trial) {
    const auto response = Answer(client().Call(Service::GetTrial, OfTrial<v1::GetTrialRequest>(trial)));
    REQUIRE(response.has_trial());
    return response.trial();
  }

 private:
  testing::TestServer server_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_RPC_FIXTURE_H_
