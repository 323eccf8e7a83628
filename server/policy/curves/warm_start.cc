#include "server/policy/curves/warm_start.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "server/policy/cost.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/corrections.h"
#include "server/policy/curves/epoch_means.h"
#include "server/policy/curves/outside.h"
#include "server/policy/curves/replay.h"

namespace zeus::bso::curves {
namespace {

void ForgetAllButCosts(KnownJob& known) {
  known.job.state.epochs_noise = MakeJobState().epochs_noise;
  for (CurvesSize& size : known.sizes) {
    const SizeState& state = size.state;
    size.state = {.timed = state.timed, .log_cost = state.log_cost, .cost_hint = state.cost_hint};
  }
}

}  // namespace

void WarmStart(const KnownJob& source, KnownJob& known) {
  KnownJob other = source;
  const Change change = ChangeBetween(source.spec, known.spec);
  if (change.weights) WeighAnew(source.spec, known.spec, other);
  if (change.target) ForgetAllButCosts(other);
  State state = StateOf(known);
  LearnFrom(StateOf(other), {.same_machine = !change.machine, .costs = true}, state);
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
  if (trial.status == TrialStatus::kDispatched || trial.voided.has_value()) return false;
  return trial.progress.has_value() || trial.final_report.has_value();
}

std::optional<KnownJob> LearnFromTrials(const JobSpec& spec, const std::optional<CurvesBase>& base,
                                        std::vector<Trial> trials) {
  std::erase_if(trials, [](const Trial& trial) { return !Teaches(trial); });
  if (trials.empty() && !base.has_value()) return std::nullopt;
  KeepNewest(MaxTrials(spec.batch_sizes.size()), trials);
  Replay replay(NewJob(spec), base);
  for (const Trial& trial : trials) replay.Learn(trial);
  return std::move(replay).Finish();
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
