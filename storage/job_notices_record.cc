#include "storage/job_notices_record.h"

#include "model/status_macros.h"
#include "storage/record_parsing.h"

namespace zeus::bso::storage {
namespace {

absl::StatusOr<LatestResults> FromRecord(const v1::LatestResultsRecord& record) {
  LatestResults results{.last_trial_number = record.last_trial_number(),
                        .num_not_converged = record.num_not_converged(),
                        .num_without_energy = record.num_without_energy(),
                        .epochs_missing = record.epochs_missing()};
  ZB_RETURN_IF_ERROR(CheckCounter(results.last_trial_number, "trial number"));
  ZB_RETURN_IF_ERROR(CheckCounter(results.num_not_converged, "number of trials"));
  ZB_RETURN_IF_ERROR(CheckCounter(results.num_without_energy, "number of trials"));
  if (record.has_last_end_time_micros()) {
    ZB_ASSIGN_OR_RETURN(results.last_end_time, TimeFromRecord(record.last_end_time_micros()));
  }
  return results;
}

void ToRecord(const LatestResults& results, v1::LatestResultsRecord& record) {
  record.set_last_trial_number(results.last_trial_number);
  if (results.last_end_time.has_value()) record.set_last_end_time_micros(absl::ToUnixMicros(*results.last_end_time));
  record.set_num_not_converged(results.num_not_converged);
  record.set_num_without_energy(results.num_without_energy);
  record.set_epochs_missing(results.epochs_missing);
}

absl::StatusOr<TrialHistory> FromRecord(const v1::TrialHistoryRecord& record) {
  TrialHistory history{.begin = record.begin(),
                       .first = record.first(),
                       .num_collected = record.num_collected(),
                       .end_revision = record.end_revision()};
  ZB_RETURN_IF_ERROR(CheckCounter(history.num_collected, "number of trials"));
  ZB_RETURN_IF_ERROR(CheckCounter(history.end_revision, "revision"));
  ZB_ASSIGN_OR_RETURN(history.latest_results, FromRecord(record.latest_results()));
  const bool is_valid = history.first >= 1 && history.begin >= history.first && history.num_collected < history.begin &&
                        history.latest_results.last_end_time.has_value();
  return is_valid ? absl::StatusOr<TrialHistory>(history) : Corrupted("history");
}

absl::StatusOr<Warning> FromRecord(const v1::WarningRecord& record) {
  const std::optional<WarningReason> reason = WarningReasonOf(record.reason());
  if (!reason.has_value()) return Corrupted("reason of a warning");
  Warning warning{.reason = *reason};
  ZB_ASSIGN_OR_RETURN(warning.since, TimeFromRecord(record.since_micros()));
  if (record.has_batch_size()) warning.batch_size = record.batch_size();
  if (record.has_trial_number()) warning.trial_number = record.trial_number();
  if (!IsWellFormed(warning)) return Corrupted("warning");
  return warning;
}

}  // namespace

void FillNotices(const Job& job, v1::JobRecord& record) {
  if (const LatestResults& results = job.latest_results; results.last_trial_number > 0) {
    ToRecord(results, *record.mutable_latest_results());
  }
  if (const std::optional<TrialHistory>& history = job.history; history.has_value()) {
    v1::TrialHistoryRecord& message = *record.mutable_history();
    message.set_begin(history->begin);
    message.set_first(history->first);
    message.set_num_collected(history->num_collected);
    message.set_end_revision(history->end_revision);
    ToRecord(history->latest_results, *message.mutable_latest_results());
  }
  for (const Warning& warning : job.warnings) {
    v1::WarningRecord& message = *record.add_warnings();
    message.set_reason(static_cast<v1::WarningReason>(warning.reason));
    message.set_since_micros(absl::ToUnixMicros(warning.since));
    if (warning.batch_size.has_value()) message.set_batch_size(*warning.batch_size);
    if (warning.trial_number.has_value()) message.set_trial_number(*warning.trial_number);
  }
  if (job.oldest_running_trial.has_value()) {
    v1::StartedTrialRecord& message = *record.mutable_oldest_running_trial();
    message.set_trial_number(job.oldest_running_trial->trial_number);
    message.set_start_time_micros(absl::ToUnixMicros(job.oldest_running_trial->start_time));
  }
}

absl::Status ReadNotices(const v1::JobRecord& record, Job& job) {
  if (record.has_history()) {
    ZB_ASSIGN_OR_RETURN(job.history, FromRecord(record.history()));
  }
  if (record.has_latest_results()) {
    ZB_ASSIGN_OR_RETURN(job.latest_results, FromRecord(record.latest_results()));
  }
  for (const v1::WarningRecord& message : record.warnings()) {
    ZB_ASSIGN_OR_RETURN(job.warnings.emplace_back(), FromRecord(message));
  }
  if (record.has_oldest_running_trial()) {
    StartedTrial& oldest = job.oldest_running_trial.emplace();
    oldest.trial_number = record.oldest_running_trial().trial_number();
    ZB_RETURN_IF_ERROR(CheckCounter(oldest.trial_number, "trial number"));
    ZB_ASSIGN_OR_RETURN(oldest.start_time, TimeFromRecord(record.oldest_running_trial().start_time_micros()));
  }
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage
