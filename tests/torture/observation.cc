#include "tests/torture/observation.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/rpc_client.h"
#include "tests/torture/trainer.h"
#include "tests/torture/workload.h"

namespace zeus::bso::torture {
namespace {

using Methods = testing::RpcClient::Optimizer;

// Whether the record of a job says of its trials what they are, for they change together.
std::string Disagreement(const v1::Job& job, const std::vector<v1::Trial>& trials) {
  constexpr double kNothing = std::numeric_limits<double>::infinity();
  double least_cost = kNothing;
  int64_t num_running = 0;
  for (const v1::Trial& trial : trials) {
    if (trial.converged()) least_cost = std::min(least_cost, trial.energy_joules());
    if (trial.status() == v1::TRIAL_STATUS_DISPATCHED) ++num_running;
  }
  const double stored_cost = job.has_min_cost() ? job.min_cost() : kNothing;
  if (stored_cost == least_cost && job.num_running_trials() == num_running) return "";
  return absl::StrCat("least cost ", least_cost, ", ", num_running, " running: ", job.ShortDebugString(), "\n");
}

class Reader {
 public:
  explicit Reader(const std::string& address) : client_(address) {}

  Observation Read() {
    v1::ListJobsRequest request;
    request.set_page_size(1000);
    const auto reply = client_.Call(Methods::ListJobs, request);
    if (!reply.ok()) {
      Fail(reply.status);
      return observation_;
    }
    std::map<std::string, v1::Job> jobs;
    for (const v1::Job& job : reply.response.jobs()) jobs[job.spec().job_id()] = job;
    for (const std::string& id : JobIds()) {
      const auto job = jobs.find(id);
      if (job != jobs.end()) {
        ReadTrials(job->second);
      } else if (!IsUnreadable(reply.response, id)) {
        observation_.state[id] = std::nullopt;
      }
    }
    return observation_;
  }

 private:
  void Fail(const grpc::Status& status) { absl::StrAppend(&observation_.errors, status.error_message(), "\n"); }

  bool IsUnreadable(const v1::ListJobsResponse& jobs, const std::string& id) {
    for (const v1::JobIdRange& range : jobs.unreadable_jobs()) {
      if (id <= range.after() || (!range.before().empty() && id >= range.before())) continue;
      absl::StrAppend(&observation_.errors, "unreadable: ", range.ShortDebugString(), "\n");
      return true;
    }
    return false;
  }

  void ReadTrials(const v1::Job& job) {
    v1::ListTrialsRequest request;
    request.set_job_id(job.spec().job_id());
    request.set_page_size(1000);
    std::vector<v1::Trial> trials;
    do {
      const auto reply = client_.Call(Methods::ListTrials, request);
      if (!reply.ok()) return Fail(reply.status);
      trials.insert(trials.end(), reply.response.trials().begin(), reply.response.trials().end());
      request.set_page_token(reply.response.next_page_token());
    } while (!request.page_token().empty());

    absl::StrAppend(&observation_.contradictions, Disagreement(job, trials));
    std::vector<ModelTrial> state;
    for (const v1::Trial& trial : trials) {
      if (trial.trial_number() != static_cast<int64_t>(state.size()) + 1) {
        absl::StrAppend(&observation_.contradictions, "number: ", trial.ShortDebugString(), "\n");
      }
      state.push_back(ToModel(trial));
    }
    observation_.state[job.spec().job_id()] = std::move(state);
  }

  testing::RpcClient client_;
  Observation observation_;
};

}  // namespace

Observation Observe(const std::string& address) { return Reader(address).Read(); }

}  // namespace zeus::bso::torture
