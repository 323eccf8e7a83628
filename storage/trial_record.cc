// The records of trials and of their results.
#include <cmath>
#include <optional>
#include <string>

#include "model/curves_check.h"
#include "model/record_fields.h"
#include "model/status_macros.h"
#include "storage/record_parsing.h"
#include "storage/records.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

v1::TrialType ToRecord(TrialType type) {
  switch (type) {
    case TrialType::kExploration:
      return v1::TRIAL_TYPE_EXPLORATION;
    case TrialType::kConcurrent:
      return v1::TRIAL_TYPE_CONCURRENT;
    case TrialType::kMab:
      return v1::TRIAL_TYPE_MAB;
    case TrialType::kFirst:
      return v1::TRIAL_TYPE_FIRST;
    case TrialType::kBest:
      return v1::TRIAL_TYPE_BEST;
    case TrialType::kExplore:
      return v1::TRIAL_TYPE_EXPLORE;
  }
  return v1::TRIAL_TYPE_UNSPECIFIED;
}

absl::StatusOr<TrialType> FromRecord(v1::TrialType type) {
  switch (type) {
    case v1::TRIAL_TYPE_EXPLORATION:
      return TrialType::kExploration;
    case v1::TRIAL_TYPE_CONCURRENT:
      return TrialType::kConcurrent;
    case v1::TRIAL_TYPE_MAB:
      return TrialType::kMab;
    case v1::TRIAL_TYPE_FIRST:
      return TrialType::kFirst;
    case v1::TRIAL_TYPE_BEST:
      return TrialType::kBest;
    case v1::TRIAL_TYPE_EXPLORE:
      return TrialType::kExplore;
    default:
      return Corrupted("trial type");
  }
}

v1::TrialStatus ToRecord(TrialStatus status) {
  switch (status) {
    case TrialStatus::kDispatched:
      return v1::TRIAL_STATUS_DISPATCHED;
    case TrialStatus::kSucceeded:
      return v1::TRIAL_STATUS_SUCCEEDED;
    case TrialStatus::kFailed:
      return v1::TRIAL_STATUS_FAILED;
  }
  return v1::TRIAL_STATUS_UNSPECIFIED;
}

absl::StatusOr<TrialStatus> FromRecord(v1::TrialStatus status) {
  switch (status) {
    case v1::TRIAL_STATUS_DISPATCHED:
      return TrialStatus::kDispatched;
    case v1::TRIAL_STATUS_SUCCEEDED:
      return TrialStatus::kSucceeded;
    case v1::TRIAL_STATUS_FAILED:
      return TrialStatus::kFailed;
    default:
      return Corrupted("trial status");
  }
}

v1::TrialFailure ToRecord(TrialFailure failure) {
  switch (failure) {
    case TrialFailure::kFailed:
      return v1::TRIAL_FAILURE_FAILED;
    case TrialFailure::kInfeasible:
      return v1::TRIAL_FAILURE_INFEASIBLE;
    case TrialFailure::kCancelled:
      return v1::TRIAL_FAILURE_CANCELLED;
    case TrialFailure::kTimedOut:
      return v1::TRIAL_FAILURE_TIMED_OUT;
    case TrialFailure::kNotConverged:
      return v1::TRIAL_FAILURE_NOT_CONVERGED;
  }
  return v1::TRIAL_FAILURE_UNSPECIFIED;
}

absl::StatusOr<std::optional<TrialFailure>> FromRecord(v1::TrialFailure failure) {
  switch (failure) {
    case v1::TRIAL_FAILURE_UNSPECIFIED:
      return std::nullopt;
    case v1::TRIAL_FAILURE_FAILED:
      return TrialFailure::kFailed;
    case v1::TRIAL_FAILURE_INFEASIBLE:
      return TrialFailure::kInfeasible;
    case v1::TRIAL_FAILURE_CANCELLED:
      return TrialFailure::kCancelled;
    case v1::TRIAL_FAILURE_TIMED_OUT:
      return TrialFailure::kTimedOut;
    case v1::TRIAL_FAILURE_NOT_CONVERGED:
      return TrialFailure::kNotConverged;
    default:
      return Corrupted("trial failure");
  }
}

v1::EndReason ToRecord(EndReason reason) {
  switch (reason) {
    case EndReason::kTargetReached:
      return v1::END_REASON_TARGET_REACHED;
    case EndReason::kMaxEpochsDone:
      return v1::END_REASON_MAX_EPOCHS_DONE;
    case EndReason::kCostOverLimit:
      return v1::END_REASON_COST_OVER_LIMIT;
    case EndReason::kNextEpochOverLimit:
      return v1::END_REASON_NEXT_EPOCH_OVER_LIMIT;
    case EndReason::kDearerThanStartingOver:
      return v1::END_REASON_DEARER_THAN_STARTING_OVER;
    case EndReason::kSlowerThanAnother:
      return v1::END_REASON_SLOWER_THAN_ANOTHER;
  }
  return v1::END_REASON_UNSPECIFIED;
}

