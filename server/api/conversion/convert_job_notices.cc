#include "server/api/conversion/convert_job_notices.h"

#include "server/api/conversion/convert_time.h"
#include "server/service/warning_text.h"

namespace zeus::bso::api {

void ToProto(const Warning& warning, v1::Warning& message) {
  const WarningText text = Describe(warning);
  message.set_reason(static_cast<v1::WarningReason>(warning.reason));
  message.set_message(text.message);
  message.set_advice(text.advice);
  *message.mutable_since() = ToProto(warning.since);
  if (warning.batch_size.has_value()) message.set_batch_size(*warning.batch_size);
  if (warning.trial_number.has_value()) message.set_trial_number(*warning.trial_number);
}

void ToProto(const LatestResults& results, v1::LatestResults& message) {
  message.set_last_trial_number(results.last_trial_number);
  if (results.last_end_time.has_value()) *message.mutable_last_end_time() = ToProto(*results.last_end_time);
  message.set_num_not_converged(results.num_not_converged);
  message.set_num_without_energy(results.num_without_energy);
  message.set_epochs_missing(results.epochs_missing);
}

void ToProto(const JobSummary& summary, v1::JobSummary& message) {
  message.set_last_trial_number(summary.last_trial_number);
  *message.mutable_last_end_time() = ToProto(summary.last_end_time);
  if (summary.best_batch_size.has_value()) message.set_best_batch_size(*summary.best_batch_size);
  message.set_best_probability(summary.best_probability);
  if (summary.cost_saving.has_value()) *message.mutable_cost_saving() = ToProto(*summary.cost_saving);
  if (summary.time_saving.has_value()) *message.mutable_time_saving() = ToProto(*summary.time_saving);
  if (summary.energy_saving.has_value()) *message.mutable_energy_saving() = ToProto(*summary.energy_saving);
  message.set_num_warnings(summary.num_warnings);
}

v1::Saving ToProto(const Saving& saving) {
  v1::Saving message;
  message.set_median(saving.median);
  message.set_low(saving.low);
  message.set_high(saving.high);
  return message;
}

Warning FromProto(const v1::Warning& message) {
  Warning warning{.reason = static_cast<WarningReason>(message.reason()), .since = FromProto(message.since())};
  if (message.has_batch_size()) warning.batch_size = message.batch_size();
  if (message.has_trial_number()) warning.trial_number = message.trial_number();
  return warning;
}

void ToProto(const TrialHistory& history, v1::TrialHistory& message) {
  message.set_begin(history.begin);
  message.set_num_collected(history.num_collected);
  message.set_end_revision(history.end_revision);
  ToProto(history.latest_results, *message.mutable_latest_results());
}

TrialHistory FromProto(const v1::TrialHistory& message) {
  return {.begin = message.begin(),
          .num_collected = message.num_collected(),
          .end_revision = message.end_revision(),
          .latest_results = FromProto(message.latest_results())};
}

LatestResults FromProto(const v1::LatestResults& message) {
  LatestResults results{.last_trial_number = message.last_trial_number(),
                        .num_not_converged = message.num_not_converged(),
                        .num_without_energy = message.num_without_energy(),
                        .epochs_missing = message.epochs_missing()};
  if (message.has_last_end_time()) results.last_end_time = FromProto(message.last_end_time());
  return results;
}

}  // namespace zeus::bso::api
