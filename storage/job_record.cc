// The record of a job.
#include <string>

#include "google/protobuf/stubs/common.h"
#include "model/curves_check.h"
#include "model/job_spec_fields.h"
#include "model/record_fields.h"
#include "model/status_macros.h"
#include "storage/job_notices_record.h"
#include "storage/record_parsing.h"
#include "storage/records.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

v1::Stage ToRecord(Stage stage) {
  switch (stage) {
    case Stage::kPruning:
      return v1::STAGE_PRUNING;
    case Stage::kMab:
      return v1::STAGE_MAB;
    case Stage::kNone:
      return v1::STAGE_NONE;
  }
  return v1::STAGE_UNSPECIFIED;
}

absl::StatusOr<Stage> FromRecord(v1::Stage stage) {
  switch (stage) {
    case v1::STAGE_PRUNING:
      return Stage::kPruning;
    case v1::STAGE_MAB:
      return Stage::kMab;
    case v1::STAGE_NONE:
      return Stage::kNone;
    default:
      return Corrupted("stage");
  }
}

void ToRecord(const JobSpec& spec, v1::JobSpec& record) {
  FillSpec(spec, record);
  if (spec.trial_timeout.has_value()) record.set_trial_timeout_micros(absl::ToInt64Microseconds(*spec.trial_timeout));
  record.set_policy(spec.policy == PolicyKind::kCurves ? v1::POLICY_CURVES : v1::POLICY_ZEUS);
}

absl::StatusOr<PolicyKind> FromRecord(v1::Policy policy) {
  switch (policy) {
    case v1::POLICY_UNSPECIFIED:
    case v1::POLICY_ZEUS:
      return PolicyKind::kZeus;
    case v1::POLICY_CURVES:
      return PolicyKind::kCurves;
    default:
      return Corrupted("policy");
  }
}

absl::StatusOr<JobSpec> FromRecord(absl::string_view job_id, const v1::JobSpec& record) {
  JobSpec spec = SpecFrom(record);
  spec.job_id = std::string(job_id);
  if (record.has_trial_timeout_micros()) spec.trial_timeout = absl::Microseconds(record.trial_timeout_micros());
  ZB_ASSIGN_OR_RETURN(spec.policy, FromRecord(record.policy()));
  return spec;
}

void ToRecord(const Pcg64State& state, v1::GeneratorState& record) {
  record.set_state_high(state.state_high);
  record.set_state_low(state.state_low);
  record.set_inc_high(state.inc_high);
  record.set_inc_low(state.inc_low);
  record.set_has_uint32(state.has_uint32);
  record.set_uinteger(state.uinteger);
}

absl::StatusOr<Pcg64State> FromRecord(const v1::GeneratorState& record) {
  // With an even increment it can come to a state that it stays in, and some draws would never end.
  if (record.inc_low() % 2 == 0) return Corrupted("generator state");
  return Pcg64State{.state_high = record.state_high(),
                    .state_low = record.state_low(),
                    .inc_high = record.inc_high(),
                    .inc_low = record.inc_low(),
                    .has_uint32 = record.has_uint32(),
                    .uinteger = record.uinteger()};
}

// What a job knows, and only a job of the curves policy, is within its bounds.
absl::Status CheckCurves(const Job& job) {
  const bool follows_curves = job.spec.policy == PolicyKind::kCurves;
  if (job.curves.has_value() != follows_curves || (job.stage == Stage::kNone) != follows_curves) {
    return Corrupted("policy");
  }
  if (!follows_curves) return absl::OkStatus();
  if (job.spec.batch_sizes.size() > kMaxCurvesBatchSizes) return Corrupted("number of batch sizes");
  const absl::string_view invalid = FirstInvalidField(*job.curves, job.spec.batch_sizes);
  return invalid.empty() ? absl::OkStatus() : Corrupted(invalid);
}

}  // namespace

absl::Status CheckJobId(absl::string_view key) {
  // Protobuf's own check, without the line that it logs where a message fails it.
  const bool is_text = google::protobuf::internal::IsStructurallyValidUTF8(key.data(), static_cast<int>(key.size()));
  return is_text ? absl::OkStatus() : Corrupted("job_id");
}

