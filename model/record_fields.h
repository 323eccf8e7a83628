// Copies plain values to messages and back, for any message that has the fields of zeus.bso.v1.CurvesJobState,
// CurvesSizeState, CurvesTicket or TrialProgress: those of the API and those of the storage. Nothing is checked.
#ifndef ZEUS_BSO_MODEL_RECORD_FIELDS_H_
#define ZEUS_BSO_MODEL_RECORD_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/curves.h"
#include "model/trial.h"

namespace zeus::bso {
namespace record_fields {

template <typename Message>
void Fill(const curves::Noise& noise, Message& message) {
  message.set_sum_of_squares(noise.sum_of_squares);
  message.set_degrees_of_freedom(noise.degrees_of_freedom);
}

template <typename Message>
curves::Noise NoiseFrom(const Message& message) {
  return {.sum_of_squares = message.sum_of_squares(), .degrees_of_freedom = message.degrees_of_freedom()};
}

template <typename Message>
void Fill(const curves::Surprise& surprise, Message& message) {
  message.set_direction(surprise.direction);
  if (surprise.size.has_value()) message.set_size(static_cast<int32_t>(*surprise.size));
  message.set_believed(surprise.believed);
}

// A negative size becomes one that no job has.
template <typename Message>
curves::Surprise SurpriseFrom(const Message& message) {
  curves::Surprise surprise{.direction = message.direction(), .believed = message.believed()};
  if (message.has_size()) surprise.size = static_cast<size_t>(message.size());
  return surprise;
}

}  // namespace record_fields

template <typename Message>
void FillCurvesJob(const CurvesJob& job, Message& message) {
  const curves::JobState& state = job.state;
  message.set_run(state.run);
  record_fields::Fill(state.epochs_noise, *message.mutable_epochs_noise());
  record_fields::Fill(state.cost_noise, *message.mutable_cost_noise());
  record_fields::Fill(state.epochs_surprise, *message.mutable_epochs_surprise());
  record_fields::Fill(state.cost_surprise, *message.mutable_cost_surprise());
  message.set_stops(state.stops);
  message.set_escalation(state.escalation);
  message.set_foreign_costs(state.foreign_costs);
  message.set_warmup_cost(state.warmup.cost);
  message.set_warmup_log_ratio(state.warmup.log_ratio);
  message.set_last_warmup_cost(state.last_warmup.cost);
  message.set_last_warmup_log_ratio(state.last_warmup.log_ratio);
  message.set_warmup_runs(state.warmup_runs);
  if (job.best_batch_size.has_value()) message.set_best_batch_size(*job.best_batch_size);
  if (job.best_cost.has_value()) message.set_best_cost(*job.best_cost);
  if (state.costs_changed_at.has_value()) message.set_costs_changed_at(*state.costs_changed_at);
}

template <typename Message>
CurvesJob CurvesJobFrom(const Message& message) {
  CurvesJob job;
  curves::JobState& state = job.state;
  state.run = message.run();
  state.epochs_noise = record_fields::NoiseFrom(message.epochs_noise());
  state.cost_noise = record_fields::NoiseFrom(message.cost_noise());
  state.epochs_surprise = record_fields::SurpriseFrom(message.epochs_surprise());
  state.cost_surprise = record_fields::SurpriseFrom(message.cost_surprise());
  state.stops = message.stops();
  state.escalation = message.escalation();
  state.foreign_costs = message.foreign_costs();
  state.warmup = {.cost = message.warmup_cost(), .log_ratio = message.warmup_log_ratio()};
  state.last_warmup = {.cost = message.last_warmup_cost(), .log_ratio = message.last_warmup_log_ratio()};
  state.warmup_runs = message.warmup_runs();
  if (message.has_best_batch_size()) job.best_batch_size = message.best_batch_size();
  if (message.has_best_cost()) job.best_cost = message.best_cost();
  if (message.has_costs_changed_at()) state.costs_changed_at = message.costs_changed_at();
  return job;
}

// All but the batch size.
template <typename Message>
void FillCurvesSize(const CurvesSize& size, Message& message) {
  const curves::SizeState& state = size.state;
  message.set_runs(state.runs);
  message.set_log_epochs(state.log_epochs);
  message.set_epochs_hint(state.epochs_hint);
  message.set_last(state.last);
  message.set_failures(state.failures);
  message.set_failed_at(state.failed_at);
  message.mutable_bounds()->Add(state.bounds.begin(), state.bounds.end());
  message.set_timed(state.timed);
  message.set_log_cost(state.log_cost);
  message.set_cost_hint(state.cost_hint);
  message.set_crashes(state.crashes);
  message.set_fits(state.fits);
  message.set_ooms(state.ooms);
  message.set_rest_until(state.rest_until);
  message.set_pending(state.pending);
  message.set_epoch_seconds(size.epoch_seconds);
  message.set_epoch_joules(size.epoch_joules);
  message.set_num_trials(size.num_trials);
  message.set_num_converged(size.num_converged);
  message.set_num_failed(size.num_failed);
  message.set_last_converged_trial(size.last_converged_trial);
  message.set_last_failed_trial(size.last_failed_trial);
  message.set_last_infeasible_trial(size.last_infeasible_trial);
  if (!size.profile.has_value()) return;
  auto& profile = *message.mutable_profile();
  profile.set_seconds(size.profile->seconds);
  profile.set_joules(size.profile->joules);
  profile.set_relative_error(size.profile->relative_error);
}

template <typename Message>
CurvesSize CurvesSizeFrom(int64_t batch_size, const Message& message) {
  CurvesSize size;
  size.batch_size = batch_size;
  curves::SizeState& state = size.state;
  state.runs = message.runs();
  state.log_epochs = message.log_epochs();
  state.epochs_hint = message.epochs_hint();
  state.last = message.last();
  state.failures = message.failures();
  state.failed_at = message.failed_at();
  state.bounds.assign(message.bounds().begin(), message.bounds().end());
  state.timed = message.timed();
  state.log_cost = message.log_cost();
  state.cost_hint = message.cost_hint();
  state.crashes = message.crashes();
  state.fits = message.fits();
  state.ooms = message.ooms();
  state.rest_until = message.rest_until();
  state.pending = message.pending();
  size.epoch_seconds = message.epoch_seconds();
  size.epoch_joules = message.epoch_joules();
  size.num_trials = message.num_trials();
  size.num_converged = message.num_converged();
  size.num_failed = message.num_failed();
  size.last_converged_trial = message.last_converged_trial();
  size.last_failed_trial = message.last_failed_trial();
  size.last_infeasible_trial = message.last_infeasible_trial();
  if (message.has_profile()) {
    const auto& profile = message.profile();
    size.profile = TimedEpoch{
        .seconds = profile.seconds(), .joules = profile.joules(), .relative_error = profile.relative_error()};
  }
  return size;
}

template <typename Message>
void FillTicket(const curves::Ticket& ticket, Message& message) {
  message.set_reference_cost(ticket.reference_cost);
  message.set_log_epochs(ticket.log_epochs);
  message.set_mean(ticket.mean);
  message.set_sd(ticket.sd);
  message.set_log_cost(ticket.log_cost);
  message.set_escalation(ticket.escalation);
  if (ticket.known_cost.has_value()) message.set_known_cost(*ticket.known_cost);
  message.set_jump(ticket.jump);
}

template <typename Message>
curves::Ticket TicketFrom(curves::Kind kind, const Message& message) {
  curves::Ticket ticket;
  ticket.kind = kind;
  ticket.reference_cost = message.reference_cost();
  ticket.log_epochs = message.log_epochs();
  ticket.mean = message.mean();
  ticket.sd = message.sd();
  ticket.log_cost = message.log_cost();
  ticket.escalation = message.escalation();
  if (message.has_known_cost()) ticket.known_cost = message.known_cost();
  ticket.jump = message.jump();
  return ticket;
}

template <typename Message>
void FillProgress(const TrialProgress& progress, Message& message) {
  message.set_epochs(progress.epochs);
  message.set_time_seconds(progress.time_seconds);
  message.set_energy_joules(progress.energy_joules);
  if (progress.metric.has_value()) message.set_metric(*progress.metric);
  if (progress.first_epoch_cost.has_value()) message.set_first_epoch_cost(*progress.first_epoch_cost);
}

template <typename Message>
TrialProgress ProgressFrom(const Message& message) {
  TrialProgress progress;
  progress.epochs = message.epochs();
  progress.time_seconds = message.time_seconds();
  progress.energy_joules = message.energy_joules();
  if (message.has_metric()) progress.metric = message.metric();
  if (message.has_first_epoch_cost()) progress.first_epoch_cost = message.first_epoch_cost();
  return progress;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_RECORD_FIELDS_H_
