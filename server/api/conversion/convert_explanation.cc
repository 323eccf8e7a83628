#include "server/api/conversion/convert_explanation.h"

#include <optional>

#include "server/api/conversion/convert_job_notices.h"

namespace zeus::bso::api {
namespace {

v1::Standing ToProto(Standing standing) {
  switch (standing) {
    case Standing::kBest:
      return v1::STANDING_BEST;
    case Standing::kClose:
      return v1::STANDING_CLOSE;
    case Standing::kCostsMore:
      return v1::STANDING_COSTS_MORE;
    case Standing::kUntried:
      return v1::STANDING_UNTRIED;
    case Standing::kNothingConverged:
      return v1::STANDING_NOTHING_CONVERGED;
    case Standing::kFirstTrialRunning:
      return v1::STANDING_FIRST_TRIAL_RUNNING;
    case Standing::kHasNotConverged:
      return v1::STANDING_HAS_NOT_CONVERGED;
    case Standing::kStoppedEarly:
      return v1::STANDING_STOPPED_EARLY;
    case Standing::kBeyondTheTriedRange:
      return v1::STANDING_BEYOND_THE_TRIED_RANGE;
    case Standing::kResting:
      return v1::STANDING_RESTING;
    case Standing::kRuledOut:
      return v1::STANDING_RULED_OUT;
    case Standing::kPruning:
      return v1::STANDING_PRUNING;
  }
  return v1::STANDING_UNSPECIFIED;
}

v1::Estimate ToProto(const Estimate& estimate) {
  v1::Estimate message;
  message.set_value(estimate.value);
  message.set_relative_sd(estimate.relative_sd);
  return message;
}

void ToProto(const BatchSizeExplanation& size, v1::BatchSizeExplanation& message) {
  message.set_batch_size(size.batch_size);
  message.set_num_trials(size.num_trials);
  message.set_num_converged(size.num_converged);
  message.set_num_failed(size.num_failed);
  if (size.cost.has_value()) *message.mutable_cost() = ToProto(*size.cost);
  if (size.energy.has_value()) *message.mutable_energy() = ToProto(*size.energy);
  if (size.time.has_value()) *message.mutable_time() = ToProto(*size.time);
  if (size.epochs.has_value()) *message.mutable_epochs() = ToProto(*size.epochs);
  if (size.epoch_cost.has_value()) *message.mutable_epoch_cost() = ToProto(*size.epoch_cost);
  message.set_best_probability(size.best_probability);
  message.set_standing(ToProto(size.standing));
  if (size.trial_number.has_value()) message.set_trial_number(*size.trial_number);
}

}  // namespace

void ToProto(const Explanation& explanation, v1::ExplainJobResponse& message) {
  if (explanation.best_batch_size.has_value()) message.set_best_batch_size(*explanation.best_batch_size);
  if (explanation.cost_saving.has_value()) *message.mutable_cost_saving() = ToProto(*explanation.cost_saving);
  if (explanation.time_saving.has_value()) *message.mutable_time_saving() = ToProto(*explanation.time_saving);
  if (explanation.energy_saving.has_value()) *message.mutable_energy_saving() = ToProto(*explanation.energy_saving);
  for (const BatchSizeExplanation& size : explanation.sizes) ToProto(size, *message.add_batch_sizes());
}

}  // namespace zeus::bso::api
