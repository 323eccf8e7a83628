#include "server/api/streams/job_watch_hub.h"

#include <utility>

#include "model/error.h"
#include "server/api/conversion/convert_job_notices.h"

namespace zeus::bso::api {

absl::Status JobWatchHub::Add(const std::string& job_id, std::shared_ptr<JobWatcher> watcher) {
  absl::MutexLock lock(&mutex_);
  if (draining_) return MakeError(Reason::kDraining, "the server is about to stop; come back later");
  if (num_watchers_ >= max_watchers_) return MakeError(Reason::kTooManyWatchers, "too many callers are watching jobs");
  watchers_[job_id].push_back(std::move(watcher));
  ++num_watchers_;
  return absl::OkStatus();
}

void JobWatchHub::Remove(const std::string& job_id, const JobWatcher* watcher) {
  absl::MutexLock lock(&mutex_);
  const auto of_job = watchers_.find(job_id);
  if (of_job == watchers_.end()) return;
  num_watchers_ -= static_cast<int>(
      std::erase_if(of_job->second, [watcher](const auto& candidate) { return candidate.get() == watcher; }));
  if (of_job->second.empty()) watchers_.erase(of_job);
}

void JobWatchHub::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  for (const auto& watcher : AllWatchers()) watcher->OnDrain();
}

JobWatchHub::Watchers JobWatchHub::AllWatchers() const {
  Watchers watchers;
  absl::MutexLock lock(&mutex_);
  for (const auto& [job_id, of_job] : watchers_) watchers.insert(watchers.end(), of_job.begin(), of_job.end());
  return watchers;
}

JobWatchHub::Watchers JobWatchHub::WatchersOf(const std::string& job_id) const {
  if (num_watchers_ == 0) return {};
  absl::MutexLock lock(&mutex_);
  const auto of_job = watchers_.find(job_id);
  return of_job == watchers_.end() ? Watchers() : of_job->second;
}

void JobWatchHub::OnReport(const TrialKey& trial, const TrialProgress& totals) {
  const Watchers watchers = WatchersOf(trial.job_id);
  if (watchers.empty()) return;
  v1::TrialReport report;
  report.set_batch_size(trial.batch_size);
  report.set_trial_number(trial.trial_number);
  report.set_time_seconds(totals.time_seconds);
  report.set_energy_joules(totals.energy_joules);
  report.set_metric(totals.metric.value_or(0));
  report.set_current_epoch(totals.epochs);
  for (const auto& watcher : watchers) watcher->OnReport(report);
}

void JobWatchHub::OnSummary(const std::string& job_id, uint64_t job_uid, const JobSummary& summary) {
  const Watchers watchers = WatchersOf(job_id);
  if (watchers.empty()) return;
  v1::JobSummary message;
  ToProto(summary, message);
  for (const auto& watcher : watchers) watcher->OnSummary(job_uid, message);
}

bool JobWatchHub::Observes(const storage::ChangedJob& job) const { return !WatchersOf(job.job_id).empty(); }

void JobWatchHub::OnCommit(const storage::JobChange& change) {
  for (const auto& watcher : WatchersOf(change.job_id)) watcher->OnChange(change);
}

void JobWatchHub::OnReopened() {
  for (const auto& watcher : AllWatchers()) watcher->OnReopened();
}

}  // namespace zeus::bso::api
