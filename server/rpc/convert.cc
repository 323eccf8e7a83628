#include "server/rpc/convert.h"

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/util/time_util.h"
#include "model/record_fields.h"
#include "server/rpc/convert_job_notices.h"
#include "server/rpc/convert_time.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::TimeUtil;

// Of zeus.bso.v1.JobSpec.
constexpr double kDefaultEtaKnob = 0.5;
constexpr double kDefaultBetaKnob = 2.0;
constexpr double kDefaultTargetMetric = 0.5;
constexpr int64_t kDefaultMaxEpochs = 100;
constexpr int64_t kDefaultPruningRounds = 2;
constexpr int64_t kDefaultMabExplorations = 2;
constexpr int64_t kDefaultMaxFailures = 3;

v1::Policy ToProto(PolicyKind policy) { return policy == PolicyKind::kCurves ? v1::POLICY_CURVES : v1::POLICY_ZEUS; }

void ToProto(const JobSpec& spec, v1::JobSpec& message) {
  message.set_job_id(spec.job_id);
  message.set_job_id_prefix(spec.job_id_prefix);
  message.mutable_batch_sizes()->Add(spec.batch_sizes.begin(), spec.batch_sizes.end());
  message.set_default_batch_size(spec.default_batch_size);
  message.set_eta_knob(spec.eta_knob);
  if (spec.beta_knob.has_value()) message.set_beta_knob(*spec.beta_knob);
  message.set_disable_early_stop(!spec.beta_knob.has_value());
  message.set_target_metric(spec.target_metric);
  message.set_higher_is_better_metric(spec.higher_is_better_metric);
  message.set_max_epochs(spec.max_epochs);
  message.set_num_pruning_rounds(spec.num_pruning_rounds);
  message.set_window_size(spec.window_size);
  message.set_mab_prior_mean(spec.mab_prior_mean);
  message.set_mab_prior_precision(spec.mab_prior_precision);
  message.set_mab_num_explorations(spec.mab_num_explorations);
  if (spec.mab_seed.has_value()) message.set_mab_seed(*spec.mab_seed);
  message.set_max_power(spec.max_power);
  message.set_number_of_gpus(spec.number_of_gpus);
  message.set_gpu_model(spec.gpu_model);
  if (spec.trial_timeout.has_value()) {
    *message.mutable_trial_timeout() = TimeUtil::MicrosecondsToDuration(absl::ToInt64Microseconds(*spec.trial_timeout));
  }
  message.set_max_failures_per_batch_size(spec.max_failures_per_batch_size);
  message.set_policy(ToProto(spec.policy));
}

void ToProto(const Pcg64State& state, v1::GeneratorState& message) {
  message.set_state_high(state.state_high);
  message.set_state_low(state.state_low);
  message.set_inc_high(state.inc_high);
  message.set_inc_low(state.inc_low);
  message.set_has_uint32(state.has_uint32);
  message.set_uinteger(state.uinteger);
}

Pcg64State FromProto(const v1::GeneratorState& message) {
  return {.state_high = message.state_high(),
          .state_low = message.state_low(),
          .inc_high = message.inc_high(),
          .inc_low = message.inc_low(),
          .has_uint32 = message.has_uint32(),
          .uinteger = message.uinteger()};
}

