#include "server/model/curves_check.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace zeus::bso {
namespace {

// Squares and sums of such numbers are finite.
constexpr double kMaxNumber = 1e100;

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
  Checks& AddNotNegative(double value, absl::string_view field) { return Add(value >= 0 && std::isfinite(value), field); }
  Checks& AddNumber(double value, absl::string_view field) { return Add(std::abs(value) <= kMaxNumber, field); }
  Checks& AddCount(int64_t value, absl::string_view field) { return Add(value >= 0, field); }
  Checks& AddWithin(double value, double most, absl::string_view field) {
    return Add(value >= 0 && value <= most, field);
  }

  absl::string_view first() const { return first_; }

 private:
  absl::string_view first_;
};

bool IsValid(const curves::Noise& noise) {
  return noise.sum_of_squares >= 0 && std::isfinite(noise.sum_of_squares) && noise.degrees_of_freedom > 0 &&
         noise.degrees_of_freedom <= kMaxDegreesOfFreedom;
}

bool IsValid(const curves::Surprise& surprise, size_t num_sizes) {
  if (std::abs(surprise.direction) > 1) return false;
  return surprise.size.has_value() ? *surprise.size < num_sizes : surprise.direction == 0;
}

}  // namespace

absl::string_view FirstInvalidField(const CurvesJob& job, size_t num_sizes) {
  const curves::JobState& state = job.state;
  return Checks()
      .AddCount(state.run, "run")
      .Add(IsValid(state.epochs_noise), "epochs_noise")
      .Add(IsValid(state.cost_noise), "cost_noise")
      .Add(IsValid(state.epochs_surprise, num_sizes), "epochs_surprise")
      .Add(IsValid(state.cost_surprise, num_sizes), "cost_surprise")
      .Add(state.stops >= 0, "stops")
      .AddWithin(state.escalation, kMaxEscalation, "escalation")
      .AddNumber(state.warmup.cost, "warmup_cost")
      .AddNumber(state.warmup.log_ratio, "warmup_log_ratio")
      .AddNumber(state.last_warmup.cost, "last_warmup_cost")
      .AddNumber(state.last_warmup.log_ratio, "last_warmup_log_ratio")
      .AddWithin(state.warmup_runs, kMaxWeight, "warmup_runs")
      .Add(!job.best_batch_size.has_value() || job.best_cost.has_value(), "best_cost")
      .AddNotNegative(job.best_cost.value_or(0), "best_cost")
      .first();
}

absl::string_view FirstInvalidField(const CurvesSize& size, const CurvesJob& job) {
  const curves::SizeState& state = size.state;
  const int64_t run = job.state.run;
  const auto is_number = [](double bound) { return std::abs(bound) <= kMaxNumber; };
  const bool has_bounds = state.bounds.size() <= curves::kMaxBounds &&
                          std::all_of(state.bounds.begin(), state.bounds.end(), is_number) &&
                          std::is_sorted(state.bounds.begin(), state.bounds.end());
  return Checks()
      .AddWithin(state.runs, kMaxWeight, "runs")
      .AddNumber(state.log_epochs, "log_epochs")
      .AddNotNegative(state.epochs_hint, "epochs_hint")
      .Add(state.last >= 0 && state.last <= run, "last")
      .AddNotNegative(state.failures, "failures")
      .Add(state.failed_at >= 0 && state.failed_at <= run, "failed_at")
      .Add(has_bounds, "bounds")
      .AddWithin(state.timed, kMaxTimedWeight, "timed")
      .AddNumber(state.log_cost, "log_cost")
      .AddNotNegative(state.cost_hint, "cost_hint")
      .Add(state.crashes >= 0, "crashes")
      .Add(state.ooms >= 0, "ooms")
      .AddCount(state.rest_until, "rest_until")
      .Add(state.pending >= 0, "pending")
      .AddNotNegative(size.epoch_seconds, "epoch_seconds")
      .AddNotNegative(size.epoch_joules, "epoch_joules")
      .AddCount(size.num_trials, "num_trials")
      .AddCount(size.num_converged, "num_converged")
      .AddCount(size.num_failed, "num_failed")
      .AddCount(size.last_converged_trial, "last_converged_trial")
      .AddCount(size.last_failed_trial, "last_failed_trial")
      .AddCount(size.last_infeasible_trial, "last_infeasible_trial")
      .first();
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
  return Checks()
      .AddCount(progress.epochs, "epochs")
      .AddWithin(progress.time_seconds, kMaxQuantity, "time_seconds")
      .AddWithin(progress.energy_joules, kMaxQuantity, "energy_joules")
      .AddNotNegative(progress.first_epoch_cost.value_or(0), "first_epoch_cost")
      .first();
}

}  // namespace zeus::bso
