// What the server keeps of trials that it has collected, so that the history of a job is bounded. Units: seconds,
// joules.
#ifndef ZEUS_BSO_MODEL_COLLECTED_SIZE_H_
#define ZEUS_BSO_MODEL_COLLECTED_SIZE_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "model/cost_moments.h"
#include "model/job.h"
#include "model/running_mean.h"
#include "model/trial.h"

namespace zeus::bso {

// How trials of one batch size ended.
struct TrialCounts {
  int64_t num_trials = 0;
  int64_t num_converged = 0;
  int64_t num_failed = 0;  // Ended without converging. Without cancelled and void trials.
  // Numbers of the latest such trials; 0: there is none.
  int64_t last_converged_trial = 0;
  int64_t last_failed_trial = 0;
  int64_t last_infeasible_trial = 0;

  bool operator==(const TrialCounts&) const = default;
};

// Means over trials of one batch size that converged.
struct TrialMeans {
  RunningMean energy;
  RunningMean time;
  RunningMean cost;
  // Only of trials that recorded their epochs.
  RunningMean epochs;
  RunningMean epoch_cost;

  bool operator==(const TrialMeans&) const = default;
};

// Sums over the collected trials of one batch size. Recounts start from them.
struct CollectedSize {
  int64_t batch_size = 0;
  TrialCounts counts;  // Since the size was last added to the job.
  // The least costly one that converged since the target was changed, as costs were weighed when it was collected.
  std::optional<Spent> cheapest = std::nullopt;
  // POLICY_ZEUS only.
  BatchSizeFailures failures;  // After the last trial that the base covers (TrialHistory).
  CostMoments costs;           // Of all results, converged or not.
  TrialMeans means;

  bool operator==(const CollectedSize&) const = default;
};

// Counts a trial, which has ended or runs.
void CountTrial(const Trial& trial, TrialCounts& counts);

// Adds a trial that may have converged. `cost` is that of its result, if it has one.
void AddToMeans(const Trial& trial, double cost, TrialMeans& means);

// The name of the first field that is out of its bounds, as in zeus.bso.v1; empty if there is none.
absl::string_view FirstInvalidField(const CollectedSize& size);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_COLLECTED_SIZE_H_
