#include "model/curves_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace zeus::bso {
namespace {

// Squares and sums of such numbers are finite.
constexpr double kMaxNumber = 1e100;

// Such counts can still grow.
constexpr int64_t kMaxCount = int64_t{1} << 62;
constexpr int kMaxSmallCount = 1 << 30;

// An estimate begins with at least one, so that its variance is finite.
constexpr double kMinDegreesOfFreedom = 1;
constexpr double kMaxDegreesOfFreedom = 51;
constexpr double kMaxWeight = 20;
constexpr double kMaxTimedWeight = 400;
constexpr int kMaxEscalation = 16;

// Finds the first check that fails.
class Checks {
 public:
  Checks& Add(bool ok, absl::string_view field) {
    if (!ok && first_.empty()) first_ = field;
    return *this;
  }
  Checks& AddNotNegative(double value, absl::string_view field) {
    return Add(value >= 0 && std::isfinite(value), field);
  }
  Checks& AddNumber(double value, absl::string_view field) { return Add(std::abs(value) <= kMaxNumber, field); }
  Checks& AddCount(int64_t value, absl::string_view field) { return Add(value >= 0 && value <= kMaxCount, field); }
  Checks& AddSmallCount(int value, absl::string_view field) {
    return Add(value >= 0 && value <= kMaxSmallCount, field);
  }
  Checks& AddWithin(double value, double most, absl::string_view field) {
    return Add(value >= 0 && value <= most, field);
  }

  absl::string_view first() const { return first_; }

 private:
  absl::string_view first_;
};

bool IsValid(const curves::Noise& noise) {
  return noise.sum_of_squares >= 0 && noise.sum_of_squares <= kMaxNumber &&
         noise.degrees_of_freedom >= kMinDegreesOfFreedom && noise.degrees_of_freedom <= kMaxDegreesOfFreedom;
}

bool IsValid(const curves::Surprise& surprise, size_t num_sizes) {
  if (surprise.direction < -1 || surprise.direction > 1) return false;
  return surprise.size.has_value() ? *surprise.size < num_sizes : surprise.direction == 0;
}

bool AreValid(const std::vector<curves::Change>& changes) {
  int64_t previous = 0;
  for (const curves::Change& change : changes) {
    if (change.revision <= previous || change.revision > kMaxCount) return false;
    previous = change.revision;
  }
  return changes.size() <= curves::kMaxChanges;
}

}  // namespace

absl::string_view FirstInvalidField(const CurvesJob& job, std::span<const int64_t> batch_sizes) {
  const curves::JobState& state = job.state;
  const size_t num_sizes = batch_sizes.size();
  const bool has_best = !job.best_batch_size.has_value() ||
                        std::binary_search(batch_sizes.begin(), batch_sizes.end(), *job.best_batch_size);
  return Checks()
      .AddCount(state.run, "run")
      .Add(IsValid(state.epochs_noise), "epochs_noise")
      .Add(IsValid(state.cost_noise), "cost_noise")
      .Add(IsValid(state.epochs_surprise, num_sizes), "epochs_surprise")
      .Add(IsValid(state.cost_surprise, num_sizes), "cost_surprise")
      .AddSmallCount(state.stops, "stops")
      .AddWithin(state.escalation, kMaxEscalation, "escalation")
      .AddNumber(state.warmup.cost, "warmup_cost")
      .AddNumber(state.warmup.log_ratio, "warmup_log_ratio")
      .AddNumber(state.last_warmup.cost, "last_warmup_cost")
      .AddNumber(state.last_warmup.log_ratio, "last_warmup_log_ratio")
      .AddWithin(state.warmup_runs, kMaxWeight, "warmup_runs")
      .Add(has_best, "best_batch_size")
      .Add(!job.best_batch_size.has_value() || job.best_cost.has_value(), "best_cost")
      .AddNotNegative(job.best_cost.value_or(0), "best_cost")
      .Add(state.costs_changed_at.value_or(0) >= 0 && state.costs_changed_at.value_or(0) <= state.run,
           "costs_changed_at")
      .Add(AreValid(job.changes), "changes")
      .AddCount(job.first_trial_since_change, "first_trial_since_change")
      .AddCount(job.num_running_elsewhere, "num_running_elsewhere")
      .first();
}

