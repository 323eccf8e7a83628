#include "server/policy/curves/replay.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/corrections.h"
#include "server/policy/curves/learn_trial.h"
#include "server/policy/curves/warm_start.h"

namespace zeus::bso::curves {
namespace {

// A trial of a server that recorded epochs with the final report only has its totals in the result.
Trial WithProgress(Trial trial) {
  if (trial.progress.has_value() || !trial.result.has_value() || !trial.final_report.has_value()) return trial;
  trial.progress = TrialProgress{.epochs = trial.final_report->epochs,
                                 .time_seconds = trial.result->time_seconds,
                                 .energy_joules = trial.result->energy_joules};
  return trial;
}

// Notes a trial of the size as its latest one of those that ended in this way.
void NoteLast(const Trial& trial, CurvesSize& size) {
  if (trial.result.has_value() && trial.result->converged) {
    size.last_converged_trial = trial.trial_number;
    return;
  }
  size.last_failed_trial = trial.trial_number;
  if (trial.failure == TrialFailure::kInfeasible) size.last_infeasible_trial = trial.trial_number;
}

void TakeLast(const CurvesSize& from, CurvesSize& to) {
  to.last_converged_trial = std::max(to.last_converged_trial, from.last_converged_trial);
  to.last_failed_trial = std::max(to.last_failed_trial, from.last_failed_trial);
  to.last_infeasible_trial = std::max(to.last_infeasible_trial, from.last_infeasible_trial);
}

}  // namespace

size_t MaxTrials(size_t num_sizes) {
  constexpr double kWork = 5e9;
  constexpr double kMost = 10'000;
  const double work_per_trial = std::pow(static_cast<double>(num_sizes), 3);
  return static_cast<size_t>(std::clamp(kWork / work_per_trial, 1.0, kMost));
}

void KeepNewest(size_t most, std::vector<Trial>& trials) {
  std::sort(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) { return EndOrderOf(a) < EndOrderOf(b); });
  if (trials.size() > most) trials.erase(trials.begin(), trials.end() - static_cast<std::ptrdiff_t>(most));
}

Replay::Replay(const KnownJob& present, const std::optional<CurvesBase>& base, int64_t base_revision)
    : present_(present), known_(NewJob(present.spec, base)) {
  using enum Step::Kind;
  for (const Change& change : present_.job.changes) {
    if (change.machine) steps_.push_back({.revision = change.revision, .kind = kMachine});
    if (change.target) steps_.push_back({.revision = change.revision, .kind = kTarget});
    if (change.weights) weights_revision_ = change.revision;
  }
  for (const CurvesSize& size : present_.sizes) {
    if (size.reset_revision > 0) {
      steps_.push_back({.revision = size.reset_revision, .kind = kReset, .batch_size = size.batch_size});
    }
    if (size.profile.has_value()) {
      steps_.push_back({.revision = size.profile_revision,
                        .kind = kProfile,
                        .batch_size = size.batch_size,
                        .profile = *size.profile});
    }
  }
  std::erase_if(steps_, [base_revision](const Step& step) { return step.revision <= base_revision; });
  std::stable_sort(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) { return a.revision < b.revision; });
}

void Replay::Do(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kMachine:
      return ChangeMachine(known_);
    case Step::Kind::kTarget:
      return ForgetEpochs(known_);
    case Step::Kind::kReset:
      ResetSize(step.batch_size, known_);
      return;
    case Step::Kind::kProfile:
      return LearnProfile({.batch_size = step.batch_size, .epoch = step.profile}, known_);
  }
}

void Replay::Advance(int64_t revision) {
  for (; next_step_ < steps_.size() && steps_[next_step_].revision <= revision; ++next_step_) Do(steps_[next_step_]);
}

void Replay::Learn(const Trial& ended) {
  const int64_t revision = ended.end_revision.value_or(0);
  Advance(revision);
  if (!HasSize(known_.spec, ended.batch_size)) return;
  if (revision < present_.sizes[IndexOf(known_.spec, ended.batch_size)].added_revision) return;
  Trial trial = WithProgress(ended);
  // It was weighed as costs were then.
  if (trial.progress.has_value() && revision < weights_revision_) trial.progress->first_epoch_cost.reset();
  // A trial that was stopped for its cost was not at its end, whatever max_epochs is now.
  const bool was_stopped = trial.final_report.has_value() && IsForCost(trial.final_report->reason);
  known_.spec.max_epochs = was_stopped ? std::numeric_limits<int64_t>::max() : present_.spec.max_epochs;
  KnownJob before = known_;
  const Kind kind = trial.ticket.has_value() ? trial.ticket->kind : Kind::kExplore;
  LearnTrial(Fit(StateOf(known_)), kind, trial, known_.spec, known_.job.state, known_.sizes);
  if (!AreStorable(known_.spec, known_.job, known_.sizes)) known_ = std::move(before);
  NoteLast(trial, known_.sizes[IndexOf(known_.spec, trial.batch_size)]);
}

CurvesBase Replay::Base() const { return {.job = known_.job, .sizes = known_.sizes}; }

KnownJob Replay::Finish() && {
  Advance(std::numeric_limits<int64_t>::max());
  KnownJob result = std::move(present_);
  SetState(StateOf(known_), result);
  for (size_t i = 0; i < result.sizes.size(); ++i) {
    result.sizes[i].epoch_seconds = known_.sizes[i].epoch_seconds;
    result.sizes[i].epoch_joules = known_.sizes[i].epoch_joules;
    TakeLast(known_.sizes[i], result.sizes[i]);
  }
  return result;
}

}  // namespace zeus::bso::curves
