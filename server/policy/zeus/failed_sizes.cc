#include "server/policy/zeus/failed_sizes.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace zeus::bso {
namespace {

// An error has to fit into the headers of an answer.
constexpr size_t kMostNamed = 20;

// Sizes from the first infeasible one on cannot run.
bool IsInfeasible(const Job& job, int64_t batch_size) {
  for (const auto& [size, failures] : job.failures) {
    if (size > batch_size) return false;
    if (failures.infeasible) return true;
  }
  return false;
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

}  // namespace

void CountOutcome(Job& job, int64_t batch_size, const TrialOutcome& outcome) {
  const auto* const failure = std::get_if<TrialFailure>(&outcome);
  if (failure == nullptr) {
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
