#include "server/policy/curves/curves_policy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "model/status_macros.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/constants.h"
#include "server/policy/curves/known_job.h"
#include "server/policy/curves/learn_trial.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/stop.h"
#include "server/policy/target.h"

namespace zeus::bso {
namespace {

using curves::Beliefs;
using curves::Kind;
using curves::State;
using curves::StopReason;

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

// Counts how a trial of the size ended.
void CountEnd(const Trial& trial, CurvesSize& size) {
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

// Whether the size rests for crashes, and not for want of memory.
bool KeepsFailing(const CurvesSize& size, int64_t run) {
  return run < size.state.rest_until && size.state.crashes >= curves::kMaxCrashes &&
         (size.last_infeasible_trial == 0 || size.last_failed_trial > size.last_infeasible_trial);
}

// Takes back that a trial had timed out.
void UncountTimeout(const Trial& trial, CurvesSize& size) {
  if (trial.end_revision.value_or(0) < size.added_revision) {
    // It had not been a trial of this size.
    size.num_trials += 1;
    return;
  }
  size.num_failed = std::max<int64_t>(size.num_failed - 1, 0);
  if (size.last_failed_trial == trial.trial_number) size.last_failed_trial = 0;
}

// What a trial is judged by. The ticket of one that was started before costs or the target changed says what they were
// then; it is judged as one at the best size is now. Nothing: no cost ends it.
std::optional<curves::Ticket> PresentTicket(const Job& job, const Trial& trial) {
  if (!trial.ticket.has_value()) return std::nullopt;
  const curves::Ticket& ticket = *trial.ticket;
  if (trial.trial_number >= job.curves->first_trial_since_change || ticket.kind == Kind::kFirst) return ticket;
  if (!job.curves->best_cost.has_value()) return std::nullopt;
  return curves::Ticket{.kind = Kind::kBest,
                        .reference_cost = *job.curves->best_cost,
                        .log_cost = ticket.log_cost,
                        .escalation = ticket.escalation};
}

void SetBest(const Beliefs& beliefs, const JobSpec& spec, CurvesJob& job) {
  job.best_batch_size.reset();
  job.best_cost.reset();
  if (!std::isfinite(beliefs.best_cost)) return;
  job.best_cost = beliefs.best_cost;
  if (beliefs.best.has_value()) job.best_batch_size = spec.batch_sizes[*beliefs.best];
}

std::vector<CurvesSize> Changed(const std::vector<CurvesSize>& before, std::vector<CurvesSize> after) {
  std::vector<CurvesSize> changed;
  for (size_t i = 0; i < after.size(); ++i) {
    if (after[i] != before[i]) changed.push_back(std::move(after[i]));
  }
  return changed;
}

}  // namespace

State CurvesPolicy::StateOf(const Job& job, const std::vector<CurvesSize>& sizes) {
  return curves::StateOf(job.spec, job.curves->state, sizes);
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
  const size_t index = curves::IndexOf(job.spec, batch_size);
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
  const std::optional<curves::Ticket> ticket = PresentTicket(job, trial);
  if (!spec.beta_knob.has_value() || !ticket.has_value()) return std::nullopt;
  const double best_cost = job.curves->best_cost.value_or(std::numeric_limits<double>::infinity());
  const curves::StopDecision decision =
      curves::ShouldStop(*spec.beta_knob, job.curves->state, *ticket, curves::ProgressOf(spec, report), best_cost);
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

absl::StatusOr<Outlook> CurvesPolicy::LookAhead(const Job& job, JobRecords& records) const {
  constexpr int64_t kRecentResults = 10;
  const curves::JobState& state = job.curves->state;
  ZB_ASSIGN_OR_RETURN(const std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  Outlook outlook{.nothing_left = true};
  for (const CurvesSize& size : sizes) {
    if (state.run >= size.state.rest_until) outlook.nothing_left = false;
    if (KeepsFailing(size, state.run)) outlook.failing_sizes.push_back(size.batch_size);
  }
  outlook.costs_changed = state.costs_changed_at.has_value() && state.run - *state.costs_changed_at < kRecentResults;
  return outlook;
}

void CurvesPolicy::WarmStart(const curves::KnownJob& source, Job& job, std::vector<CurvesSize>& sizes) const {
  curves::KnownJob known{.spec = job.spec, .job = *job.curves, .sizes = sizes};
  curves::WarmStart(source, known);
  Take(std::move(known), job, sizes);
}

absl::StatusOr<std::vector<CurvesSize>> CurvesPolicy::LearnProfiles(Job& job,
                                                                    std::span<const curves::EpochProfile> profiles,
                                                                    JobRecords& records) const {
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const std::vector<CurvesSize> before = sizes;
  for (const curves::EpochProfile& profile : profiles) {
    curves::KnownJob known{.spec = job.spec, .job = *job.curves, .sizes = sizes};
    curves::LearnProfile(profile, known);
    Take(std::move(known), job, sizes);
  }
  return Changed(before, std::move(sizes));
}

bool CurvesPolicy::Take(curves::KnownJob known, Job& job, std::vector<CurvesSize>& sizes) const {
  if (!curves::AreStorable(job.spec, known.job, known.sizes)) return false;
  *job.curves = std::move(known.job);
  sizes = std::move(known.sizes);
  SetBest(*Fit(job, StateOf(job, sizes)), job.spec, *job.curves);
  return true;
}

absl::StatusOr<Lesson> CurvesPolicy::Learn(Job& job, const Trial& trial, JobRecords& records) const {
  if (!curves::HasSize(job.spec, trial.batch_size)) {
    int64_t& elsewhere = job.curves->num_running_elsewhere;
    elsewhere = std::max<int64_t>(elsewhere - 1, 0);
    return Lesson();
  }
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const std::vector<CurvesSize> before = sizes;
  CurvesSize& size = sizes[curves::IndexOf(job.spec, trial.batch_size)];
  size.state.pending = std::max(size.state.pending - 1, 0);
  CountEnd(trial, size);
  LearnEnd(trial, job, sizes);
  return Lesson{.changed_sizes = Changed(before, std::move(sizes))};
}

absl::StatusOr<Lesson> CurvesPolicy::LearnLate(Job& job, const Trial& trial, JobRecords& records) const {
  if (!curves::HasSize(job.spec, trial.batch_size)) return Lesson();
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, records.GetCurvesSizes());
  const std::vector<CurvesSize> before = sizes;
  CurvesSize& size = sizes[curves::IndexOf(job.spec, trial.batch_size)];
  UncountTimeout(trial, size);
  job.curves->state.stops = std::max(job.curves->state.stops - 1, 0);
  CountEnd(trial, size);
  LearnEnd(trial, job, sizes);
  return Lesson{.changed_sizes = Changed(before, std::move(sizes))};
}

void CurvesPolicy::LearnEnd(const Trial& trial, Job& job, std::vector<CurvesSize>& sizes) const {
  const std::vector<CurvesSize> before = sizes;
  CurvesJob learned = *job.curves;
  const Kind kind = trial.ticket.value_or(curves::Ticket()).kind;
  curves::LearnTrial(*Fit(job, StateOf(job, sizes)), kind, trial, job.spec, learned.state, sizes);
  if (curves::AreStorable(job.spec, learned, sizes)) {
    *job.curves = std::move(learned);
  } else {
    sizes = before;
  }
  SetBest(*Fit(job, StateOf(job, sizes)), job.spec, *job.curves);
}

}  // namespace zeus::bso
