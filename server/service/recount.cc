#include "server/service/recount.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "model/status_macros.h"
#include "model/trial_history.h"
#include "server/policy/cost.h"
#include "server/policy/curves/corrections.h"
#include "server/policy/curves/replay.h"
#include "server/service/job_checks.h"
#include "server/service/warnings.h"

namespace zeus::bso {

absl::StatusOr<std::vector<Trial>> FindRunningTrials(storage::Session& session, absl::string_view job_id) {
  std::vector<Trial> running;
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchedJob(job_id));
  if (job->num_running_trials == 0) return running;
  const int64_t oldest = job->oldest_running_trial.has_value() ? job->oldest_running_trial->trial_number : 1;
  ZB_RETURN_IF_ERROR(session.ScanTrials(job_id, oldest - 1, [&](const Trial& trial) {
    if (trial.status == TrialStatus::kDispatched) running.push_back(trial);
    return true;
  }));
  return running;
}

absl::Status RecountMinCost(storage::Session& session, Job& job) {
  const int64_t since = job.curves.has_value() ? curves::TargetRevision(*job.curves) : 0;
  job.min_cost.reset();
  job.min_cost_batch_size = job.spec.default_batch_size;
  const auto take = [&job](int64_t batch_size, double cost) {
    if (!CheckBatchSize(job, batch_size).ok() || (job.min_cost.has_value() && cost >= *job.min_cost)) return;
    job.min_cost = cost;
    job.min_cost_batch_size = batch_size;
  };
  ZB_ASSIGN_OR_RETURN(const std::vector<CollectedSize> collected, session.ReadCollectedSizes(job.spec.job_id));
  for (const CollectedSize& size : collected) {
    if (size.cheapest.has_value()) take(size.batch_size, Cost(job.spec, size.cheapest->joules, size.cheapest->seconds));
  }
  return session.ScanTrials(job.spec.job_id, 0, [&](const Trial& trial) {
    if (!HasResult(trial) || !trial.result->converged || trial.end_revision.value_or(0) < since) return true;
    take(trial.batch_size, Cost(job.spec, *trial.result));
    return true;
  });
}

absl::Status RecountLatestResults(storage::Session& session, Job& job) {
  constexpr int64_t kMaxTrials = 1'000;
  const std::string& job_id = job.spec.job_id;
  ZB_ASSIGN_OR_RETURN(const int64_t last, session.LastTrialNumber(job_id));
  std::vector<Trial> trials;
  ZB_RETURN_IF_ERROR(session.ScanTrials(job_id, std::max<int64_t>(last - kMaxTrials, 0), [&](const Trial& trial) {
    if (TaughtItsJob(trial) && !IsCovered(job.history, trial)) trials.push_back(trial);
    return true;
  }));
  curves::KeepNewest(trials.size(), trials);
  // If some that are kept are older, the base is too old.
  const bool goes_on = job.history.has_value() && job.history->begin > last - kMaxTrials;
  const LatestResults first = goes_on ? job.history->latest_results : LatestResults();
  const LatestResults before = std::exchange(job.latest_results, first);
  for (const Trial& trial : trials) CountResult(trial, job);
  job.latest_results.last_trial_number = before.last_trial_number;
  job.latest_results.last_end_time = before.last_end_time;
  return absl::OkStatus();
}

}  // namespace zeus::bso
