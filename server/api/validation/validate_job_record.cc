#include "server/api/validation/validate_job_record.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "model/curves_check.h"
#include "model/record_fields.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/errors/field_errors.h"
#include "server/api/validation/bounds.h"
#include "server/api/validation/validate_arm.h"
#include "server/api/validation/validate_job_spec.h"

namespace zeus::bso::api {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr int64_t kMaxRevision = int64_t{1} << 62;  // The job's revision goes on from it.

bool IsTime(const Timestamp& time) {
  return time.seconds() >= TimeUtil::kTimestampMinSeconds && time.seconds() <= TimeUtil::kTimestampMaxSeconds &&
         time.nanos() >= 0 && time.nanos() < 1'000'000'000;
}

void CheckTime(const Timestamp& time, absl::string_view field, FieldErrors& errors) {
  errors.Check(IsTime(time), field, "must be a time from the year 1 to 9999");
}

void CheckSizeOfJob(const v1::JobSpec& spec, int64_t batch_size, absl::string_view field, FieldErrors& errors) {
  const auto& sizes = spec.batch_sizes();
  errors.Check(std::find(sizes.begin(), sizes.end(), batch_size) != sizes.end(), field,
               "must be one of spec.batch_sizes");
}

void CheckFailures(const v1::Job& job, FieldErrors& errors) {
  int64_t previous = 0;
  for (int i = 0; i < job.failures_size(); ++i) {
    const v1::BatchSizeFailures& failures = job.failures(i);
    const std::string path = absl::StrCat("failures[", i, "]");
    CheckSizeOfJob(job.spec(), failures.batch_size(), absl::StrCat(path, ".batch_size"), errors);
    errors.Check(failures.batch_size() > previous, absl::StrCat(path, ".batch_size"), "must be ascending");
    errors.CheckRange(failures.num_failures(), 0, kMaxCount, absl::StrCat(path, ".num_failures"));
    previous = failures.batch_size();
  }
}

void CheckGenerator(const v1::Job& job, FieldErrors& errors) {
  errors.Check(job.has_generator_state() == job.spec().has_mab_seed(), "generator_state",
               "must be present exactly when spec.mab_seed is");
  errors.Check(!job.has_generator_state() || job.generator_state().inc_low() % 2 == 1, "generator_state.inc_low",
               "must be odd");
}

void CheckWarnings(const v1::Job& job, FieldErrors& errors) {
  for (int i = 0; i < job.warnings_size(); ++i) {
    const v1::Warning& warning = job.warnings(i);
    const std::string path = absl::StrCat("warnings[", i, "]");
    const bool is_known = WarningReasonOf(warning.reason()).has_value();
    errors.Check(is_known, absl::StrCat(path, ".reason"), "must be one of WarningReason");
    CheckTime(warning.since(), absl::StrCat(path, ".since"), errors);
    errors.Check(warning.has_batch_size() == (warning.reason() == v1::WARNING_REASON_SIZE_RESTS),
                 absl::StrCat(path, ".batch_size"), "must be present exactly with WARNING_REASON_SIZE_RESTS");
    if (warning.has_batch_size()) {
      CheckSizeOfJob(job.spec(), warning.batch_size(), absl::StrCat(path, ".batch_size"), errors);
    }
    errors.Check(warning.has_trial_number() == (warning.reason() == v1::WARNING_REASON_LONG_TRIAL),
                 absl::StrCat(path, ".trial_number"), "must be present exactly with WARNING_REASON_LONG_TRIAL");
    errors.CheckRange(warning.trial_number(), 0, kMaxCount, absl::StrCat(path, ".trial_number"));
  }
}

void CheckLatestResults(const v1::LatestResults& results, absl::string_view path, FieldErrors& errors) {
  const auto check = [&](int64_t count, absl::string_view field) {
    errors.CheckRange(count, 0, kMaxRevision, absl::StrCat(path, ".", field));
  };
  check(results.last_trial_number(), "last_trial_number");
  if (results.has_last_end_time()) CheckTime(results.last_end_time(), absl::StrCat(path, ".last_end_time"), errors);
  check(results.num_not_converged(), "num_not_converged");
  check(results.num_without_energy(), "num_without_energy");
}

void CheckHistory(const v1::TrialHistory& history, FieldErrors& errors) {
  errors.CheckRange(history.begin(), 2, kMaxRevision, "history.begin");
  errors.CheckRange(history.num_collected(), 1, std::max<int64_t>(history.begin(), 2) - 1, "history.num_collected");
  errors.CheckRange(history.end_revision(), 0, kMaxRevision, "history.end_revision");
  errors.Check(history.latest_results().has_last_end_time(), "history.latest_results.last_end_time", "must be present");
  CheckLatestResults(history.latest_results(), "history.latest_results", errors);
}

absl::Status Check(const v1::Job& job) {
  FieldErrors errors("job.");
  CheckJobSpec(job.spec(), JobId::kRequired, errors);
  const bool follows_curves = job.spec().policy() == v1::POLICY_CURVES;
  const bool has_stage = job.stage() == v1::STAGE_PRUNING || job.stage() == v1::STAGE_MAB;
  errors.Check(follows_curves ? job.stage() == v1::STAGE_NONE : has_stage, "stage",
               "must be STAGE_PRUNING or STAGE_MAB, or with POLICY_CURVES STAGE_NONE");
  errors.Check(!follows_curves || job.failures().empty(), "failures", "must be empty with POLICY_CURVES");
  CheckSizeOfJob(job.spec(), job.exp_default_batch_size(), "exp_default_batch_size", errors);
  CheckSizeOfJob(job.spec(), job.min_cost_batch_size(), "min_cost_batch_size", errors);
  // A cost is at most a little more than its bound, as it is a sum.
  if (job.has_min_cost()) errors.CheckRange(job.min_cost(), 0.0, 10 * kMaxCost, "min_cost");
  CheckTime(job.create_time(), "create_time", errors);
  if (!job.warm_start().empty()) CheckJobId(job.warm_start(), "warm_start", errors);
  CheckGenerator(job, errors);
  CheckFailures(job, errors);
  CheckWarnings(job, errors);
  CheckLatestResults(job.latest_results(), "latest_results", errors);
  if (job.has_history()) CheckHistory(job.history(), errors);
  errors.CheckRange(job.num_corrections(), 0, kMaxCount - 1, "num_corrections");
  return errors.ToStatus();
}

absl::Status Check(const v1::GaussianTsArm& arm) {
  FieldErrors errors;
  CheckJobId(arm.job_id(), "arm.job_id", errors);
  CheckArm(arm, "arm", errors);
  return errors.ToStatus();
}

absl::Status Check(const v1::CostMoments& moments) {
  FieldErrors errors("cost_moments.");
  CheckBatchSize(moments.batch_size(), "batch_size", errors);
  errors.CheckRange(moments.count(), 1, kMaxCount, "count");
  errors.CheckRange(moments.first_cost(), 0.0, 10 * kMaxCost, "first_cost");
  const auto check_sum = [&errors](double sum, absl::string_view field) {
    errors.Check(std::isfinite(sum), field, "must be finite");
  };
  check_sum(moments.deviation_sum_high(), "deviation_sum_high");
  check_sum(moments.deviation_sum_low(), "deviation_sum_low");
  check_sum(moments.squared_deviation_sum_high(), "squared_deviation_sum_high");
  check_sum(moments.squared_deviation_sum_low(), "squared_deviation_sum_low");
  return errors.ToStatus();
}

void CheckEnd(const v1::Trial& trial, FieldErrors& errors) {
  const bool running = trial.status() == v1::TRIAL_STATUS_DISPATCHED;
  errors.Check(trial.has_end_time() != running, "end_time", "must be present exactly when the trial has ended");
  if (!trial.has_end_time()) return;
  CheckTime(trial.end_time(), "end_time", errors);
  errors.Check(!(trial.end_time() < trial.start_time()), "end_time", "must not be before start_time");
}

void CheckOutcome(const v1::Trial& trial, FieldErrors& errors) {
  const bool succeeded = trial.status() == v1::TRIAL_STATUS_SUCCEEDED;
  const auto check_presence = [&](bool present, absl::string_view field) {
    errors.Check(present == succeeded, field, "must be present exactly when the trial has succeeded");
  };
  check_presence(trial.has_time_seconds(), "time_seconds");
  check_presence(trial.has_energy_joules(), "energy_joules");
  check_presence(trial.has_converged(), "converged");
  errors.CheckRange(trial.time_seconds(), 0.0, kMaxQuantity, "time_seconds");
  errors.CheckRange(trial.energy_joules(), 0.0, kMaxQuantity, "energy_joules");
  errors.Check(v1::TrialFailure_IsValid(trial.failure()), "failure", "must be one of TrialFailure");
  errors.Check(trial.status() == v1::TRIAL_STATUS_FAILED || trial.failure() == v1::TRIAL_FAILURE_UNSPECIFIED, "failure",
               "must be unspecified unless the trial has failed");
}

// A trial that another server ended may have no reason: that server recorded none, or no report ended the trial.
void CheckFinalReport(const v1::Trial& trial, FieldErrors& errors) {
  errors.Check(v1::EndReason_IsValid(trial.end_reason()), "end_reason", "must be one of EndReason");
  const bool is_given = trial.end_reason() != v1::END_REASON_UNSPECIFIED;
  errors.Check(!is_given || trial.status() == v1::TRIAL_STATUS_SUCCEEDED, "end_reason",
               "must be unspecified unless the trial has succeeded");
  errors.Check(!is_given || (trial.end_reason() == v1::END_REASON_TARGET_REACHED) == trial.converged(), "end_reason",
               "must be END_REASON_TARGET_REACHED exactly if the trial has converged");
  errors.Check(trial.has_last_metric() == is_given, "last_metric", "must be present exactly if end_reason is given");
  errors.Check(trial.has_epochs() == is_given, "epochs", "must be present exactly if end_reason is given");
  errors.CheckRange(trial.epochs(), 0, kMaxCount, "epochs");
  errors.Check(is_given || !trial.has_cost_limit(), "cost_limit", "must be absent unless end_reason is given");
  const bool is_for_cost = trial.end_reason() >= v1::END_REASON_COST_OVER_LIMIT;
  errors.Check(!is_for_cost || trial.has_cost_limit(), "cost_limit",
               "must be present with an end_reason that names it");
  errors.CheckRange(trial.cost_limit(), 0.0, std::numeric_limits<double>::max(), "cost_limit");
  errors.Check(trial.has_expected_rest() == (trial.end_reason() == v1::END_REASON_DEARER_THAN_STARTING_OVER),
               "expected_rest", "must be present exactly with END_REASON_DEARER_THAN_STARTING_OVER");
  errors.CheckRange(trial.expected_rest(), 0.0, std::numeric_limits<double>::max(), "expected_rest");
  errors.Check(is_for_cost || !trial.has_limit_batch_size(), "limit_batch_size",
               "must be absent unless end_reason is about the cost");
}

// What policies keep with a trial.
void CheckPolicyFields(const v1::Trial& trial, FieldErrors& errors) {
  const auto check = [&errors](absl::string_view message, absl::string_view invalid_field) {
    errors.Check(invalid_field.empty(), absl::StrCat(message, ".", invalid_field), "must be within its bounds");
  };
  if (trial.has_progress()) check("progress", FirstInvalidField(ProgressFrom(trial.progress())));
  const bool running = trial.status() == v1::TRIAL_STATUS_DISPATCHED;
  errors.Check(!running || !trial.has_end_revision(), "end_revision", "must be absent while the trial is running");
  errors.CheckRange(trial.end_revision(), 0, kMaxRevision, "end_revision");
  const TrialType type = FromProto(trial.type());
  errors.Check(trial.has_curves_ticket() == IsOfCurves(type), "curves_ticket",
               "must be present exactly for the types of POLICY_CURVES");
  if (trial.has_curves_ticket()) {
    check("curves_ticket", FirstInvalidField(TicketFrom(KindOf(type), trial.curves_ticket())));
  }
}

// Whether the trial counts, and how often it sends heartbeats.
void CheckRepairFields(const v1::Trial& trial, FieldErrors& errors) {
  errors.Check(!trial.late() || trial.status() == v1::TRIAL_STATUS_SUCCEEDED, "late",
               "must be false unless the trial has succeeded");
  if (trial.has_voided()) {
    errors.Check(trial.status() != v1::TRIAL_STATUS_DISPATCHED, "voided", "must be absent while the trial is running");
    CheckReason(trial.voided().reason(), "voided.reason", errors);
    CheckTime(trial.voided().time(), "voided.time", errors);
  }
  if (trial.has_heartbeat_interval()) {
    CheckDuration(trial.heartbeat_interval(), kMinTrialTimeout, kMaxTrialTimeout, "heartbeat_interval",
                  "must be from 1 ms to 3,650 days", errors);
  }
}

absl::Status Check(const v1::Trial& trial) {
  FieldErrors errors("trial.");
  CheckJobId(trial.job_id(), "job_id", errors);
  errors.CheckRange(trial.trial_number(), 1, kMaxCount, "trial_number");
  CheckBatchSize(trial.batch_size(), "batch_size", errors);
  errors.Check(trial.type() != v1::TRIAL_TYPE_UNSPECIFIED && v1::TrialType_IsValid(trial.type()), "type",
               "must be one of TrialType");
  errors.Check(trial.status() != v1::TRIAL_STATUS_UNSPECIFIED && v1::TrialStatus_IsValid(trial.status()), "status",
               "must be one of TrialStatus");
  CheckTime(trial.start_time(), "start_time", errors);
  CheckEnd(trial, errors);
  CheckOutcome(trial, errors);
  CheckFinalReport(trial, errors);
  CheckPolicyFields(trial, errors);
  CheckRepairFields(trial, errors);
  CheckClientId(trial.client_id(), "client_id", errors);
  return errors.ToStatus();
}

absl::Status Check(const v1::CurvesSizeState& size) {
  FieldErrors errors("curves_size.");
  CheckBatchSize(size.batch_size(), "batch_size", errors);
  return errors.ToStatus();
}

absl::Status Check(const v1::CurvesBase& base) {
  FieldErrors errors("curves_base.");
  errors.Check(base.sizes_size() <= kMaxCurvesBatchSizes, "sizes",
               absl::StrCat("must have at most ", kMaxCurvesBatchSizes));
  for (int i = 0; i < base.sizes_size(); ++i) {
    CheckBatchSize(base.sizes(i).batch_size(), absl::StrCat("sizes[", i, "].batch_size"), errors);
  }
  return errors.ToStatus();
}

absl::Status Check(const v1::CollectedSize& size) {
  FieldErrors errors("collected_size.");
  CheckBatchSize(size.batch_size(), "batch_size", errors);
  const absl::string_view invalid = FirstInvalidField(CollectedSizeFrom(size.batch_size(), size));
  errors.Check(invalid.empty() || invalid == "batch_size", invalid, "must be within its bounds");
  return errors.ToStatus();
}

absl::Status Check(const v1::JobEnd& end) {
  FieldErrors errors("end.");
  errors.CheckRange(end.num_records(), 1, kMaxCount, "num_records");
  return errors.ToStatus();
}

}  // namespace

absl::Status Validate(const v1::JobRecord& record) {
  switch (record.record_case()) {
    case v1::JobRecord::kJob:
      return Check(record.job());
    case v1::JobRecord::kArm:
      return Check(record.arm());
    case v1::JobRecord::kCostMoments:
      return Check(record.cost_moments());
    case v1::JobRecord::kTrial:
      return Check(record.trial());
    case v1::JobRecord::kEnd:
      return Check(record.end());
    case v1::JobRecord::kCurvesJob:
      return absl::OkStatus();  // Its bounds depend on the job.
    case v1::JobRecord::kCurvesSize:
      return Check(record.curves_size());
    case v1::JobRecord::kCurvesBase:
      return Check(record.curves_base());
    case v1::JobRecord::kCollectedSize:
      return Check(record.collected_size());
    case v1::JobRecord::RECORD_NOT_SET:
      break;
  }
  FieldErrors errors;
  errors.Add("record", "must be one that this server knows");
  return errors.ToStatus();
}

}  // namespace zeus::bso::api