v1::TrialType ToProto(TrialType type) {
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

v1::TrialStatus ToProto(TrialStatus status) {
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

v1::TrialFailure ToProto(TrialFailure failure) {
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

EndReason FromProto(v1::EndReason reason) {
  switch (reason) {
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
      return EndReason::kTargetReached;
  }
}

}  // namespace

v1::EndReason ToProto(EndReason reason) {
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

v1::Stage ToProto(Stage stage) {
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

JobSpec FromProto(const v1::JobSpec& message) {
  JobSpec spec;
  spec.job_id = message.job_id();
  spec.job_id_prefix = message.job_id_prefix();
  spec.batch_sizes.assign(message.batch_sizes().begin(), message.batch_sizes().end());
  std::sort(spec.batch_sizes.begin(), spec.batch_sizes.end());
  spec.default_batch_size = message.default_batch_size();
  spec.eta_knob = message.has_eta_knob() ? message.eta_knob() : kDefaultEtaKnob;
  if (!message.disable_early_stop()) spec.beta_knob = message.has_beta_knob() ? message.beta_knob() : kDefaultBetaKnob;
  spec.target_metric = message.has_target_metric() ? message.target_metric() : kDefaultTargetMetric;
  spec.higher_is_better_metric = !message.has_higher_is_better_metric() || message.higher_is_better_metric();
  spec.max_epochs = message.has_max_epochs() ? message.max_epochs() : kDefaultMaxEpochs;
  spec.num_pruning_rounds = message.has_num_pruning_rounds() ? message.num_pruning_rounds() : kDefaultPruningRounds;
  spec.window_size = message.window_size();
  spec.mab_prior_mean = message.mab_prior_mean();
  spec.mab_prior_precision = message.mab_prior_precision();
  spec.mab_num_explorations =
      message.has_mab_num_explorations() ? message.mab_num_explorations() : kDefaultMabExplorations;
  if (message.has_mab_seed()) spec.mab_seed = message.mab_seed();
  spec.max_power = message.max_power();
  spec.number_of_gpus = message.number_of_gpus();
  spec.gpu_model = message.gpu_model();
  if (message.has_trial_timeout()) {
    spec.trial_timeout = absl::Microseconds(TimeUtil::DurationToMicroseconds(message.trial_timeout()));
  }
  spec.max_failures_per_batch_size =
      message.has_max_failures_per_batch_size() ? message.max_failures_per_batch_size() : kDefaultMaxFailures;
  spec.policy = FromProto(message.policy());
  return spec;
}

GaussianTsArm FromProto(const v1::GaussianTsArm& message) {
  return {.batch_size = message.batch_size(),
          .param_mean = message.param_mean(),
          .param_precision = message.param_precision(),
          .reward_precision = message.reward_precision(),
          .num_observations = message.num_observations()};
}

TrialType FromProto(v1::TrialType type) {
  switch (type) {
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
      return TrialType::kExploration;
  }
}

TrialStatus FromProto(v1::TrialStatus status) {
  switch (status) {
    case v1::TRIAL_STATUS_SUCCEEDED:
      return TrialStatus::kSucceeded;
    case v1::TRIAL_STATUS_FAILED:
      return TrialStatus::kFailed;
    default:
      return TrialStatus::kDispatched;
  }
}

TrialFailure FromProto(v1::TrialFailure failure) {
  switch (failure) {
    case v1::TRIAL_FAILURE_INFEASIBLE:
      return TrialFailure::kInfeasible;
    case v1::TRIAL_FAILURE_CANCELLED:
      return TrialFailure::kCancelled;
    case v1::TRIAL_FAILURE_TIMED_OUT:
      return TrialFailure::kTimedOut;
    case v1::TRIAL_FAILURE_NOT_CONVERGED:
      return TrialFailure::kNotConverged;
    default:
      return TrialFailure::kFailed;
  }
}

CostMoments FromProto(const v1::CostMoments& message) {
  return {.count = message.count(),
          .first_cost = message.first_cost(),
          .deviation_sum = {message.deviation_sum_high(), message.deviation_sum_low()},
          .squared_deviation_sum = {message.squared_deviation_sum_high(), message.squared_deviation_sum_low()}};
}

Job FromProto(const v1::Job& message) {
  Job job;
  job.spec = FromProto(message.spec());
  job.stage = FromProto(message.stage());
  job.exp_default_batch_size = message.exp_default_batch_size();
  if (message.has_min_cost()) job.min_cost = message.min_cost();
  job.min_cost_batch_size = message.min_cost_batch_size();
  job.create_time = FromProto(message.create_time());
  if (message.has_generator_state()) job.generator_state = FromProto(message.generator_state());
  for (const v1::BatchSizeFailures& failures : message.failures()) {
    job.failures[failures.batch_size()] = {failures.num_failures(), failures.infeasible()};
  }
  job.num_running_trials = message.num_running_trials();
  job.warm_start = message.warm_start();
  for (const v1::Warning& warning : message.warnings()) job.warnings.push_back(FromProto(warning));
  job.latest_results = FromProto(message.latest_results());
  return job;
}

Trial FromProto(const v1::Trial& message) {
  Trial trial;
  trial.job_id = message.job_id();
  trial.trial_number = message.trial_number();
  trial.batch_size = message.batch_size();
  trial.type = FromProto(message.type());
  trial.status = FromProto(message.status());
  trial.start_time = FromProto(message.start_time());
  if (message.has_end_time()) trial.end_time = FromProto(message.end_time());
  if (trial.status == TrialStatus::kSucceeded) {
    trial.result = Result{message.time_seconds(), message.energy_joules(), message.converged()};
  }
  if (message.failure() != v1::TRIAL_FAILURE_UNSPECIFIED) trial.failure = FromProto(message.failure());
  trial.client_id = message.client_id();
  if (message.end_reason() != v1::END_REASON_UNSPECIFIED) {
    FinalReport& report = trial.final_report.emplace();
    report.reason = FromProto(message.end_reason());
    report.metric = message.last_metric();
    report.epochs = message.epochs();
    if (message.has_cost_limit()) report.cost_limit = message.cost_limit();
    if (message.has_expected_rest()) report.expected_rest = message.expected_rest();
    if (message.has_limit_batch_size()) report.limit_batch_size = message.limit_batch_size();
  }
  if (message.has_progress()) trial.progress = ProgressFrom(message.progress());
  if (message.has_end_revision()) trial.end_revision = message.end_revision();
  if (message.has_curves_ticket()) trial.ticket = TicketFrom(KindOf(trial.type), message.curves_ticket());
  return trial;
}

PolicyKind FromProto(v1::Policy policy) {
  return policy == v1::POLICY_CURVES ? PolicyKind::kCurves : PolicyKind::kZeus;
}

Stage FromProto(v1::Stage stage) {
  switch (stage) {
    case v1::STAGE_MAB:
      return Stage::kMab;
    case v1::STAGE_NONE:
      return Stage::kNone;
    default:
      return Stage::kPruning;
  }
}

void ToProto(const Job& job, v1::Job& message) {
  ToProto(job.spec, *message.mutable_spec());
  message.set_stage(ToProto(job.stage));
  message.set_exp_default_batch_size(job.exp_default_batch_size);
  if (job.min_cost.has_value()) message.set_min_cost(*job.min_cost);
  message.set_min_cost_batch_size(job.min_cost_batch_size);
  *message.mutable_create_time() = ToProto(job.create_time);
  if (job.generator_state.has_value()) ToProto(*job.generator_state, *message.mutable_generator_state());
  for (const auto& [batch_size, failures] : job.failures) {
    v1::BatchSizeFailures& of_size = *message.add_failures();
    of_size.set_batch_size(batch_size);
    of_size.set_num_failures(failures.num_failures);
    of_size.set_infeasible(failures.infeasible);
  }
  message.set_num_running_trials(job.num_running_trials);
  message.set_warm_start(job.warm_start);
  for (const Warning& warning : job.warnings) ToProto(warning, *message.add_warnings());
  if (job.latest_results.last_trial_number > 0) ToProto(job.latest_results, *message.mutable_latest_results());
}

void ToProto(const Job& job, const std::optional<JobSummary>& summary, v1::Job& message) {
  ToProto(job, message);
  if (summary.has_value()) ToProto(*summary, *message.mutable_summary());
}

void ToProto(const Trial& trial, v1::Trial& message) {
  message.set_job_id(trial.job_id);
  message.set_trial_number(trial.trial_number);
  message.set_batch_size(trial.batch_size);
  message.set_type(ToProto(trial.type));
  message.set_status(ToProto(trial.status));
  *message.mutable_start_time() = ToProto(trial.start_time);
  if (trial.end_time.has_value()) *message.mutable_end_time() = ToProto(*trial.end_time);
  if (trial.result.has_value()) {
    message.set_time_seconds(trial.result->time_seconds);
    message.set_energy_joules(trial.result->energy_joules);
    message.set_converged(trial.result->converged);
  }
  if (trial.failure.has_value()) message.set_failure(ToProto(*trial.failure));
  message.set_client_id(trial.client_id);
  if (trial.progress.has_value()) FillProgress(*trial.progress, *message.mutable_progress());
  if (trial.end_revision.has_value()) message.set_end_revision(*trial.end_revision);
  if (trial.ticket.has_value()) FillTicket(*trial.ticket, *message.mutable_curves_ticket());
  if (!trial.final_report.has_value()) return;
  const FinalReport& report = *trial.final_report;
  message.set_end_reason(ToProto(report.reason));
  message.set_last_metric(report.metric);
  message.set_epochs(report.epochs);
  if (report.cost_limit.has_value()) message.set_cost_limit(*report.cost_limit);
  if (report.expected_rest.has_value()) message.set_expected_rest(*report.expected_rest);
  if (report.limit_batch_size.has_value()) message.set_limit_batch_size(*report.limit_batch_size);
}

void ToProto(absl::string_view job_id, const GaussianTsArm& arm, v1::GaussianTsArm& message) {
  message.set_job_id(std::string(job_id));
  message.set_batch_size(arm.batch_size);
  message.set_param_mean(arm.param_mean);
  message.set_param_precision(arm.param_precision);
  message.set_reward_precision(arm.reward_precision);
  message.set_num_observations(arm.num_observations);
}

void ToProto(int64_t batch_size, const CostMoments& moments, v1::CostMoments& message) {
  message.set_batch_size(batch_size);
  message.set_count(moments.count);
  message.set_first_cost(moments.first_cost);
  message.set_deviation_sum_high(moments.deviation_sum.high);
  message.set_deviation_sum_low(moments.deviation_sum.low);
  message.set_squared_deviation_sum_high(moments.squared_deviation_sum.high);
  message.set_squared_deviation_sum_low(moments.squared_deviation_sum.low);
}

void ToProto(const TrialResult& result, v1::TrialResult& message) {
  message.set_trial_number(result.trial_number);
  message.set_time_seconds(result.result.time_seconds);
  message.set_energy_joules(result.result.energy_joules);
  message.set_converged(result.result.converged);
}

}  // namespace zeus::bso::rpc
