#include "server/api/transfer/imported_outcomes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "model/status_macros.h"
#include "server/api/errors/field_errors.h"
#include "server/policy/cost.h"
#include "server/policy/curves/corrections.h"

namespace zeus::bso::api {
namespace {

// Sums depend on the order of their terms, but only in digits far beyond those of a double.
constexpr double kTolerance = 1e-9;

// Of the square of the mean, which cancels out in a variance.
constexpr double kVarianceTolerance = 1e-12;

}  // namespace

absl::Status InvalidField(absl::string_view field, absl::string_view rule) {
  FieldErrors errors;
  errors.Add(field, rule);
  return errors.ToStatus();
}

void ImportedOutcomes::Add(const Job& job, const Trial& trial) {
  if (trial.voided.has_value()) return;
  if (!trial.result.has_value()) {
    ++num_failed_[trial.batch_size];
    return;
  }
  const double cost = Cost(job.spec, *trial.result);
  moments_[trial.batch_size].Add(cost);
  const std::vector<int64_t>& sizes = job.spec.batch_sizes;
  if (!std::binary_search(sizes.begin(), sizes.end(), trial.batch_size)) return;
  if (job.curves.has_value() && trial.end_revision.value_or(0) < curves::TargetRevision(*job.curves)) return;
  if (trial.result->converged) TakeMinCost(trial.batch_size, cost);
}

void ImportedOutcomes::Add(const Job& job, const CollectedSize& size) {
  // A trial that was infeasible may have counted as a failure when it ended.
  num_failed_[size.batch_size] += std::max(size.failures.num_failures, size.counts.num_failed);
  if (size.costs.count > 0) moments_[size.batch_size] = size.costs;
  const std::optional<Spent>& cheapest = size.cheapest;
  if (cheapest.has_value()) TakeMinCost(size.batch_size, Cost(job.spec, cheapest->joules, cheapest->seconds));
}

void ImportedOutcomes::TakeMinCost(int64_t batch_size, double cost) {
  if (min_cost_.has_value() && cost > *min_cost_) return;
  if (min_cost_ != cost) min_cost_sizes_.clear();
  min_cost_ = cost;
  min_cost_sizes_.insert(batch_size);
}

absl::Status ImportedOutcomes::Check(const Job& job, const std::map<int64_t, CostMoments>& moments) const {
  ZB_RETURN_IF_ERROR(CheckFailures(job));
  ZB_RETURN_IF_ERROR(CheckMinCost(job));
  for (const auto& [batch_size, given] : moments) ZB_RETURN_IF_ERROR(CheckMoments(batch_size, given));
  return absl::OkStatus();
}

absl::Status ImportedOutcomes::CheckFailures(const Job& job) const {
  for (const auto& [batch_size, failures] : job.failures) {
    const auto failed = num_failed_.find(batch_size);
    if (failures.num_failures <= (failed != num_failed_.end() ? failed->second : 0)) continue;
    return InvalidField("job.failures",
                        absl::StrCat("must not be more than the trials of batch size ", batch_size, " that failed"));
  }
  return absl::OkStatus();
}

absl::Status ImportedOutcomes::CheckMinCost(const Job& job) const {
  if (job.min_cost != min_cost_) {
    return InvalidField("job.min_cost", "must be the least cost of the trials that converged, or absent");
  }
  const bool is_right = min_cost_.has_value() ? min_cost_sizes_.contains(job.min_cost_batch_size)
                                              : job.min_cost_batch_size == job.spec.default_batch_size;
  if (is_right) return absl::OkStatus();
  return InvalidField("job.min_cost_batch_size", "must be the size that had min_cost, else the default");
}

absl::Status ImportedOutcomes::CheckMoments(int64_t batch_size, const CostMoments& given) const {
  const auto found = moments_.find(batch_size);
  const int64_t count = found != moments_.end() ? found->second.count : 0;
  if (given.count != count) {
    return InvalidField("cost_moments.count", absl::StrCat("must be as many as trials of batch size ", batch_size,
                                                           " have succeeded, which is ", count));
  }
  const double mean = found->second.Mean();
  const double variance = found->second.PopulationVariance();
  const double variance_error = kTolerance * variance + kVarianceTolerance * mean * mean;
  if (std::abs(given.Mean() - mean) <= kTolerance * mean &&
      std::abs(given.PopulationVariance() - variance) <= variance_error) {
    return absl::OkStatus();
  }
  return InvalidField("cost_moments", absl::StrCat("must be those of the trials of batch size ", batch_size));
}

}  // namespace zeus::bso::api
