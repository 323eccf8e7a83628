#include "server/policy/curves/curves_policy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "server/model/curves_check.h"
#include "server/model/status_macros.h"
#include "server/policy/cost.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/epoch_cost.h"
#include "server/policy/curves/epoch_means.h"
#include "server/policy/curves/learn.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/stop.h"
#include "server/policy/target.h"

namespace zeus::bso {
namespace {

using curves::Beliefs;
using curves::Kind;
using curves::Outcome;
using curves::Progress;
using curves::State;
using curves::StopReason;

// Of a job without early stop, whose limits are used for nothing else.
constexpr double kDefaultBeta = 2;

size_t IndexOf(const std::vector<int64_t>& batch_sizes, int64_t batch_size) {
  return static_cast<size_t>(std::lower_bound(batch_sizes.begin(), batch_sizes.end(), batch_size) -
                             batch_sizes.begin());
}

TrialType TypeOf(Kind kind) {
  switch (kind) {
    case Kind::kFirst:
      return TrialType::kFirst;
    case Kind::kBest:
      return TrialType::kBest;
    case Kind::kExplore:
      return TrialType::kExplore;
  }
  return TrialType::kFirst;
}

Start StartOf(CurvesSize size, const curves::Ticket& ticket) {
  size.state.pending += 1;
  size.num_trials += 1;
  return {.batch_size = size.batch_size, .type = TypeOf(ticket.kind), .ticket = ticket, .changed_size = size};
}

EndReason ReasonOf(StopReason reason) {
  switch (reason) {
    case StopReason::kCostOverLimit:
      return EndReason::kCostOverLimit;
    case StopReason::kNextEpochOverLimit:
      return EndReason::kNextEpochOverLimit;
    case StopReason::kDearerThanStartingOver:
      return EndReason::kDearerThanStartingOver;
    case StopReason::kSlowerThanAnother:
      return EndReason::kSlowerThanAnother;
    case StopReason::kGoOn:
      break;
  }
  return EndReason::kMaxEpochsDone;
}

Progress ProgressOf(const JobSpec& spec, const TrialProgress& progress) {
  return {.epochs = progress.epochs,
          .cost = Cost(spec, progress.energy_joules, progress.time_seconds),
          .first_cost = progress.first_epoch_cost.value_or(std::numeric_limits<double>::quiet_NaN())};
}

// Of a trial that has ended.
Outcome OutcomeOf(const Trial& trial) {
  if (trial.result.has_value()) {
    if (!trial.progress.has_value()) return Outcome::kLost;
    return trial.result->converged ? Outcome::kConverged : Outcome::kStopped;
  }
  switch (trial.failure.value_or(TrialFailure::kFailed)) {
    case TrialFailure::kFailed:
    case TrialFailure::kTimedOut:
      return Outcome::kFailed;
    case TrialFailure::kInfeasible:
      return Outcome::kInfeasible;
    case TrialFailure::kCancelled:
      return Outcome::kLost;
    case TrialFailure::kNotConverged:
      return Outcome::kGaveUp;
  }
  return Outcome::kLost;
}

// All that a trial says about its costs; they are unknown if no report is known.
Progress FinalProgress(const JobSpec& spec, const Trial& trial) {
  if (!trial.progress.has_value()) return {.epochs = 1, .cost = std::numeric_limits<double>::quiet_NaN()};
  Progress progress = ProgressOf(spec, *trial.progress);
  progress.epochs = std::max<int64_t>(progress.epochs, 1);
  return progress;
}

// Counts how a trial of the size ended.
void CountEnd(const Trial& trial, CurvesSize& size) {
  size.state.pending = std::max(size.state.pending - 1, 0);
  if (trial.failure == TrialFailure::kCancelled) return;
  if (trial.result.has_value() && trial.result->converged) {
    size.num_converged += 1;
    size.last_converged_trial = trial.trial_number;
    return;
  }
  size.num_failed += 1;
  size.last_failed_trial = trial.trial_number;
  if (trial.failure == TrialFailure::kInfeasible) size.last_infeasible_trial = trial.trial_number;
}

bool ReadsCosts(Outcome outcome) {
  return outcome == Outcome::kConverged || outcome == Outcome::kStopped || outcome == Outcome::kGaveUp;
}

bool AreStorable(const JobSpec& spec, const CurvesJob& job, const std::vector<CurvesSize>& sizes) {
  return FirstInvalidField(job, spec.batch_sizes).empty() &&
         std::all_of(sizes.begin(), sizes.end(),
                     [&](const CurvesSize& size) { return FirstInvalidField(size, job).empty(); });
}

// Takes a run of size `index` into `sizes` and `job`.
void LearnRun(const Beliefs& beliefs, size_t index, Kind kind, const Trial& trial, const JobSpec& spec, State state,
              CurvesJob& job, std::vector<CurvesSize>& sizes) {
  const Outcome outcome = OutcomeOf(trial);
  const Progress progress = FinalProgress(spec, trial);
  const std::optional<double> epoch_cost = curves::EpochCost(state.job, progress, beliefs.costs.mean(index));
  curves::Finish(beliefs, index, kind, progress, outcome, state);
  job.state = state.job;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const curves::SizeState before = std::exchange(sizes[i].state, state.sizes[i]);
    if (i != index) {
      curves::FollowOtherSize(before, sizes[i]);
    } else if (epoch_cost.has_value() && ReadsCosts(outcome)) {
      const double share = *epoch_cost / progress.cost;
      curves::FollowReading(before,
                            {.log_cost = std::log(*epoch_cost),
                             .seconds = trial.progress->time_seconds * share,
                             .joules = trial.progress->energy_joules * share},
                            sizes[i]);
    }
  }
}

void SetBest(const Beliefs& beliefs, const JobSpec& spec, CurvesJob& job) {
  job.best_batch_size.reset();
  job.best_cost.reset();
  if (!std::isfinite(beliefs.best_cost)) return;
  job.best_cost = beliefs.best_cost;
  if (beliefs.best.has_value()) job.best_batch_size = spec.batch_sizes[*beliefs.best];
}

}  // namespace