std::string EncodeJob(const JobRow& row) {
  v1::JobRecord record;
  record.set_uid(row.uid);
  ToRecord(row.job.spec, *record.mutable_spec());
  record.set_stage(ToRecord(row.job.stage));
  record.set_exp_default_batch_size(row.job.exp_default_batch_size);
  if (row.job.min_cost.has_value()) record.set_min_cost(*row.job.min_cost);
  record.set_min_cost_batch_size(row.job.min_cost_batch_size);
  record.set_create_time_micros(absl::ToUnixMicros(row.job.create_time));
  if (row.job.generator_state.has_value()) ToRecord(*row.job.generator_state, *record.mutable_generator_state());
  record.set_last_trial_number(row.last_trial_number);
  record.set_revision(row.revision);
  for (const auto& [batch_size, failures] : row.job.failures) {
    v1::BatchSizeFailures& of_size = *record.add_failures();
    of_size.set_batch_size(batch_size);
    of_size.set_num_failures(failures.num_failures);
    of_size.set_infeasible(failures.infeasible);
  }
  record.set_num_running_trials(row.job.num_running_trials);
  record.set_warm_start(row.job.warm_start);
  record.set_num_corrections(row.job.num_corrections);
  if (row.job.relearning.has_value()) record.set_relearning_micros(absl::ToUnixMicros(*row.job.relearning));
  FillNotices(row.job, record);
  if (row.job.curves.has_value()) FillCurvesJob(*row.job.curves, *record.mutable_curves());
  return record.SerializeAsString();
}

absl::StatusOr<JobRow> DecodeJob(absl::string_view job_id, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::JobRecord record, Parse<v1::JobRecord>(value, "job"));
  JobRow row;
  row.uid = record.uid();
  row.last_trial_number = record.last_trial_number();
  ZB_RETURN_IF_ERROR(CheckCounter(row.last_trial_number, "trial number"));
  row.revision = record.revision();
  ZB_RETURN_IF_ERROR(CheckCounter(row.revision, "revision"));
  ZB_RETURN_IF_ERROR(CheckDuration(record.spec().trial_timeout_micros(), "timeout"));
  ZB_ASSIGN_OR_RETURN(row.job.spec, FromRecord(job_id, record.spec()));
  ZB_ASSIGN_OR_RETURN(row.job.stage, FromRecord(record.stage()));
  row.job.exp_default_batch_size = record.exp_default_batch_size();
  if (record.has_min_cost()) row.job.min_cost = record.min_cost();
  row.job.min_cost_batch_size = record.min_cost_batch_size();
  ZB_ASSIGN_OR_RETURN(row.job.create_time, TimeFromRecord(record.create_time_micros()));
  if (record.has_generator_state()) {
    ZB_ASSIGN_OR_RETURN(row.job.generator_state, FromRecord(record.generator_state()));
  }
  for (const v1::BatchSizeFailures& of_size : record.failures()) {
    ZB_RETURN_IF_ERROR(CheckCounter(of_size.num_failures(), "number of failures"));
    row.job.failures[of_size.batch_size()] = {.num_failures = of_size.num_failures(),
                                              .infeasible = of_size.infeasible()};
  }
  row.job.num_running_trials = record.num_running_trials();
  ZB_RETURN_IF_ERROR(CheckCounter(row.job.num_running_trials, "number of running trials"));
  row.job.warm_start = record.warm_start();
  row.job.num_corrections = record.num_corrections();
  ZB_RETURN_IF_ERROR(CheckCounter(row.job.num_corrections, "number of corrections"));
  if (record.has_relearning_micros()) {
    ZB_ASSIGN_OR_RETURN(row.job.relearning, TimeFromRecord(record.relearning_micros()));
  }
  if (record.has_curves()) row.job.curves = CurvesJobFrom(record.curves());
  ZB_RETURN_IF_ERROR(ReadNotices(record, row.job));
  ZB_RETURN_IF_ERROR(CheckCurves(row.job));
  return row;
}

}  // namespace zeus::bso::storage
