#include "tests/server/journal.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"

namespace zeus::bso::testing {
namespace {

using google::protobuf::util::MessageDifferencer;
using Optimizer = RpcClient::Optimizer;

bool Matches(const v1::Trial& stored, const v1::Trial& known) {
  v1::Trial comparable = stored;
  if (!known.has_end_time()) comparable.clear_end_time();
  if (!known.has_cost_limit()) comparable.clear_cost_limit();
  if (!known.has_end_revision()) comparable.clear_end_revision();
  return MessageDifferencer::Equals(comparable, known);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const CallError& error) { return out << error.code << " " << error.reason; }

template <typename Response>
void Journal::Count(const Reply<Response>& reply) {
  if (reply.ok()) {
    ++num_answers_;
  } else {
    ++errors_[{reply.code(), reply.reason()}];
  }
}

Journal::KnownTrial& Journal::Find(const std::string& job_id, int64_t trial_number) {
  return jobs_.at(job_id).trials.at(trial_number);
}

void Journal::Record(const v1::RegisterJobRequest& request, const Reply<v1::RegisterJobResponse>& reply) {
  absl::MutexLock lock(&mutex_);
  Count(reply);
  KnownJob& job = jobs_[request.spec().job_id()];
  if (!reply.ok()) {
    job.unsure |= !job.exists;
    return;
  }
  if (!job.unsure && reply.response.created() == job.exists) {
    absl::StrAppend(&contradictions_, job.exists ? "created twice: " : "found: ", request.spec().job_id(), "\n");
  }
  if (reply.response.created()) job = {};
  job.exists = true;
  job.unsure = false;
}

void Journal::Record(const v1::DeleteJobRequest& request, const Reply<v1::DeleteJobResponse>& reply) {
  absl::MutexLock lock(&mutex_);
  Count(reply);
  KnownJob& job = jobs_[request.job_id()];
  if (reply.ok()) {
    job = {};
  } else {
    job.unsure = true;
  }
}

void Journal::Record(const v1::StartTrialRequest& request, const Reply<v1::StartTrialResponse>& reply) {
  absl::MutexLock lock(&mutex_);
  Count(reply);
  KnownJob& job = jobs_[request.job_id()];
  if (!reply.ok()) {
    ++job.num_unsure_starts;
    return;
  }
  const v1::Trial& trial = reply.response.trial();
  if (!job.trials.emplace(trial.trial_number(), KnownTrial{trial}).second) {
    absl::StrAppend(&contradictions_, "started twice: ", trial.ShortDebugString(), "\n");
  }
}

void Journal::Record(const v1::ReportResultRequest& request, const Reply<v1::ReportResultResponse>& reply) {
  absl::MutexLock lock(&mutex_);
  Count(reply);
  KnownTrial& known = Find(request.job_id(), request.trial_number());
  v1::Trial ended = known.trial;
  ended.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  ended.set_time_seconds(request.time_seconds());
  ended.set_energy_joules(request.energy_joules());
  ended.set_converged(true);
  ended.set_end_reason(v1::END_REASON_TARGET_REACHED);
  ended.set_last_metric(request.metric());
  ended.set_epochs(request.current_epoch());
  v1::TrialProgress& progress = *ended.mutable_progress();
  progress.set_epochs(request.current_epoch());
  progress.set_time_seconds(request.time_seconds());
  progress.set_energy_joules(request.energy_joules());
  progress.set_metric(request.metric());
  if (!reply.ok()) {
    known.maybe = ended;
    return;
  }
  if (!reply.response.converged()) absl::StrAppend(&contradictions_, "not: ", ended.ShortDebugString(), "\n");
  known = {ended};
}

void Journal::Record(const v1::EndTrialRequest& request, const Reply<v1::EndTrialResponse>& reply) {
  absl::MutexLock lock(&mutex_);
  Count(reply);
  KnownTrial& known = Find(request.job_id(), request.trial_number());
  if (reply.ok()) {
    known = {reply.response.trial()};
  } else {
    known.maybe = known.trial;
    known.maybe->set_status(v1::TRIAL_STATUS_FAILED);
    known.maybe->set_failure(v1::TRIAL_FAILURE_FAILED);
  }
}

int64_t Journal::num_answers() const {
  absl::MutexLock lock(&mutex_);
  return num_answers_;
}

void Journal::WaitForAnswers(int64_t count) const {
  absl::MutexLock lock(&mutex_);
  const auto done = [this, enough = num_answers_ + count]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return num_answers_ >= enough || !errors_.empty(); };
  mutex_.Await(absl::Condition(&done));
}

std::map<CallError, int64_t> Journal::TakeErrors() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(errors_, {});
}

std::vector<v1::Trial> Journal::Trials() const {
  absl::MutexLock lock(&mutex_);
  std::vector<v1::Trial> trials;
  for (const auto& [job_id, job] : jobs_) {
    for (const auto& [number, known] : job.trials) trials.push_back(known.trial);
  }
  return trials;
}