absl::StatusOr<EndReason> FromRecord(v1::EndReason reason) {
  switch (reason) {
    case v1::END_REASON_TARGET_REACHED:
      return EndReason::kTargetReached;
    case v1::END_REASON_MAX_EPOCHS_DONE:
      return EndReason::kMaxEpochsDone;
    case v1::END_REASON_COST_OVER_LIMIT:
      return EndReason::kCostOverLimit;
    case v1::END_REASON_NEXT_EPOCH_OVER_LIMIT:
      return EndReason::kNextEpochOverLimit;
    case v1::END_REASON_DEARER_THAN_STARTING_OVER:
      return EndReason::kDearerThanStartingOver;
    case v1::END_REASON_SLOWER_THAN_ANOTHER:
      return EndReason::kSlowerThanAnother;
    default:
      return Corrupted("end reason");
  }
}

void ToRecord(const Result& result, v1::ResultRecord& record) {
  record.set_time_seconds(result.time_seconds);
  record.set_energy_joules(result.energy_joules);
  record.set_converged(result.converged);
}

Result FromRecord(const v1::ResultRecord& record) {
  return {
      .time_seconds = record.time_seconds(), .energy_joules = record.energy_joules(), .converged = record.converged()};
}

void ToRecord(const FinalReport& report, v1::FinalReportRecord& record) {
  record.set_reason(ToRecord(report.reason));
  record.set_metric(report.metric);
  record.set_epochs(report.epochs);
  if (report.cost_limit.has_value()) record.set_cost_limit(*report.cost_limit);
  if (report.expected_rest.has_value()) record.set_expected_rest(*report.expected_rest);
  if (report.limit_batch_size.has_value()) record.set_limit_batch_size(*report.limit_batch_size);
}

absl::StatusOr<FinalReport> FromRecord(const v1::FinalReportRecord& record) {
  FinalReport report;
  ZB_ASSIGN_OR_RETURN(report.reason, FromRecord(record.reason()));
  report.metric = record.metric();
  report.epochs = record.epochs();
  if (record.has_cost_limit()) report.cost_limit = record.cost_limit();
  if (record.has_expected_rest()) report.expected_rest = record.expected_rest();
  if (record.has_limit_batch_size()) report.limit_batch_size = record.limit_batch_size();
  const double limit = report.cost_limit.value_or(0), rest = report.expected_rest.value_or(0);
  const bool is_whole = (report.cost_limit.has_value() || !IsForCost(report.reason)) &&
                        report.expected_rest.has_value() == (report.reason == EndReason::kDearerThanStartingOver);
  const bool is_within_bounds =
      report.epochs >= 0 && limit >= 0 && std::isfinite(limit) && rest >= 0 && std::isfinite(rest);
  if (!is_whole || !is_within_bounds) return Corrupted("final report");
  return report;
}

// How far the trial has come, when it ended, and its ticket.
absl::Status ReadPolicyFields(const v1::TrialRecord& record, Trial& trial) {
  if (record.has_progress()) {
    trial.progress = ProgressFrom(record.progress());
    if (!FirstInvalidField(*trial.progress).empty()) return Corrupted("progress");
  }
  if (record.has_end_revision()) {
    trial.end_revision = record.end_revision();
    ZB_RETURN_IF_ERROR(CheckCounter(*trial.end_revision, "revision"));
  }
  if (record.has_ticket() != IsOfCurves(trial.type)) return Corrupted("ticket");
  if (!record.has_ticket()) return absl::OkStatus();
  trial.ticket = TicketFrom(KindOf(trial.type), record.ticket());
  return FirstInvalidField(*trial.ticket).empty() ? absl::OkStatus() : Corrupted("ticket");
}

// Whether it is silent for too long, and whether it counts.
absl::Status ReadRepairFields(const v1::TrialRecord& record, Trial& trial) {
  if (record.has_heartbeat_interval_micros()) {
    ZB_RETURN_IF_ERROR(CheckDuration(record.heartbeat_interval_micros(), "interval of heartbeats"));
    trial.heartbeat_interval = absl::Microseconds(record.heartbeat_interval_micros());
  }
  if (record.has_heard_micros()) {
    ZB_ASSIGN_OR_RETURN(trial.heard, TimeFromRecord(record.heard_micros()));
  }
  trial.had_grace = record.had_grace();
  if (record.has_former_job_uid()) trial.former_job_uid = record.former_job_uid();
  trial.late = record.late();
  if (trial.late && !trial.result.has_value()) return Corrupted("trial");
  if (!record.has_voided()) return absl::OkStatus();
  if (trial.status == TrialStatus::kDispatched) return Corrupted("trial");
  trial.voided.emplace().reason = record.voided().reason();
  ZB_ASSIGN_OR_RETURN(trial.voided->time, TimeFromRecord(record.voided().time_micros()));
  return absl::OkStatus();
}

}  // namespace

