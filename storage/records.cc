#include "storage/records.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/stubs/common.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

absl::Status Corrupted(absl::string_view what) {
  return MakeError(Reason::kStorageCorrupted, absl::StrCat("a stored ", what, " cannot be read"));
}

template <typename Record>
absl::StatusOr<Record> Parse(absl::string_view value, absl::string_view what) {
  Record record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return Corrupted(what);
  return record;
}

// Of a number that counts up from 0, and has still room for one more.
absl::Status CheckCounter(int64_t counter, absl::string_view what) {
  return counter >= 0 && counter < std::numeric_limits<int64_t>::max() ? absl::OkStatus() : Corrupted(what);
}

// From the year 1 to 9999: what a google.protobuf.Timestamp can tell.
absl::StatusOr<absl::Time> TimeFromRecord(int64_t micros) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  constexpr int64_t kFirst = -62'135'596'800 * kMicrosPerSecond;
  constexpr int64_t kEnd = 253'402'300'800 * kMicrosPerSecond;
  if (micros < kFirst || micros >= kEnd) return Corrupted("time");
  return absl::FromUnixMicros(micros);
}

// That it is none, or one that a google.protobuf.Duration can tell: of at most 10,000 years.
absl::Status CheckTimeout(const v1::JobSpec& spec) {
  constexpr int64_t kMaxMicros = 315'576'000'000 * 1'000'000;
  const int64_t micros = spec.trial_timeout_micros();
  return micros >= 0 && micros <= kMaxMicros ? absl::OkStatus() : Corrupted("timeout");
}

v1::Stage ToRecord(Stage stage) {
  switch (stage) {
    case Stage::kPruning:
      return v1::STAGE_PRUNING;
    case Stage::kMab:
      return v1::STAGE_MAB;
  }
  return v1::STAGE_UNSPECIFIED;
}

absl::StatusOr<Stage> FromRecord(v1::Stage stage) {
  switch (stage) {
    case v1::STAGE_PRUNING:
      return Stage::kPruning;
    case v1::STAGE_MAB:
      return Stage::kMab;
    default:
      return Corrupted("stage");
  }
}

v1::TrialType ToRecord(TrialType type) {
  switch (type) {
    case TrialType::kExploration:
      return v1::TRIAL_TYPE_EXPLORATION;
    case TrialType::kConcurrent:
      return v1::TRIAL_TYPE_CONCURRENT;
    case TrialType::kMab:
      return v1::TRIAL_TYPE_MAB;
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
    default:
      return Corrupted("end reason");
  }
}

void ToRecord(const JobSpec& spec, v1::JobSpec& record) {
  record.set_job_id_prefix(spec.job_id_prefix);
  record.mutable_batch_sizes()->Add(spec.batch_sizes.begin(), spec.batch_sizes.end());
  record.set_default_batch_size(spec.default_batch_size);
  record.set_eta_knob(spec.eta_knob);
  if (spec.beta_knob.has_value()) record.set_beta_knob(*spec.beta_knob);
  record.set_target_metric(spec.target_metric);
  record.set_higher_is_better_metric(spec.higher_is_better_metric);
  record.set_max_epochs(spec.max_epochs);
  record.set_num_pruning_rounds(spec.num_pruning_rounds);
  record.set_window_size(spec.window_size);
  record.set_mab_prior_mean(spec.mab_prior_mean);
  record.set_mab_prior_precision(spec.mab_prior_precision);
  record.set_mab_num_explorations(spec.mab_num_explorations);
  if (spec.mab_seed.has_value()) record.set_mab_seed(*spec.mab_seed);
  record.set_max_power(spec.max_power);
  record.set_number_of_gpus(spec.number_of_gpus);
  record.set_gpu_model(spec.gpu_model);
  if (spec.trial_timeout.has_value()) record.set_trial_timeout_micros(absl::ToInt64Microseconds(*spec.trial_timeout));
  record.set_max_failures_per_batch_size(spec.max_failures_per_batch_size);
}

JobSpec FromRecord(absl::string_view job_id, const v1::JobSpec& record) {
  JobSpec spec;
  spec.job_id = std::string(job_id);
  spec.job_id_prefix = record.job_id_prefix();
  spec.batch_sizes.assign(record.batch_sizes().begin(), record.batch_sizes().end());
  spec.default_batch_size = record.default_batch_size();
  spec.eta_knob = record.eta_knob();
  if (record.has_beta_knob()) spec.beta_knob = record.beta_knob();
  spec.target_metric = record.target_metric();
  spec.higher_is_better_metric = record.higher_is_better_metric();
  spec.max_epochs = record.max_epochs();
  spec.num_pruning_rounds = record.num_pruning_rounds();
  spec.window_size = record.window_size();
  spec.mab_prior_mean = record.mab_prior_mean();
  spec.mab_prior_precision = record.mab_prior_precision();
  spec.mab_num_explorations = record.mab_num_explorations();
  if (record.has_mab_seed()) spec.mab_seed = record.mab_seed();
  spec.max_power = record.max_power();
  spec.number_of_gpus = record.number_of_gpus();
  spec.gpu_model = record.gpu_model();
  if (record.has_trial_timeout_micros()) spec.trial_timeout = absl::Microseconds(record.trial_timeout_micros());
  if (record.has_max_failures_per_batch_size()) spec.max_failures_per_batch_size = record.max_failures_per_batch_size();
  return spec;
}

