// The calls of a trainer about one job, whose cost is its energy. An error counts as a difference; its response is
// empty.
#ifndef ZEUS_BSO_TESTS_VECTORS_JOB_CALLS_H_
#define ZEUS_BSO_TESTS_VECTORS_JOB_CALLS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/support/rpc_client.h"
#include "tests/vectors/comparison.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

class JobCalls {
 public:
  using Optimizer = testing::RpcClient::Optimizer;
  using Service = testing::RpcClient::Service;

  JobCalls(std::string job_id, testing::RpcClient& client, Comparison& comparison)
      : job_id_(std::move(job_id)), client_(client), comparison_(comparison) {}

  const std::string& job_id() const { return job_id_; }

  // Empty `warm_start`: the job starts with no knowledge.
  void Register(v1::JobSpec spec, const std::string& warm_start);
  void Profile(int64_t batch_size, double epoch_cost, double relative_error);
  v1::ExplainJobResponse Explain();

  v1::Trial Start();
  v1::ReportResultResponse Report(const v1::Trial& trial, const Progress& progress, bool reaches_target);
  void EndWithout(const v1::Trial& trial, v1::TrialFailure failure);
  // Ends a trial, not converged, that the policy would let continue.
  void Stop(const v1::Trial& trial, const Progress& progress);

 private:
  template <typename Request>
  Request AboutJob() const {
    Request request;
    request.set_job_id(job_id_);
    return request;
  }

  template <typename Request>
  Request AboutTrial(const v1::Trial& trial) const {
    auto request = AboutJob<Request>();
    request.set_batch_size(trial.batch_size());
    request.set_trial_number(trial.trial_number());
    return request;
  }

  template <typename Request, typename Response>
  Response Call(testing::RpcMethod<Request, Response> method, const Request& request) {
    testing::Reply<Response> reply = client_.Call(method, request);
    if (!reply.ok()) comparison_.Fail(absl::StrCat(method.path, ": ", reply.status.error_message()));
    return std::move(reply.response);
  }

  const std::string job_id_;
  testing::RpcClient& client_;
  Comparison& comparison_;
};

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_JOB_CALLS_H_