std::string EncodeTrial(const Trial& trial) {
  v1::TrialRecord record;
  record.set_batch_size(trial.batch_size);
  record.set_type(ToRecord(trial.type));
  record.set_status(ToRecord(trial.status));
  record.set_start_time_micros(absl::ToUnixMicros(trial.start_time));
  if (trial.end_time.has_value()) record.set_end_time_micros(absl::ToUnixMicros(*trial.end_time));
  if (trial.result.has_value()) ToRecord(*trial.result, *record.mutable_result());
  if (trial.failure.has_value()) record.set_failure(ToRecord(*trial.failure));
  record.set_client_id(trial.client_id);
  if (trial.deadline.has_value()) record.set_deadline_micros(absl::ToUnixMicros(*trial.deadline));
  if (trial.final_report.has_value()) ToRecord(*trial.final_report, *record.mutable_final_report());
  if (trial.progress.has_value()) FillProgress(*trial.progress, *record.mutable_progress());
  if (trial.end_revision.has_value()) record.set_end_revision(*trial.end_revision);
  if (trial.ticket.has_value()) FillTicket(*trial.ticket, *record.mutable_ticket());
  if (trial.heartbeat_interval.has_value()) {
    record.set_heartbeat_interval_micros(absl::ToInt64Microseconds(*trial.heartbeat_interval));
  }
  if (trial.heard.has_value()) record.set_heard_micros(absl::ToUnixMicros(*trial.heard));
  record.set_had_grace(trial.had_grace);
  if (trial.former_job_uid.has_value()) record.set_former_job_uid(*trial.former_job_uid);
  record.set_late(trial.late);
  if (trial.voided.has_value()) {
    record.mutable_voided()->set_reason(trial.voided->reason);
    record.mutable_voided()->set_time_micros(absl::ToUnixMicros(trial.voided->time));
  }
  return record.SerializeAsString();
}

absl::StatusOr<Trial> DecodeTrial(absl::string_view job_id, int64_t trial_number, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::TrialRecord record, Parse<v1::TrialRecord>(value, "trial"));
  Trial trial;
  trial.job_id = std::string(job_id);
  trial.trial_number = trial_number;
  trial.batch_size = record.batch_size();
  ZB_ASSIGN_OR_RETURN(trial.type, FromRecord(record.type()));
  ZB_ASSIGN_OR_RETURN(trial.status, FromRecord(record.status()));
  ZB_ASSIGN_OR_RETURN(trial.start_time, TimeFromRecord(record.start_time_micros()));
  if (record.has_end_time_micros()) {
    ZB_ASSIGN_OR_RETURN(trial.end_time, TimeFromRecord(record.end_time_micros()));
  }
  if (record.has_result()) trial.result = FromRecord(record.result());
  ZB_ASSIGN_OR_RETURN(trial.failure, FromRecord(record.failure()));
  trial.client_id = record.client_id();
  if (record.has_deadline_micros()) trial.deadline = absl::FromUnixMicros(record.deadline_micros());
  if (trial.result.has_value() != (trial.status == TrialStatus::kSucceeded)) return Corrupted("trial");
  if (trial.failure.has_value() && trial.status != TrialStatus::kFailed) return Corrupted("trial");
  if (record.has_final_report()) {
    ZB_ASSIGN_OR_RETURN(trial.final_report, FromRecord(record.final_report()));
    const bool reached = trial.final_report->reason == EndReason::kTargetReached;
    if (!trial.result.has_value() || trial.result->converged != reached) return Corrupted("trial");
  }
  ZB_RETURN_IF_ERROR(ReadPolicyFields(record, trial));
  ZB_RETURN_IF_ERROR(ReadRepairFields(record, trial));
  return trial;
}

std::string EncodeResult(const Result& result) {
  v1::ResultRecord record;
  ToRecord(result, record);
  return record.SerializeAsString();
}

absl::StatusOr<Result> DecodeResult(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::ResultRecord record, Parse<v1::ResultRecord>(value, "result"));
  return FromRecord(record);
}

}  // namespace zeus::bso::storage
