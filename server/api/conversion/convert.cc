#include "server/api/conversion/convert.h"

#include <string>

#include "absl/time/time.h"
#include "model/record_fields.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/conversion/convert_job_notices.h"
#include "server/api/conversion/convert_job_spec.h"
#include "server/api/conversion/convert_time.h"

namespace zeus::bso::api {
namespace {

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

}  // namespace

GaussianTsArm FromProto(const v1::GaussianTsArm& message) {
  return {.batch_size = message.batch_size(),
          .param_mean = message.param_mean(),
          .param_precision = message.param_precision(),
          .reward_precision = message.reward_precision(),
          .num_observations = message.num_observations()};
}

CostMoments FromProto(const v1::CostMoments& message) { return MomentsFrom(message); }

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
  job.num_corrections = message.num_corrections();
  if (message.has_history()) job.history = FromProto(message.history());
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
  trial.late = message.late();
  if (message.has_voided()) {
    trial.voided = TrialVoid{.reason = message.voided().reason(), .time = FromProto(message.voided().time())};
  }
  if (message.has_heartbeat_interval()) trial.heartbeat_interval = FromProto(message.heartbeat_interval());
  if (message.has_curves_ticket()) trial.ticket = TicketFrom(KindOf(trial.type), message.curves_ticket());
  return trial;
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
  message.set_num_corrections(job.num_corrections);
  message.set_is_learning_anew(job.relearning.has_value());
  if (job.history.has_value()) ToProto(*job.history, *message.mutable_history());
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
  message.set_job_uid(trial.job_uid);
  message.set_late(trial.late);
  if (trial.voided.has_value()) {
    message.mutable_voided()->set_reason(trial.voided->reason);
    *message.mutable_voided()->mutable_time() = ToProto(trial.voided->time);
  }
  if (trial.heartbeat_interval.has_value()) {
    *message.mutable_heartbeat_interval() = ToProto(*trial.heartbeat_interval);
  }
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
  FillMoments(moments, message);
}

void ToProto(const TrialResult& result, v1::TrialResult& message) {
  message.set_trial_number(result.trial_number);
  message.set_time_seconds(result.result.time_seconds);
  message.set_energy_joules(result.result.energy_joules);
  message.set_converged(result.result.converged);
}

}  // namespace zeus::bso::api
