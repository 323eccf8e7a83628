#include "server/service/needed_trials.h"

#include <string>
#include <vector>

#include "model/status_macros.h"
#include "server/policy/curves/replay.h"
#include "server/policy/curves/warm_start.h"

namespace zeus::bso {

absl::StatusOr<NeededTrials> NeededTrials::Find(ZeusService& service, const Job& job) {
  NeededTrials needed;
  if (job.curves.has_value()) return needed;
  const JobSpec& spec = job.spec;
  needed.is_pruning_ = job.stage == Stage::kPruning;
  if (spec.window_size > 0) {
    for (const int64_t batch_size : spec.batch_sizes) {
      ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> window,
                          service.GetTrialResultsOfBatchSize(spec.job_id, batch_size));
      if (!window.empty()) needed.window_begins_[batch_size] = window.back().trial_number;
    }
  }
  if (spec.batch_sizes.size() > kMaxCurvesBatchSizes) {
    const size_t most = curves::MaxTrials(spec.batch_sizes.size());
    ZB_ASSIGN_OR_RETURN(const std::vector<Trial> teaching,
                        service.FindNewestTrials(spec.job_id, most, curves::Teaches));
    if (!teaching.empty()) needed.warm_start_begin_ = teaching.front().trial_number;
  }
  return needed;
}

bool NeededTrials::Needs(const Trial& trial) const {
  if (is_pruning_ && IsExploration(trial)) return true;
  if (trial.trial_number >= warm_start_begin_ && curves::Teaches(trial)) return true;
  const auto window = window_begins_.find(trial.batch_size);
  return window != window_begins_.end() && HasResult(trial) && trial.trial_number >= window->second;
}

}  // namespace zeus::bso
