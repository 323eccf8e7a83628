#include <deque>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/soak/loads.h"
#include "tests/soak/trainer.h"
#include "tests/support/spec_messages.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::testing {
namespace {

constexpr double kJobsPerSecond = 20;
constexpr int kTrialsOfAJob = 4;

constexpr double kLargeJobsPerSecond = 16;
constexpr int kLargeBatchSizes = 200;
constexpr int kLargeTrials = 250;
constexpr size_t kLargeJobsKept = 400;  // Long enough that they are read from table files.

// The requests of a session that makes a job with all its arms and with trials that succeeded.
std::vector<v1::SessionRequest> MakeLargeJob(const std::string& job_id) {
  std::vector<v1::SessionRequest> requests;
  v1::JobSpec& spec = *requests.emplace_back().mutable_create_job()->mutable_spec();
  spec = MakeSpecMessage(job_id);
  SetBatchSizes(spec, kLargeBatchSizes);
  auto& create_arms = *requests.emplace_back().mutable_create_arms();
  create_arms.set_job_id(job_id);
  for (int size = 1; size <= kLargeBatchSizes; ++size) create_arms.add_arms()->set_batch_size(size);
  for (int number = 1; number <= kLargeTrials; ++number) {
    const int size = number % kLargeBatchSizes + 1;
    auto& create = *requests.emplace_back().mutable_create_trial();
    create.set_job_id(job_id);
    create.set_batch_size(size);
    create.set_type(v1::TRIAL_TYPE_EXPLORATION);
    auto& update = *requests.emplace_back().mutable_update_trial();
    update.set_job_id(job_id);
    update.set_batch_size(size);
    update.set_trial_number(number);
    update.set_status(v1::TRIAL_STATUS_SUCCEEDED);
    update.set_time_seconds(number);
    update.set_energy_joules(number);
    update.set_converged(true);
  }
  requests.push_back(CommitRequest());
  return requests;
}

class LargeJobs {
 public:
  LargeJobs(const std::string& address, Progress& progress)
      : client_(address), trainer_(address, progress), progress_(progress) {}

  // Makes another job; reads and deletes the oldest, when there are enough.
  void Turn() {
    Make(absl::StrCat("large-", num_made_++));
    if (job_ids_.size() <= kLargeJobsKept) return;
    Read(job_ids_.front());
    trainer_.Delete(job_ids_.front());
    job_ids_.pop_front();
  }

 private:
  void Make(const std::string& job_id) {
    const std::vector<v1::SessionRequest> requests = MakeLargeJob(job_id);
    WireSession session(client_);
    // Their answers have room in the stream meanwhile: less than its 64 KiB.
    for (const v1::SessionRequest& request : requests) session.Write(request);
    for (size_t i = 0; i < requests.size() && session.Read().has_value(); ++i) {
    }
    if (!progress_.Expect("Session", session.Finish().status)) return;
    progress_.Count(Deed::kTrial, kLargeTrials);
    job_ids_.push_back(job_id);
  }

  void Read(const std::string& job_id) {
    v1::ListTrialsRequest list_trials;
    list_trials.set_job_id(job_id);
    list_trials.set_page_size(kLargeTrials);
    progress_.Expect("ListTrials", client_.Call(RpcClient::Optimizer::ListTrials, list_trials).status);
    v1::GetExplorationsOfJobRequest get_explorations;
    get_explorations.set_job_id(job_id);
    progress_.Expect("GetExplorationsOfJob",
                     client_.Call(RpcClient::Service::GetExplorationsOfJob, get_explorations).status);
    v1::GetArmsRequest get_arms;
    get_arms.set_job_id(job_id);
    progress_.Expect("GetArms", client_.Call(RpcClient::Service::GetArms, get_arms).status);
  }

  RpcClient client_;
  Trainer trainer_;
  Progress& progress_;
  std::deque<std::string> job_ids_;
  int num_made_ = 0;
};

}  // namespace

void ChurnJobs(const std::string& address, Progress& progress) {
  Trainer trainer(address, progress);
  Pace pace(progress, kJobsPerSecond);
  for (int number = 0; pace.Next(); ++number) {
    const std::string job_id = absl::StrCat("churn-", number);
    trainer.Register(MakeSpecMessage(job_id));
    for (int trial = 0; trial < kTrialsOfAJob; ++trial) trainer.RunTrial(job_id);
    trainer.Delete(job_id);
  }
}

void ChurnLargeJobs(const std::string& address, Progress& progress) {
  LargeJobs jobs(address, progress);
  Pace pace(progress, kLargeJobsPerSecond);
  while (pace.Next()) jobs.Turn();
}

}  // namespace zeus::bso::testing