curves::State CurvesPolicy::StateOf(const Job& job, const std::vector<CurvesSize>& sizes) {
  const JobSpec& spec = job.spec;
  State state;
  state.setup = {.batch_sizes = spec.batch_sizes,
                 .default_size = IndexOf(spec.batch_sizes, spec.default_batch_size),
                 .max_epochs = spec.max_epochs,
                 .beta = spec.beta_knob.value_or(kDefaultBeta)};
  state.job = job.curves->state;
  for (const CurvesSize& size : sizes) state.sizes.push_back(size.state);
  return state;
}

std::shared_ptr<const Beliefs> CurvesPolicy::Fit(const Job& job, const State& state) const {
  if (cache_ != nullptr) return cache_->FitCached(job.spec.job_id, state);
  return std::make_shared<const Beliefs>(curves::Fit(state));
}

std::vector<CurvesSize> CurvesPolicy::Begin(Job& job) const {
  job.stage = Stage::kNone;
  job.curves.emplace().state = curves::MakeJobState();
  std::vector<CurvesSize> sizes;
  for (const int64_t batch_size : job.spec.batch_sizes) sizes.push_back({.batch_size = batch_size});
  return sizes;
}

absl::StatusOr<Start> CurvesPolicy::Choose(Job& job, JobRecords& records, random::Generator& generator) const {
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const State state = StateOf(job, sizes);
  const curves::Start start = curves::Pick(state, *Fit(job, state), generator);
  return StartOf(std::move(sizes[start.size]), start.ticket);
}

absl::StatusOr<Start> CurvesPolicy::Admit(Job& job, int64_t batch_size, TrialType, JobRecords& records) const {
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const State state = StateOf(job, sizes);
  const size_t index = IndexOf(job.spec.batch_sizes, batch_size);
  const curves::Ticket ticket = curves::TicketAt(index, state, *Fit(job, state));
  return StartOf(std::move(sizes[index]), ticket);
}

std::optional<FinalReport> CurvesPolicy::Judge(const Job& job, const Trial& trial, const TrialProgress& report) const {
  const JobSpec& spec = job.spec;
  FinalReport end{.metric = report.metric.value_or(0), .epochs = report.epochs};
  if (ReachesTarget(spec, end.metric)) {
    end.reason = EndReason::kTargetReached;
    return end;
  }
  if (report.epochs >= spec.max_epochs) {
    end.reason = EndReason::kMaxEpochsDone;
    return end;
  }
  if (!spec.beta_knob.has_value() || !trial.ticket.has_value()) return std::nullopt;
  const double best_cost = job.curves->best_cost.value_or(std::numeric_limits<double>::infinity());
  const curves::StopDecision decision =
      curves::ShouldStop(*spec.beta_knob, job.curves->state, *trial.ticket, ProgressOf(spec, report), best_cost);
  // A cost that is beyond all numbers is over no limit.
  if (!decision.stop() || !std::isfinite(decision.limit)) return std::nullopt;
  end.reason = ReasonOf(decision.reason);
  end.cost_limit = decision.limit;
  end.limit_batch_size = job.curves->best_batch_size;
  if (decision.reason == StopReason::kDearerThanStartingOver) {
    end.cost_limit = decision.reference;
    end.expected_rest = std::min(decision.rest, std::numeric_limits<double>::max());
  }
  return end;
}

absl::StatusOr<Lesson> CurvesPolicy::Learn(Job& job, const Trial& trial, JobRecords& records) const {
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const std::vector<CurvesSize> before = sizes;
  const size_t index = IndexOf(job.spec.batch_sizes, trial.batch_size);
  CountEnd(trial, sizes[index]);
  const std::vector<CurvesSize> counted = sizes;

  const State state = StateOf(job, sizes);
  CurvesJob learned = *job.curves;
  LearnRun(*Fit(job, state), index, trial.ticket.value_or(curves::Ticket()).kind, trial, job.spec, state, learned,
           sizes);
  if (AreStorable(job.spec, learned, sizes)) {
    *job.curves = learned;
  } else {
    sizes = counted;
  }
  SetBest(*Fit(job, StateOf(job, sizes)), job.spec, *job.curves);

  Lesson lesson;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != before[i]) lesson.changed_sizes.push_back(std::move(sizes[i]));
  }
  return lesson;
}

}  // namespace zeus::bso
