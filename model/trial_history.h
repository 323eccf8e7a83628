// Which trials the base of a job covers (TrialHistory).
#ifndef ZEUS_BSO_MODEL_TRIAL_HISTORY_H_
#define ZEUS_BSO_MODEL_TRIAL_HISTORY_H_

#include <optional>

#include "absl/time/time.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

// The end of the last trial that the base covers.
inline EndOrder EndOrderOf(const TrialHistory& history) {
  return {history.end_revision, history.latest_results.last_end_time.value_or(absl::InfinitePast()),
          history.latest_results.last_trial_number};
}

// Whether the base includes what a trial has taught. The trial itself may be kept: if it was needed when those that
// ended after it were collected.
inline bool IsCovered(const std::optional<TrialHistory>& history, const Trial& trial) {
  return history.has_value() && trial.status != TrialStatus::kDispatched && EndOrderOf(trial) <= EndOrderOf(*history);
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_TRIAL_HISTORY_H_
