#include "server/service/warnings.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace zeus::bso {
namespace {

constexpr int64_t kManyNotConverged = 3;
constexpr int64_t kManyWithoutEnergy = 5;
constexpr double kLowBeta = 1.2;

// The energy of a trial, unless it ended before anything was reported.
std::optional<double> EnergyOf(const Trial& ended) {
  if (ended.result.has_value()) return ended.result->energy_joules;
  if (ended.progress.has_value()) return ended.progress->energy_joules;
  return std::nullopt;
}

// Whether a trial that was trained has no epochs; nothing: it was not trained, or nobody had to tell them. The Zeus
// policy asks for epochs in reports only.
std::optional<bool> MissesEpochs(const Trial& ended) {
  const bool gave_up = ended.failure == TrialFailure::kNotConverged && ended.progress.has_value();
  if (!ended.result.has_value() && !gave_up) return std::nullopt;
  if (!ended.ticket.has_value() && !ended.final_report.has_value()) return std::nullopt;
  return !ended.progress.has_value() || ended.progress->epochs == 0;
}

}  // namespace

void CountResult(const Trial& ended, Job& job) {
  LatestResults& results = job.latest_results;
  results.last_trial_number = ended.trial_number;
  results.last_end_time = ended.end_time;
  if (ended.failure == TrialFailure::kCancelled) return;
  const bool converged = ended.result.has_value() && ended.result->converged;
  results.num_not_converged = converged ? 0 : results.num_not_converged + 1;
  if (const std::optional<double> energy = EnergyOf(ended); energy.has_value()) {
    results.num_without_energy = *energy > 0 ? 0 : results.num_without_energy + 1;
  }
  results.epochs_missing = MissesEpochs(ended).value_or(results.epochs_missing);
}

std::vector<Warning> FindWarnings(const Job& job, const Outlook& outlook, const std::optional<StartedTrial>& oldest,
                                  absl::Time now) {
  std::vector<Warning> warnings;
  const auto add = [&](bool found, Warning warning) {
    if (!found) return;
    const auto known = std::find_if(job.warnings.begin(), job.warnings.end(),
                                    [&](const Warning& other) { return IsSameWarning(other, warning); });
    warning.since = known != job.warnings.end() ? known->since : now;
    warnings.push_back(warning);
  };
  const JobSpec& spec = job.spec;
  const LatestResults& results = job.latest_results;
  add(results.num_not_converged >= kManyNotConverged, {.reason = WarningReason::kNotConverging});
  add(outlook.nothing_left, {.reason = WarningReason::kNothingLeft});
  add(spec.eta_knob > 0 && results.num_without_energy >= kManyWithoutEnergy, {.reason = WarningReason::kNoEnergy});
  add(outlook.costs_changed, {.reason = WarningReason::kCostsChanged});
  if (oldest.has_value()) {
    add(now - oldest->start_time > kLongTrial,
        {.reason = WarningReason::kLongTrial, .trial_number = oldest->trial_number});
  }
  add(results.epochs_missing, {.reason = WarningReason::kEpochsMissing});
  for (const int64_t size : outlook.failing_sizes) {
    add(true, {.reason = WarningReason::kSizeRests, .batch_size = size});
  }
  add(spec.beta_knob.has_value() && *spec.beta_knob < kLowBeta, {.reason = WarningReason::kBetaTooLow});
  return warnings;
}

}  // namespace zeus::bso
