#include "tests/vectors/job_player.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/api/conversion/convert.h"
#include "tests/vectors/obstacles.h"

namespace zeus::bso::curves::vectors {
namespace {

bool HasResult(Outcome outcome) {
  return outcome == Outcome::kConverged || outcome == Outcome::kStopped || outcome == Outcome::kGaveUp;
}

v1::TrialFailure FailureOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kInfeasible:
      return v1::TRIAL_FAILURE_INFEASIBLE;
    case Outcome::kLost:
      return v1::TRIAL_FAILURE_CANCELLED;
    case Outcome::kGaveUp:
      return v1::TRIAL_FAILURE_NOT_CONVERGED;
    default:
      return v1::TRIAL_FAILURE_FAILED;
  }
}

// As a recording names it.
std::string NameOf(v1::Standing standing) {
  static const auto* const names = new std::map<v1::Standing, std::string>{
      {v1::STANDING_RESTING, "resting"},
      {v1::STANDING_BEST, "best"},
      {v1::STANDING_NOTHING_CONVERGED, "no size has converged yet"},
      {v1::STANDING_FIRST_TRIAL_RUNNING, "first run in flight"},
      {v1::STANDING_HAS_NOT_CONVERGED, "has not converged"},
      {v1::STANDING_BEYOND_THE_TRIED_RANGE, "beyond the tried range"},
      {v1::STANDING_UNTRIED, "untried"},
      {v1::STANDING_STOPPED_EARLY, "stopped early"},
      {v1::STANDING_COSTS_MORE, "costs more"},
      {v1::STANDING_CLOSE, "close"},
  };
  const auto found = names->find(standing);
  return found == names->end() ? v1::Standing_Name(standing) : found->second;
}

// A server leaves out what it does not believe yet. There the recording shows the prior, which is taken as explained.
ExplainStep::Row RowOf(const v1::BatchSizeExplanation& size, const ExplainStep::Row& prior) {
  ExplainStep::Row row = prior;
  row.batch_size = size.batch_size();
  if (size.has_cost()) {
    row.cost = size.cost().value();
    row.sd = size.cost().relative_sd();
    row.p_best = size.best_probability();
  }
  if (size.has_epochs()) row.epochs = size.epochs().value();
  if (size.has_epoch_cost()) row.epoch_cost = size.epoch_cost().value();
  row.why = NameOf(size.standing());
  return row;
}

}  // namespace

JobPlayer::JobPlayer(const Sequence& sequence, EarlyStops early_stops, const std::vector<PlayedJob>& earlier,
                     testing::RpcClient& client, Comparison& comparison, ServerPlayResult& result)
    : sequence_(sequence),
      stops_early_(early_stops == EarlyStops::kOn),
      earlier_(earlier),
      runs_(RunsOf(sequence)),
      comparison_(comparison),
      result_(result),
      calls_(absl::StrCat("sequence-", earlier.size() + 1), client, comparison),
      knowledge_(sequence.setup) {
  if (sequence.steps.empty() || !std::holds_alternative<LearnFromStep>(sequence.steps.front())) {
    calls_.Register(Spec(), /*warm_start=*/"");
  }
}

PlayedJob JobPlayer::Ended(bool whole) const {
  return {.job_id = calls_.job_id(), .gpu_model = gpu_model_, .state = knowledge_.state(), .whole = whole};
}

v1::JobSpec JobPlayer::Spec() const {
  const Setup& setup = sequence_.setup;
  v1::JobSpec spec;
  spec.set_policy(v1::POLICY_CURVES);
  for (const int64_t batch_size : setup.batch_sizes) spec.add_batch_sizes(batch_size);
  spec.set_default_batch_size(setup.batch_sizes[setup.default_size]);
  spec.set_max_epochs(setup.max_epochs);
  if (stops_early_) {
    spec.set_beta_knob(setup.beta);
  } else {
    spec.set_disable_early_stop(true);
  }
  spec.set_mab_seed(sequence_.seed);
  spec.set_eta_knob(1);
  spec.set_max_power(300);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model(gpu_model_);
  return spec;
}

absl::string_view JobPlayer::operator()(const LearnFromStep& step) {
  const PlayedJob& source = earlier_[step.sequence];
  if (!step.transfer.costs) return kCostsAreTakenOver;
  if (!source.whole) return kSourceIsNotWhole;
  gpu_model_ = BeginsOnSameMachine(step) ? source.gpu_model : absl::StrCat("not ", source.gpu_model);
  calls_.Register(Spec(), source.job_id);
  knowledge_.Learn(step, source.state);
  return kNone;
}

bool JobPlayer::BeginsOnSameMachine(const LearnFromStep& step) const {
  const std::vector<Step>& steps = sequence_.steps;
  const bool changes_at_once = steps.size() > 1 && std::holds_alternative<MachineChangedStep>(steps[1]);
  return step.transfer.same_machine && !changes_at_once;
}

absl::string_view JobPlayer::operator()(const MachineChangedStep& step) {
  // Right after a warm start, the job has been registered with the other machine.
  const std::vector<Step>& steps = sequence_.steps;
  const bool after_warm_start = steps.size() > 1 && std::holds_alternative<LearnFromStep>(steps[0]) &&
                                std::get_if<MachineChangedStep>(&steps[1]) == &step;
  if (!after_warm_start) return kMachineChanges;
  knowledge_.Learn(step);
  return kNone;
}

absl::string_view JobPlayer::operator()(const ProfileStep& step) {
  knowledge_.Learn(step);
  // The policy ignores others, and the API refuses them or leaves them to the policy.
  if (KnownCost(step.epoch_cost)) {
    calls_.Profile(sequence_.setup.batch_sizes[step.size], step.epoch_cost, step.sd);
  }
  ++result_.profiles;
  return kNone;
}