// Of the journal with a server.
class Journal::Comparison {
 public:
  explicit Comparison(RpcClient& client) : client_(client) {}

  void Compare(std::map<std::string, KnownJob>& known) {
    const std::map<std::string, v1::Job> stored = ListJobs();
    for (const auto& [job_id, job] : stored) {
      if (!known.contains(job_id)) Differ("there: ", job_id);
    }
    for (auto& [job_id, known_job] : known) {
      const auto found = stored.find(job_id);
      const bool exists = found != stored.end();
      if (exists != known_job.exists && !known_job.unsure) Differ(exists ? "there: " : "gone: ", job_id);
      if (exists) {
        CompareJob(found->second, known_job);
      } else {
        known_job = {};
      }
    }
  }

  const std::string& differences() const { return differences_; }

 private:
  template <typename... Parts>
  void Differ(const Parts&... parts) {
    absl::StrAppend(&differences_, parts..., "\n");
  }

  // The answers of a method that lists, page by page.
  template <typename Method, typename Request, typename Visit>
  void ForEachPage(Method method, Request request, Visit visit) {
    request.set_page_size(1000);
    do {
      const auto reply = client_.Call(method, request);
      if (!reply.ok()) return Differ("not listed: ", reply.status.error_message());
      visit(reply.response);
      request.set_page_token(reply.response.next_page_token());
    } while (!request.page_token().empty());
  }

  std::map<std::string, v1::Job> ListJobs() {
    std::map<std::string, v1::Job> jobs;
    ForEachPage(Optimizer::ListJobs, v1::ListJobsRequest(), [&](const v1::ListJobsResponse& page) {
      for (const v1::Job& job : page.jobs()) jobs[job.spec().job_id()] = job;
    });
    return jobs;
  }

  std::vector<v1::Trial> ListTrials(const std::string& job_id) {
    std::vector<v1::Trial> trials;
    v1::ListTrialsRequest request;
    request.set_job_id(job_id);
    ForEachPage(Optimizer::ListTrials, request, [&](const v1::ListTrialsResponse& page) {
      trials.insert(trials.end(), page.trials().begin(), page.trials().end());
    });
    return trials;
  }

  void CompareJob(const v1::Job& job, KnownJob& known) {
    const std::vector<v1::Trial> trials = ListTrials(job.spec().job_id());
    for (const auto& [number, known_trial] : known.trials) {
      if (number > static_cast<int64_t>(trials.size())) Differ("gone: ", known_trial.trial.ShortDebugString());
    }
    for (size_t i = 0; i < trials.size(); ++i) {
      if (trials[i].trial_number() != static_cast<int64_t>(i) + 1) Differ("number: ", trials[i].ShortDebugString());
      CompareTrial(trials[i], known);
    }
    CheckJob(job, trials);
    known.exists = true;
    known.unsure = false;
    known.num_unsure_starts = 0;
  }

  void CompareTrial(const v1::Trial& stored, KnownJob& job) {
    if (stored.has_end_time() != (stored.status() != v1::TRIAL_STATUS_DISPATCHED)) {
      Differ("ended by half: ", stored.ShortDebugString());
    }
    const auto found = job.trials.find(stored.trial_number());
    if (found == job.trials.end()) {
      // Nobody has been told its number, so nobody has ended it.
      if (job.num_unsure_starts == 0 || stored.status() != v1::TRIAL_STATUS_DISPATCHED) {
        Differ("there: ", stored.ShortDebugString());
      } else {
        --job.num_unsure_starts;
      }
      job.trials[stored.trial_number()] = {stored};
      return;
    }
    KnownTrial& known = found->second;
    if (!Matches(stored, known.trial) && !(known.maybe.has_value() && Matches(stored, *known.maybe))) {
      Differ("answered: ", known.trial.ShortDebugString(), "\n     now: ", stored.ShortDebugString());
    }
    known = {stored};
  }

  // Whether the job says of its trials what they are, for they change together.
  void CheckJob(const v1::Job& job, const std::vector<v1::Trial>& trials) {
    constexpr double kNothing = std::numeric_limits<double>::infinity();
    double least_cost = kNothing;
    bool has_mab_trial = false;
    for (const v1::Trial& trial : trials) {
      if (trial.converged()) least_cost = std::min(least_cost, trial.energy_joules());
      has_mab_trial |= trial.type() == v1::TRIAL_TYPE_MAB;
    }
    const double stored_cost = job.has_min_cost() ? job.min_cost() : kNothing;
    if (stored_cost != least_cost) Differ("least cost ", least_cost, ": ", job.ShortDebugString());
    if ((job.stage() == v1::STAGE_MAB) != has_mab_trial) Differ("stage: ", job.ShortDebugString());
  }

  RpcClient& client_;
  std::string differences_;
};

std::string Journal::Compare(RpcClient& client) {
  absl::MutexLock lock(&mutex_);
  Comparison comparison(client);
  comparison.Compare(jobs_);
  return contradictions_ + comparison.differences();
}

}  // namespace zeus::bso::testing
