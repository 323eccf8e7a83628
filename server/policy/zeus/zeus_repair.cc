// ZeusPolicy::Unlearn and ResetSize.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/status_macros.h"
#include "model/trial_history.h"
#include "server/policy/cost.h"
#include "server/policy/zeus/failed_sizes.h"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/policy/zeus/zeus_policy.h"

namespace zeus::bso {
namespace {

// How many trials are looked through for other failures of a size.
constexpr int64_t kMaxTrials = 10'000;

// Makes the failures of the trial's size again, of its newest trials that count and those that were collected. What a
// reset has forgotten since then stays forgotten.
absl::Status UnlearnFailure(Job& job, const Trial& failed, JobRecords& records) {
  const int64_t batch_size = failed.batch_size;
  const auto present = job.failures.find(batch_size);
  if (present == job.failures.end()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(std::vector<Trial> trials, records.GetNewestTrials(kMaxTrials));
  std::erase_if(trials, [&](const Trial& trial) {
    return IsCovered(job.history, trial) || trial.batch_size != batch_size ||
           trial.status == TrialStatus::kDispatched || trial.voided.has_value() ||
           trial.trial_number == failed.trial_number;
  });
  std::stable_sort(trials.begin(), trials.end(),
                   [](const Trial& a, const Trial& b) { return a.end_revision < b.end_revision; });
  const BatchSizeFailures before = present->second;
  job.failures.erase(present);
  ZB_ASSIGN_OR_RETURN(const CollectedSize collected, records.GetCollectedSize(batch_size));
  if (collected.failures != BatchSizeFailures()) job.failures[batch_size] = collected.failures;
  for (const Trial& trial : trials) {
    ZB_ASSIGN_OR_RETURN(const TrialOutcome outcome, CountedOutcome(job, trial, records));
    CountOutcome(job, batch_size, outcome);
  }
  const auto again = job.failures.find(batch_size);
  if (again == job.failures.end()) return absl::OkStatus();
  BatchSizeFailures& failures = again->second;
  failures.num_failures = std::min(failures.num_failures, before.num_failures);
  failures.infeasible = failures.infeasible && before.infeasible;
  if (failures == BatchSizeFailures()) job.failures.erase(again);
  return absl::OkStatus();
}

// The costs of results, of which the latest comes first. The oldest cost comes first.
std::vector<double> CostsOf(const JobSpec& spec, const std::vector<TrialResult>& results) {
  std::vector<double> costs;
  costs.reserve(results.size());
  for (auto result = results.rbegin(); result != results.rend(); ++result) costs.push_back(Cost(spec, result->result));
  return costs;
}

// The moments of all results of a size. Only in jobs without a window.
absl::StatusOr<CostMoments> RecountMoments(const JobSpec& spec, int64_t batch_size, JobRecords& records) {
  ZB_ASSIGN_OR_RETURN(const CollectedSize collected, records.GetCollectedSize(batch_size));
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results, records.GetAllResults(batch_size));
  CostMoments moments = collected.costs;
  for (const double cost : CostsOf(spec, results)) moments.Add(cost);
  return moments;
}

// Fits the arm of a size to its results.
absl::StatusOr<GaussianTsArm> FitAgain(const JobSpec& spec, int64_t batch_size, JobRecords& records) {
  if (spec.window_size == 0) {
    ZB_ASSIGN_OR_RETURN(const CostMoments moments, RecountMoments(spec, batch_size, records));
    return FitArmToMoments(spec, batch_size, moments);
  }
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results, records.GetResults(batch_size));
  return FitArm(spec, batch_size, CostsOf(spec, results));
}

}  // namespace

absl::StatusOr<Lesson> ZeusPolicy::Unlearn(Job& job, const Trial& trial, JobRecords& records) const {
  Lesson lesson;
  if (!trial.result.has_value()) {
    if (trial.failure != TrialFailure::kCancelled) ZB_RETURN_IF_ERROR(UnlearnFailure(job, trial, records));
    return lesson;
  }
  const JobSpec& spec = job.spec;
  if (spec.window_size == 0) {
    ZB_ASSIGN_OR_RETURN(lesson.cost_moments, RecountMoments(spec, trial.batch_size, records));
  }
  ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const arm, records.GetArm(trial.batch_size));
  if (arm == nullptr) return lesson;
  ZB_ASSIGN_OR_RETURN(lesson.refit_arm, FitAgain(spec, trial.batch_size, records));
  return lesson;
}

absl::StatusOr<ZeusPolicy::Reset> ZeusPolicy::ResetSize(Job& job, int64_t batch_size, JobRecords& records) const {
  Reset reset;
  const auto failures = job.failures.find(batch_size);
  if (failures == job.failures.end()) return reset;
  const bool was_infeasible = failures->second.infeasible;
  for (const int64_t size : job.spec.batch_sizes) {
    if (size < batch_size || (size > batch_size && !was_infeasible)) continue;
    if (job.failures.erase(size) > 0) reset.batch_sizes.push_back(size);
    if (job.stage != Stage::kMab) continue;
    ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const arm, records.GetArm(size));
    if (arm != nullptr) continue;
    ZB_ASSIGN_OR_RETURN(reset.new_arms.emplace_back(), FitAgain(job.spec, size, records));
  }
  return reset;
}

}  // namespace zeus::bso
