#include "server/policy/curves/warm_start.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>

#include "server/policy/cost.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/epoch_means.h"
#include "server/policy/curves/known_job.h"
#include "server/policy/curves/learn_trial.h"
#include "server/policy/curves/outside.h"
#include "server/policy/curves/valid_cost.h"

namespace zeus::bso::curves {
namespace {

State StateOf(const KnownJob& known) { return StateOf(known.spec, known.job.state, known.sizes); }

// Changes costs from the weights of one specification to those of another.
void WeighAnew(const JobSpec& from, const JobSpec& to, KnownJob& known) {
  double sum_of_logs = 0;
  int count = 0;
  for (CurvesSize& size : known.sizes) {
    if (size.state.timed <= 0) continue;
    const double before = Cost(from, size.epoch_joules, size.epoch_seconds);
    const double after = Cost(to, size.epoch_joules, size.epoch_seconds);
    if (!IsValidCost(before) || !IsValidCost(after)) {
      // Nothing is known in the new weights.
      size.state.timed = 0;
      continue;
    }
    const double change = std::log(after / before);
    size.state.log_cost += change;
    sum_of_logs += change;
    ++count;
  }
  // A warmup belongs to no size.
  const double factor = count > 0 ? std::exp(sum_of_logs / count) : 0;
  known.job.state.warmup.cost *= factor;
  known.job.state.last_warmup.cost *= factor;
}

void ForgetAllButCosts(KnownJob& known) {
  known.job.state.epochs_noise = MakeJobState().epochs_noise;
  for (CurvesSize& size : known.sizes) {
    const SizeState& state = size.state;
    size.state = {.timed = state.timed, .log_cost = state.log_cost, .cost_hint = state.cost_hint};
  }
}

bool HaveSameTarget(const JobSpec& a, const JobSpec& b) {
  return a.target_metric == b.target_metric && a.higher_is_better_metric == b.higher_is_better_metric;
}

bool RunOnSameMachine(const JobSpec& a, const JobSpec& b) {
  return a.gpu_model == b.gpu_model && a.number_of_gpus == b.number_of_gpus;
}

// Copies the knowledge back into the records.
void SetState(const State& state, KnownJob& known) {
  known.job.state = state.job;
  for (size_t i = 0; i < known.sizes.size(); ++i) {
    const int pending = known.sizes[i].state.pending;
    known.sizes[i].state = state.sizes[i];
    known.sizes[i].state.pending = pending;
  }
}

// How many results may teach a job of so many sizes: some seconds of work at most.
size_t MaxResults(size_t num_sizes) {
  constexpr double kWork = 5e9;
  constexpr double kMost = 10'000;
  const double work_per_result = std::pow(static_cast<double>(num_sizes), 3);
  return static_cast<size_t>(std::clamp(kWork / work_per_result, 1.0, kMost));
}

// Servers recorded no revisions at first; those trials ended before all that have one.
bool EndedBefore(const Trial& a, const Trial& b) {
  const auto order = [](const Trial& trial) {
    return std::tuple(trial.end_revision.value_or(0), trial.end_time.value_or(absl::InfinitePast()),
                      trial.trial_number);
  };
  return order(a) < order(b);
}

// A trial of a server that recorded epochs with the final report only has its totals in the result.
Trial WithProgress(Trial trial) {
  if (trial.progress.has_value() || !trial.result.has_value()) return trial;
  trial.progress = TrialProgress{.epochs = trial.final_report->epochs,
                                 .time_seconds = trial.result->time_seconds,
                                 .energy_joules = trial.result->energy_joules};
  return trial;
}

}  // namespace

void WarmStart(const KnownJob& source, KnownJob& known) {
  KnownJob other = source;
  if (source.spec.eta_knob != known.spec.eta_knob || source.spec.max_power != known.spec.max_power) {
    WeighAnew(source.spec, known.spec, other);
  }
  if (!HaveSameTarget(source.spec, known.spec)) ForgetAllButCosts(other);
  State state = StateOf(known);
  LearnFrom(StateOf(other), {.same_machine = RunOnSameMachine(source.spec, known.spec), .costs = true}, state);
  SetState(state, known);
  for (CurvesSize& size : known.sizes) {
    const auto theirs = std::find_if(other.sizes.begin(), other.sizes.end(),
                                     [&](const CurvesSize& their) { return their.batch_size == size.batch_size; });
    if (theirs == other.sizes.end()) continue;
    size.epoch_seconds = theirs->epoch_seconds;
    size.epoch_joules = theirs->epoch_joules;
  }
}

bool Teaches(const Trial& trial) {
  if (trial.status == TrialStatus::kDispatched) return false;
  return trial.progress.has_value() || trial.final_report.has_value();
}

std::optional<KnownJob> LearnFromTrials(const JobSpec& spec, std::vector<Trial> trials) {
  std::erase_if(trials, [](const Trial& trial) { return !Teaches(trial); });
  if (trials.empty()) return std::nullopt;
  std::sort(trials.begin(), trials.end(), EndedBefore);
  if (const size_t most = MaxResults(spec.batch_sizes.size()); trials.size() > most) {
    trials.erase(trials.begin(), trials.end() - static_cast<std::ptrdiff_t>(most));
  }
  KnownJob known{.spec = spec, .job = {.state = MakeJobState()}, .sizes = {}};
  for (const int64_t batch_size : spec.batch_sizes) known.sizes.push_back({.batch_size = batch_size});
  for (const Trial& trial : trials) {
    LearnTrial(Fit(StateOf(known)), Kind::kExplore, WithProgress(trial), spec, known.job.state, known.sizes);
  }
  return known;
}

void LearnProfile(const EpochProfile& profile, KnownJob& known) {
  const TimedEpoch& epoch = profile.epoch;
  const size_t index = IndexOf(known.spec, profile.batch_size);
  // A change of all costs may have made its size uncertain again since.
  if (known.sizes[index].profile == epoch) return;
  known.sizes[index].profile = epoch;
  const State before = StateOf(known);
  State state = before;
  const double epoch_cost = Cost(known.spec, epoch.joules, epoch.seconds);
  Profile(index, epoch_cost, epoch.relative_error, Fit(before), state);
  SetState(state, known);
  for (size_t i = 0; i < known.sizes.size(); ++i) {
    CurvesSize& size = known.sizes[i];
    if (i == index && (before.sizes[i].timed <= 0 || before.sizes[i].cost_hint > 0)) {
      size.epoch_seconds = epoch.seconds;
      size.epoch_joules = epoch.joules;
    } else {
      FollowOtherSize(before.sizes[i], size);
    }
  }
}

}  // namespace zeus::bso::curves
