// Callers that put load on a server and keep a journal.
#ifndef ZEUS_BSO_TESTS_SERVER_LOAD_H_
#define ZEUS_BSO_TESTS_SERVER_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "tests/server/journal.h"
#include "tests/support/rpc_client.h"
#include "tests/support/spec_messages.h"

namespace zeus::bso::testing {

// A client whose calls are all recorded. Not thread-safe.
class Caller {
 public:
  // `name` tells apart all that ever call a data directory.
  Caller(const std::string& address, std::string name, Journal& journal)
      : client_(address), name_(std::move(name)), journal_(journal) {}

  RpcClient& client() { return client_; }

  bool RegisterJob(const std::string& job_id) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = MakeSpecMessage(job_id);
    request.mutable_spec()->set_max_failures_per_batch_size(0);  // Every fourth trial fails.
    // Half of the jobs follow each policy.
    request.mutable_spec()->set_policy(job_id.back() % 2 == 0 ? v1::POLICY_CURVES : v1::POLICY_ZEUS);
    return Call(RpcClient::Optimizer::RegisterJob, request).ok();
  }

  bool DeleteJob(const std::string& job_id) {
    v1::DeleteJobRequest request;
    request.set_job_id(job_id);
    return Call(RpcClient::Optimizer::DeleteJob, request).ok();
  }

  // The trial, if that was answered.
  std::optional<v1::Trial> StartTrial(const std::string& job_id) {
    v1::StartTrialRequest request;
    request.set_job_id(job_id);
    const auto reply = Call(RpcClient::Optimizer::StartTrial, request);
    return reply.ok() ? std::optional(reply.response.trial()) : std::nullopt;
  }

  // Reports that a trial has converged.
  bool Report(const v1::Trial& trial, double energy) {
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    request.set_time_seconds(energy / 10);
    request.set_energy_joules(energy);
    request.set_metric(0.9);
    return Call(RpcClient::Optimizer::ReportResult, request).ok();
  }

  bool EndTrial(const v1::Trial& trial) {
    return Call(RpcClient::Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)).ok();
  }

  // Goes on by a few calls: a trial of one of `jobs` and its end, at times a job of its own. False when a call failed,
  // which is the last one then; what it was about is left alone from then on.
  bool Step(const std::vector<std::string>& jobs) {
    const size_t step = step_++;
    const std::optional<v1::Trial> trial = StartTrial(jobs[step % jobs.size()]);
    if (!trial.has_value()) return false;
    // A cost is far from twice another, at which a trial would be stopped early.
    const bool ended = step % 4 == 3 ? EndTrial(*trial) : Report(*trial, static_cast<double>(100 + step * 7 % 50));
    return ended && (step % 8 != 0 || RenewOwnJob(step));
  }

 private:
  template <typename Request>
  static Request OfTrial(const v1::Trial& trial) {
    Request request;
    request.set_job_id(trial.job_id());
    request.set_batch_size(trial.batch_size());
    request.set_trial_number(trial.trial_number());
    return request;
  }

  template <typename Request, typename Response>
  Reply<Response> Call(RpcMethod<Request, Response> method, const Request& request) {
    Reply<Response> reply = client_.Call(method, request);
    // It has changed nothing, and is to be made again.
    while (reply.code() == grpc::ABORTED) reply = client_.Call(method, request);
    journal_.Record(request, reply);
    return reply;
  }

  // Deletes its own job and registers it again, every other time under another name.
  bool RenewOwnJob(size_t step) {
    std::string job_id = std::exchange(own_job_, "");
    if (!job_id.empty() && !DeleteJob(job_id)) return false;
    if (job_id.empty() || step % 16 == 0) job_id = absl::StrCat(name_, "-", step);
    if (!RegisterJob(job_id) || !StartTrial(job_id).has_value()) return false;
    own_job_ = job_id;
    return true;
  }

  RpcClient client_;
  const std::string name_;
  Journal& journal_;
  std::string own_job_;  // Empty: there is none.
  size_t step_ = 0;
};

// Four callers of a server, each on a thread of its own.
class Load {
 public:
  // Each caller does `run`, in which it is to stop at the latest when the test joins the load. `name` as of a caller.
  Load(const std::string& address, const std::string& name, Journal& journal, const std::function<void(Caller&)>& run) {
    for (int i = 0; i < 4; ++i) {
      threads_.emplace_back([=, &journal] {
        Caller caller(address, absl::StrCat(name, "-", i), journal);
        run(caller);
      });
    }
  }

  ~Load() { Join(); }

  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

// Compares the journal with the server, which was just started; then sees to it that these jobs are registered and that
// no trial runs, so that the next ones are of every type.
inline void CompareAndPrepare(const std::string& address, const std::vector<std::string>& jobs, Journal& journal) {
  Caller caller(address, "", journal);
  REQUIRE(journal.Compare(caller.client()) == "");
  for (const v1::Trial& trial : journal.Trials()) {
    if (trial.status() == v1::TRIAL_STATUS_DISPATCHED) REQUIRE(caller.EndTrial(trial));
  }
  for (const std::string& job : jobs) REQUIRE(caller.RegisterJob(job));
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_LOAD_H_