void ToRecord(const random::Pcg64State& state, v1::GeneratorState& record) {
  record.set_state_high(state.state_high);
  record.set_state_low(state.state_low);
  record.set_inc_high(state.inc_high);
  record.set_inc_low(state.inc_low);
  record.set_has_uint32(state.has_uint32);
  record.set_uinteger(state.uinteger);
}

absl::StatusOr<random::Pcg64State> FromRecord(const v1::GeneratorState& record) {
  // With an even increment it can come to a state that it stays in, and some draws would never end.
  if (record.inc_low() % 2 == 0) return Corrupted("generator state");
  return random::Pcg64State{.state_high = record.state_high(),
                            .state_low = record.state_low(),
                            .inc_high = record.inc_high(),
                            .inc_low = record.inc_low(),
                            .has_uint32 = record.has_uint32(),
                            .uinteger = record.uinteger()};
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
}

absl::StatusOr<FinalReport> FromRecord(const v1::FinalReportRecord& record) {
  FinalReport report;
  ZB_ASSIGN_OR_RETURN(report.reason, FromRecord(record.reason()));
  report.metric = record.metric();
  report.epochs = record.epochs();
  if (record.has_cost_limit()) report.cost_limit = record.cost_limit();
  const double limit = report.cost_limit.value_or(0);
  const bool is_whole = report.cost_limit.has_value() || report.reason != EndReason::kCostOverLimit;
  const bool is_within_bounds = report.epochs >= 0 && limit >= 0 && std::isfinite(limit);
  if (!is_whole || !is_within_bounds) return Corrupted("final report");
  return report;
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
  ZB_RETURN_IF_ERROR(CheckTimeout(record.spec()));
  row.job.spec = FromRecord(job_id, record.spec());
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
  return row;
}

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
  return trial;
}

std::string EncodeClient(int64_t trial_number) {
  v1::ClientRecord record;
  record.set_trial_number(trial_number);
  return record.SerializeAsString();
}

absl::StatusOr<int64_t> DecodeClient(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::ClientRecord record, Parse<v1::ClientRecord>(value, "client"));
  return record.trial_number();
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

std::string EncodeCostMoments(const CostMoments& moments) {
  v1::CostMomentsRecord record;
  record.set_count(moments.count);
  record.set_first_cost(moments.first_cost);
  record.set_deviation_sum_high(moments.deviation_sum.high);
  record.set_deviation_sum_low(moments.deviation_sum.low);
  record.set_squared_deviation_sum_high(moments.squared_deviation_sum.high);
  record.set_squared_deviation_sum_low(moments.squared_deviation_sum.low);
  return record.SerializeAsString();
}

absl::StatusOr<CostMoments> DecodeCostMoments(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::CostMomentsRecord record, Parse<v1::CostMomentsRecord>(value, "sum of costs"));
  if (record.count() < 1) return Corrupted("sum of costs");
  ZB_RETURN_IF_ERROR(CheckCounter(record.count(), "sum of costs"));
  return CostMoments{
      .count = record.count(),
      .first_cost = record.first_cost(),
      .deviation_sum = {record.deviation_sum_high(), record.deviation_sum_low()},
      .squared_deviation_sum = {record.squared_deviation_sum_high(), record.squared_deviation_sum_low()}};
}

std::string EncodeArm(const GaussianTsArm& arm) {
  v1::ArmRecord record;
  record.set_param_mean(arm.param_mean);
  record.set_param_precision(arm.param_precision);
  record.set_reward_precision(arm.reward_precision);
  record.set_num_observations(arm.num_observations);
  return record.SerializeAsString();
}

absl::StatusOr<GaussianTsArm> DecodeArm(int64_t batch_size, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::ArmRecord record, Parse<v1::ArmRecord>(value, "arm"));
  return GaussianTsArm{.batch_size = batch_size,
                       .param_mean = record.param_mean(),
                       .param_precision = record.param_precision(),
                       .reward_precision = record.reward_precision(),
                       .num_observations = record.num_observations()};
}

std::string EncodeAnswer(const Answer& answer) {
  v1::AnswerRecord record;
  record.set_request_type(answer.request_type);
  record.set_request(answer.request);
  record.set_response(answer.response);
  return record.SerializeAsString();
}

absl::StatusOr<Answer> DecodeAnswer(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(v1::AnswerRecord record, Parse<v1::AnswerRecord>(value, "answer"));
  return Answer{.request_type = std::move(*record.mutable_request_type()),
                .request = std::move(*record.mutable_request()),
                .response = std::move(*record.mutable_response())};
}

}  // namespace zeus::bso::storage
