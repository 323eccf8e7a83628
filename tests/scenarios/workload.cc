#include "tests/scenarios/workload.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zeus::bso::scenarios {

const Phase& Workload::PhaseOf(int64_t recurrence) const {
  const auto num_phases = static_cast<int64_t>(phases.size());
  return phases[static_cast<size_t>(std::min(num_phases - 1, recurrence * num_phases / recurrences))];
}

double Workload::EpochCost(const SizeModel& size) const {
  return size.epoch_seconds * (kEtaKnob * size.watts + (1 - kEtaKnob) * max_watts);
}

double Workload::MeanCost(const SizeModel& size) const {
  const std::vector<double>& epochs = size.epochs;
  if (size.runs_out_of_memory || size.crashes) return kNever;
  if (*std::max_element(epochs.begin(), epochs.end()) > static_cast<double>(max_epochs)) return kNever;
  const double mean = std::accumulate(epochs.begin(), epochs.end(), 0.0) / static_cast<double>(epochs.size());
  return EpochCost(size) * (mean + first_epoch_times - 1);
}

size_t Workload::BestSize(const Phase& phase) const {
  const auto best = std::min_element(
      phase.begin(), phase.end(), [this](const SizeModel& a, const SizeModel& b) { return MeanCost(a) < MeanCost(b); });
  return static_cast<size_t>(best - phase.begin());
}

bool Workload::IsSolvable() const {
  return std::all_of(phases.begin(), phases.end(),
                     [this](const Phase& phase) { return std::isfinite(LeastCost(phase)); });
}

}  // namespace zeus::bso::scenarios
