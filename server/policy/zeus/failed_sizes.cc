#include "server/policy/zeus/failed_sizes.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/status_macros.h"

namespace zeus::bso {
namespace {

// An error has to fit into the headers of an answer.
constexpr size_t kMostNamed = 20;

// Sizes from the first infeasible one on cannot run. Older servers noted the smallest size, and sizes that had
// converged, too.
bool IsInfeasible(const Job& job, int64_t batch_size) {
  for (const auto& [size, failures] : job.failures) {
    if (size > batch_size) return false;
    const bool fits =
        size == job.spec.batch_sizes.front() || (job.min_cost.has_value() && size <= job.min_cost_batch_size);
    if (failures.infeasible && !fits) return true;
  }
  return false;
}

// The sizes up to this one fit.
void CountFit(Job& job, int64_t batch_size) {
  for (auto it = job.failures.begin(); it != job.failures.end() && it->first <= batch_size;) {
    it->second.infeasible = false;
    it = it->second.num_failures == 0 ? job.failures.erase(it) : std::next(it);
  }
}

int64_t NumFailures(const Job& job, int64_t batch_size) {
  const auto failures = job.failures.find(batch_size);
  return failures == job.failures.end() ? 0 : failures->second.num_failures;
}

bool ReachesFailureLimit(const Job& job, int64_t batch_size) {
  const int64_t limit = job.spec.max_failures_per_batch_size;
  return limit > 0 && NumFailures(job, batch_size) >= limit;
}

std::string Why(const Job& job, int64_t batch_size) {
  if (IsInfeasible(job, batch_size)) return absl::StrCat(batch_size, " (infeasible)");
  if (!ReachesFailureLimit(job, batch_size)) return absl::StrCat(batch_size, " (did not converge)");
  return absl::StrCat(batch_size, " (failed ", NumFailures(job, batch_size), " times)");
}

// Whether the size is known to fit into memory, so that something else held the memory if it did not. The smallest one
// counts as such: without it there is no job.
absl::StatusOr<bool> Fits(const Job& job, int64_t batch_size, JobRecords& records) {
  const std::vector<int64_t>& sizes = job.spec.batch_sizes;
  if (batch_size == sizes.front()) return true;
  if (!job.min_cost.has_value()) return false;
  if (job.min_cost_batch_size >= batch_size) return true;
  for (auto size = sizes.rbegin(); size != sizes.rend() && *size >= batch_size; ++size) {
    ZB_ASSIGN_OR_RETURN(const CollectedSize collected, records.GetCollectedSize(*size));
    if (collected.counts.num_converged > 0) return true;
    ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results, records.GetAllResults(*size));
    const auto converged = [](const TrialResult& result) { return result.result.converged; };
    if (std::any_of(results.begin(), results.end(), converged)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<TrialOutcome> CountedOutcome(const Job& job, const Trial& trial, JobRecords& records) {
  if (trial.result.has_value()) return TrialOutcome(*trial.result);
  const TrialFailure failure = trial.failure.value_or(TrialFailure::kFailed);
  if (failure != TrialFailure::kInfeasible) return TrialOutcome(failure);
  ZB_ASSIGN_OR_RETURN(const bool fits, Fits(job, trial.batch_size, records));
  return TrialOutcome(fits ? TrialFailure::kFailed : failure);
}

void CountOutcome(Job& job, int64_t batch_size, const TrialOutcome& outcome) {
  const auto* const failure = std::get_if<TrialFailure>(&outcome);
  if (failure == nullptr) {
    if (std::get<Result>(outcome).converged) CountFit(job, batch_size);
    const auto failures = job.failures.find(batch_size);
    if (failures == job.failures.end()) return;
    failures->second.num_failures = 0;
    if (!failures->second.infeasible) job.failures.erase(failures);
    return;
  }
  switch (*failure) {
    case TrialFailure::kFailed:
    case TrialFailure::kTimedOut:
    case TrialFailure::kNotConverged:
      ++job.failures[batch_size].num_failures;
      return;
    case TrialFailure::kInfeasible:
      job.failures[batch_size].infeasible = true;
      return;
    case TrialFailure::kCancelled:
      return;
  }
}

void TakeBackFailure(Job& job, int64_t batch_size) {
  const auto failures = job.failures.find(batch_size);
  if (failures == job.failures.end() || failures->second.num_failures == 0) return;
  if (--failures->second.num_failures == 0 && !failures->second.infeasible) job.failures.erase(failures);
}

bool IsRuledOut(const Job& job, int64_t batch_size) {
  return IsInfeasible(job, batch_size) || ReachesFailureLimit(job, batch_size);
}

bool FailsTooOften(const Job& job, int64_t batch_size) {
  return ReachesFailureLimit(job, batch_size) && !IsInfeasible(job, batch_size);
}

absl::Status NoSizeLeft(Reason reason, const Job& job, std::span<const int64_t> batch_sizes,
                        std::map<std::string, std::string> metadata, const std::string& message) {
  std::vector<std::string> whys;
  std::vector<int64_t> failed;
  std::vector<int64_t> infeasible;
  for (const int64_t size : batch_sizes.first(std::min(batch_sizes.size(), kMostNamed))) {
    whys.push_back(Why(job, size));
    if (IsInfeasible(job, size)) {
      infeasible.push_back(size);
    } else if (ReachesFailureLimit(job, size)) {
      failed.push_back(size);
    }
  }
  if (!failed.empty()) metadata["failed_batch_sizes"] = absl::StrJoin(failed, ",");
  if (!infeasible.empty()) metadata["infeasible_batch_sizes"] = absl::StrJoin(infeasible, ",");
  return MakeError(reason, absl::StrCat(message, ": ", absl::StrJoin(whys, ", ")), metadata);
}

}  // namespace zeus::bso
