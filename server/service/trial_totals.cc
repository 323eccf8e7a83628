#include "server/service/trial_totals.h"

namespace zeus::bso {
namespace {

// Bounds the memory. With more jobs, one of them is forgotten for each new one: among them are those that were deleted.
constexpr size_t kMaxPending = 100'000;

constexpr size_t kNumEndReasons = 6;  // Of EndReason, the first names.

// What the trial cost, as far as that was reported.
Spent SpentBy(const Trial& trial) {
  if (trial.result.has_value()) return {trial.result->time_seconds, trial.result->energy_joules};
  if (trial.progress.has_value()) return {trial.progress->time_seconds, trial.progress->energy_joules};
  return {};
}

}  // namespace

size_t TrialEndOf(const Trial& trial) {
  if (trial.status == TrialStatus::kFailed) {
    return kNumEndReasons + static_cast<size_t>(trial.failure.value_or(TrialFailure::kFailed));
  }
  return trial.final_report.has_value() ? static_cast<size_t>(trial.final_report->reason) : kTrialEndNames.size() - 1;
}

void TrialTotals::OnCommit(const storage::JobChange& change) {
  if (change.trials_ended.empty()) return;
  absl::MutexLock lock(&mutex_);
  if (pending_.size() >= kMaxPending && !pending_.contains(change.uid)) pending_.erase(pending_.begin());
  Pending& pending = pending_[change.uid];
  for (const Trial& trial : change.trials_ended) {
    ++totals_.ended[IsOfCurves(trial.type) ? 1 : 0][TrialEndOf(trial)];
    const Spent spent = SpentBy(trial);
    pending.spent.seconds += spent.seconds;
    pending.spent.joules += spent.joules;
    if (trial.result.has_value() && trial.result->converged) ++pending.num_converged;
  }
}

void TrialTotals::OnDefaultCost(storage::Uid job_uid, const std::optional<Spent>& cost) {
  if (!cost.has_value()) return;
  absl::MutexLock lock(&mutex_);
  const auto found = pending_.find(job_uid);
  if (found == pending_.end()) return;
  const Pending& pending = found->second;
  const auto num_trainings = static_cast<double>(pending.num_converged);
  totals_.saved.seconds += num_trainings * cost->seconds - pending.spent.seconds;
  totals_.saved.joules += num_trainings * cost->joules - pending.spent.joules;
  pending_.erase(found);
}

TrialTotals::Totals TrialTotals::Read() const {
  absl::MutexLock lock(&mutex_);
  return totals_;
}

}  // namespace zeus::bso