absl::string_view FirstInvalidField(const CurvesSize& size, const CurvesJob& job) {
  const curves::SizeState& state = size.state;
  const TimedEpoch profile = size.profile.value_or(TimedEpoch());
  const int64_t run = job.state.run;
  const auto is_number = [](double bound) { return std::abs(bound) <= kMaxNumber; };
  const bool has_bounds = state.bounds.size() <= curves::kMaxBounds &&
                          std::all_of(state.bounds.begin(), state.bounds.end(), is_number) &&
                          std::is_sorted(state.bounds.begin(), state.bounds.end());
  return Checks()
      .AddWithin(state.runs, kMaxWeight, "runs")
      .AddNumber(state.log_epochs, "log_epochs")
      .AddWithin(state.epochs_hint, kMaxNumber, "epochs_hint")
      .Add(state.last >= 0 && state.last <= run, "last")
      .AddWithin(state.failures, kMaxNumber, "failures")
      .Add(state.failed_at >= 0 && state.failed_at <= run, "failed_at")
      .Add(has_bounds, "bounds")
      .AddWithin(state.timed, kMaxTimedWeight, "timed")
      .AddNumber(state.log_cost, "log_cost")
      .AddWithin(state.cost_hint, kMaxNumber, "cost_hint")
      .AddSmallCount(state.crashes, "crashes")
      .AddSmallCount(state.ooms, "ooms")
      .AddCount(state.rest_until, "rest_until")
      .AddSmallCount(state.pending, "pending")
      .AddWithin(size.epoch_seconds, kMaxNumber, "epoch_seconds")
      .AddWithin(size.epoch_joules, kMaxNumber, "epoch_joules")
      .AddCount(size.num_trials, "num_trials")
      .AddCount(size.num_converged, "num_converged")
      .AddCount(size.num_failed, "num_failed")
      .AddCount(size.last_converged_trial, "last_converged_trial")
      .AddCount(size.last_failed_trial, "last_failed_trial")
      .AddCount(size.last_infeasible_trial, "last_infeasible_trial")
      .AddCount(size.added_revision, "added_revision")
      .AddCount(size.reset_revision, "reset_revision")
      .AddCount(size.profile_revision, "profile_revision")
      .AddWithin(profile.seconds, kMaxNumber, "profile.seconds")
      .AddWithin(profile.joules, kMaxNumber, "profile.joules")
      .Add(profile.relative_error > 0 && profile.relative_error <= 1, "profile.relative_error")
      .first();
}

absl::string_view FirstInvalidField(const CurvesBase& base) {
  std::vector<int64_t> batch_sizes;
  for (const CurvesSize& size : base.sizes) {
    if (const absl::string_view invalid = FirstInvalidField(size, base.job); !invalid.empty()) return invalid;
    batch_sizes.push_back(size.batch_size);
  }
  const bool are_ascending =
      std::adjacent_find(batch_sizes.begin(), batch_sizes.end(), std::greater_equal<>()) == batch_sizes.end();
  if (!are_ascending || batch_sizes.empty() || batch_sizes.front() < 1) return "batch_size";
  return FirstInvalidField(base.job, batch_sizes);
}

absl::string_view FirstInvalidField(const curves::Ticket& ticket) {
  return Checks()
      .AddNotNegative(ticket.reference_cost, "reference_cost")
      .Add(std::isfinite(ticket.log_epochs), "log_epochs")
      .Add(std::isfinite(ticket.mean), "mean")
      .Add(ticket.sd > 0 && std::isfinite(ticket.sd), "sd")
      .Add(std::isfinite(ticket.log_cost), "log_cost")
      .AddWithin(ticket.escalation, kMaxEscalation, "escalation")
      .Add(std::isfinite(ticket.known_cost.value_or(0)), "known_cost")
      .AddNotNegative(ticket.jump, "jump")
      .first();
}

absl::string_view FirstInvalidField(const TrialProgress& progress) {
  constexpr double kMaxQuantity = 1e50;
  const Spent first_epoch = progress.first_epoch.value_or(Spent());
  return Checks()
      .Add(progress.epochs >= 0, "epochs")
      .AddWithin(progress.time_seconds, kMaxQuantity, "time_seconds")
      .AddWithin(progress.energy_joules, kMaxQuantity, "energy_joules")
      .AddNotNegative(progress.first_epoch_cost.value_or(0), "first_epoch_cost")
      .AddWithin(first_epoch.seconds, kMaxQuantity, "first_epoch_seconds")
      .AddWithin(first_epoch.joules, kMaxQuantity, "first_epoch_joules")
      .first();
}

}  // namespace zeus::bso