absl::string_view JobPlayer::operator()(const ExplainStep& step) {
  const v1::ExplainJobResponse explanation = calls_.Explain();
  comparison_.Exactly("number of sizes", static_cast<int>(step.rows.size()), explanation.batch_sizes_size());
  for (int i = 0; i < explanation.batch_sizes_size(); ++i) {
    const ExplainStep::Row& expected = step.rows[static_cast<size_t>(i)];
    comparison_.Rows(expected, RowOf(explanation.batch_sizes(i), expected));
  }
  ++result_.explanations;
  return kNone;
}

absl::string_view JobPlayer::operator()(const PickStep& step) {
  Flight& flight = flights_[step.run];
  flight.trial = calls_.Start();
  comparison_.Exactly("batch size", step.batch_size, flight.trial.batch_size());
  comparison_.Tickets(step.ticket, api::FromProto(flight.trial).ticket.value_or(Ticket()));
  const std::vector<int64_t>& sizes = sequence_.setup.batch_sizes;
  const auto size = std::lower_bound(sizes.begin(), sizes.end(), step.batch_size) - sizes.begin();
  knowledge_.Start(step.run, static_cast<size_t>(size), step.ticket.kind);
  ++result_.picks;
  return kNone;
}

absl::string_view JobPlayer::operator()(const ReportStep& step) {
  Flight& flight = flights_.at(step.run);
  const RecordedRun& run = runs_.at(step.run);
  if (!CanReport(step, run) || !ShowFirstCost(step.progress, run, flight)) {
    ++result_.reports_left_out;
    return flight.ended ? kFirstEpochIsStopped : kNone;
  }
  flight.ended = Report(step.progress, /*reaches_target=*/false, flight).stop_train();
  comparison_.Exactly("stop", step.stop && stops_early_, flight.ended);
  ++result_.reports;
  return kNone;
}

bool JobPlayer::CanReport(const ReportStep& step, const RecordedRun& run) const {
  if (stops_early_ && step.stop && !run.EndsAt(step)) return false;
  const Progress& progress = step.progress;
  // At max_epochs the server ends a trial.
  if (progress.epochs < 0 || progress.epochs >= sequence_.setup.max_epochs) return false;
  // The server takes the epochs of a run that gives up from the furthest report.
  const bool gives_up = run.finish != nullptr && run.finish->outcome == Outcome::kGaveUp;
  return !gives_up || progress.epochs <= run.finish->progress.epochs;
}

bool JobPlayer::ShowFirstCost(const Progress& progress, const RecordedRun& run, Flight& flight) {
  const std::optional<double> first_cost = run.first_cost();
  if (progress.epochs == 1) {
    // This is the report that shows it.
    return flight.first_cost.has_value() || KnownCost(progress.cost) == first_cost;
  }
  if (progress.epochs < 1) return true;
  if (KnownCost(progress.first_cost) != first_cost) return KnownCost(progress.first_cost) == flight.first_cost;
  if (flight.first_cost == first_cost) return true;
  flight.ended = Report({.epochs = 1, .cost = *first_cost}, /*reaches_target=*/false, flight).stop_train();
  return !flight.ended;
}

absl::string_view JobPlayer::operator()(const FinishStep& step) {
  Flight flight = flights_.extract(step.run).mapped();
  if (!flight.ended) {
    if (HasResult(step.outcome)) {
      const absl::string_view obstacle = EndWithProgress(step, flight);
      if (!obstacle.empty()) return obstacle;
    } else {
      calls_.EndWithout(flight.trial, FailureOf(step.outcome));
    }
  }
  knowledge_.Learn(step);
  ++result_.ends;
  return kNone;
}

bool JobPlayer::TeachesTheSame(const FinishStep& step, const Flight& flight) const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  // The server counts at least one epoch.
  const Progress progress = {.epochs = std::max<int64_t>(step.progress.epochs, 1),
                             .cost = step.progress.cost,
                             .first_cost = flight.first_cost.value_or(kUnknown)};
  return knowledge_.TeachesTheSame(step, progress, step.outcome);
}

absl::string_view JobPlayer::EndWithProgress(const FinishStep& step, Flight& flight) {
  if (!TeachesTheSame(step, flight)) {
    ShowFirstCost(step.progress, runs_.at(step.run), flight);
    if (flight.ended) return kFirstEpochIsStopped;
    if (!TeachesTheSame(step, flight)) return step.progress.epochs < 1 ? kNoEpoch : kFirstCostIsHidden;
  }
  const bool converges = step.outcome == Outcome::kConverged;
  const auto verdict = Report(step.progress, converges, flight);
  comparison_.Exactly("converged", converges, verdict.converged());
  if (converges || step.progress.epochs >= sequence_.setup.max_epochs) {
    comparison_.Exactly("stop", true, verdict.stop_train());
    return kNone;
  }
  if (!verdict.stop_train()) {
    if (step.outcome == Outcome::kStopped) {
      calls_.Stop(flight.trial, step.progress);
    } else {
      calls_.EndWithout(flight.trial, FailureOf(step.outcome));
    }
    return kNone;
  }
  const bool same = knowledge_.TeachesTheSame(step, step.progress, Outcome::kStopped);
  return same ? kNone : kStoppedBeforeGivingUp;
}

v1::ReportResultResponse JobPlayer::Report(const Progress& progress, bool reaches_target, Flight& flight) {
  if (progress.epochs == 1 && !flight.first_cost) flight.first_cost = KnownCost(progress.cost);
  return calls_.Report(flight.trial, progress, reaches_target);
}

}  // namespace zeus::bso::curves::vectors
