// Copies plain values to messages and back, for any message that has the fields of zeus.bso.v1.CurvesJobState,
// CurvesSizeState, CurvesTicket, TrialProgress, CollectedSize or CostMoments: those of the API and those of the
// storage. Nothing is checked.
#ifndef ZEUS_BSO_MODEL_RECORD_FIELDS_H_
#define ZEUS_BSO_MODEL_RECORD_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/collected_size.h"
#include "model/cost_moments.h"
#include "model/curves.h"
#include "model/running_mean.h"
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

template <typename Message>
void Fill(const RunningMean& mean, Message& message) {
  message.set_count(mean.count);
  message.set_mean(mean.mean);
  message.set_sum_of_squares(mean.sum_of_squares);
}

template <typename Message>
RunningMean MeanFrom(const Message& message) {
  return {.count = message.count(), .mean = message.mean(), .sum_of_squares = message.sum_of_squares()};
}

}  // namespace record_fields

template <typename Message>
void FillMoments(const CostMoments& moments, Message& message) {
  message.set_count(moments.count);
  message.set_first_cost(moments.first_cost);
  message.set_deviation_sum_high(moments.deviation_sum.high);
  message.set_deviation_sum_low(moments.deviation_sum.low);
  message.set_squared_deviation_sum_high(moments.squared_deviation_sum.high);
  message.set_squared_deviation_sum_low(moments.squared_deviation_sum.low);
}

template <typename Message>
CostMoments MomentsFrom(const Message& message) {
  return {.count = message.count(),
          .first_cost = message.first_cost(),
          .deviation_sum = {message.deviation_sum_high(), message.deviation_sum_low()},
          .squared_deviation_sum = {message.squared_deviation_sum_high(), message.squared_deviation_sum_low()}};
}

// All but the batch size.
template <typename Message>
void FillCollectedSize(const CollectedSize& size, Message& message) {
  message.set_num_trials(size.counts.num_trials);
  message.set_num_converged(size.counts.num_converged);
  message.set_num_failed(size.counts.num_failed);
  message.set_last_converged_trial(size.counts.last_converged_trial);
  message.set_last_failed_trial(size.counts.last_failed_trial);
  message.set_last_infeasible_trial(size.counts.last_infeasible_trial);
  if (size.cheapest.has_value()) {
    message.set_cheapest_seconds(size.cheapest->seconds);
    message.set_cheapest_joules(size.cheapest->joules);
  }
  message.set_num_failures(size.failures.num_failures);
  message.set_infeasible(size.failures.infeasible);
  if (size.costs.count != 0) FillMoments(size.costs, *message.mutable_costs());
  if (size.means == TrialMeans()) return;
  record_fields::Fill(size.means.energy, *message.mutable_energy());
  record_fields::Fill(size.means.time, *message.mutable_time());
  record_fields::Fill(size.means.cost, *message.mutable_cost());
  record_fields::Fill(size.means.epochs, *message.mutable_epochs());
  record_fields::Fill(size.means.epoch_cost, *message.mutable_epoch_cost());
}

template <typename Message>
CollectedSize CollectedSizeFrom(int64_t batch_size, const Message& message) {
  CollectedSize size{.batch_size = batch_size,
                     .counts = {.num_trials = message.num_trials(),
                                .num_converged = message.num_converged(),
                                .num_failed = message.num_failed(),
                                .last_converged_trial = message.last_converged_trial(),
                                .last_failed_trial = message.last_failed_trial(),
                                .last_infeasible_trial = message.last_infeasible_trial()},
                     .failures = {.num_failures = message.num_failures(), .infeasible = message.infeasible()},
                     .costs = MomentsFrom(message.costs()),
                     .means = {.energy = record_fields::MeanFrom(message.energy()),
                               .time = record_fields::MeanFrom(message.time()),
                               .cost = record_fields::MeanFrom(message.cost()),
                               .epochs = record_fields::MeanFrom(message.epochs()),
                               .epoch_cost = record_fields::MeanFrom(message.epoch_cost())}};
  if (message.has_cheapest_seconds() || message.has_cheapest_joules()) {
    size.cheapest = Spent{.seconds = message.cheapest_seconds(), .joules = message.cheapest_joules()};
  }
  return size;
}

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
  for (const curves::Change& change : job.changes) {
    auto& added = *message.add_changes();
    added.set_revision(change.revision);
    added.set_machine(change.machine);
    added.set_target(change.target);
    added.set_weights(change.weights);
  }
  message.set_first_trial_since_change(job.first_trial_since_change);
  message.set_num_running_elsewhere(job.num_running_elsewhere);
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
  for (const auto& change : message.changes()) {
    job.changes.push_back({.revision = change.revision(),
                           .machine = change.machine(),
                           .target = change.target(),
                           .weights = change.weights()});
  }
  job.first_trial_since_change = message.first_trial_since_change();
  job.num_running_elsewhere = message.num_running_elsewhere();
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
  message.set_added_revision(size.added_revision);
  message.set_reset_revision(size.reset_revision);
  message.set_profile_revision(size.profile_revision);
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
  size.added_revision = message.added_revision();
  size.reset_revision = message.reset_revision();
  size.profile_revision = message.profile_revision();
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
  if (!progress.first_epoch.has_value()) return;
  message.set_first_epoch_seconds(progress.first_epoch->seconds);
  message.set_first_epoch_joules(progress.first_epoch->joules);
}

template <typename Message>
TrialProgress ProgressFrom(const Message& message) {
  TrialProgress progress;
  progress.epochs = message.epochs();
  progress.time_seconds = message.time_seconds();
  progress.energy_joules = message.energy_joules();
  if (message.has_metric()) progress.metric = message.metric();
  if (message.has_first_epoch_cost()) progress.first_epoch_cost = message.first_epoch_cost();
  if (message.has_first_epoch_seconds() || message.has_first_epoch_joules()) {
    progress.first_epoch = Spent{.seconds = message.first_epoch_seconds(), .joules = message.first_epoch_joules()};
  }
  return progress;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_RECORD_FIELDS_H_
