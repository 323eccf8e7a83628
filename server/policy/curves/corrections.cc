#include "server/policy/curves/corrections.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "server/policy/cost.h"
#include "server/policy/curves/outside.h"
#include "server/policy/curves/valid_cost.h"

namespace zeus::bso::curves {
namespace {

// Changes the sizes of the job, and its default, to those of `spec`. Those that are added bear `revision`.
void ChangeSizes(const JobSpec& spec, int64_t revision, KnownJob& known) {
  std::vector<CurvesSize> sizes;
  for (const int64_t batch_size : spec.batch_sizes) {
    if (HasSize(known.spec, batch_size)) {
      sizes.push_back(std::move(known.sizes[IndexOf(known.spec, batch_size)]));
    } else {
      sizes.push_back({.batch_size = batch_size, .added_revision = revision});
    }
  }
  MoveSurprise(known.spec.batch_sizes, spec, known.job.state.epochs_surprise);
  MoveSurprise(known.spec.batch_sizes, spec, known.job.state.cost_surprise);
  known.sizes = std::move(sizes);
  if (known.job.best_batch_size.has_value() && !HasSize(spec, *known.job.best_batch_size)) {
    known.job.best_batch_size.reset();
  }
  known.spec.batch_sizes = spec.batch_sizes;
  known.spec.default_batch_size = spec.default_batch_size;
}

// Whether there was anything to forget.
bool ForgetFailures(int64_t run, SizeState& size) {
  const bool has_failed =
      size.crashes > 0 || size.ooms > 0 || size.rest_until > run || size.failures > 0 || !size.bounds.empty();
  if (!has_failed) return false;
  size.crashes = 0;
  size.ooms = 0;
  size.rest_until = 0;
  size.failures = 0;
  size.failed_at = 0;
  size.bounds.clear();
  return true;
}

}  // namespace

Change ChangeBetween(const JobSpec& from, const JobSpec& to) {
  return {
      .machine = from.gpu_model != to.gpu_model || from.number_of_gpus != to.number_of_gpus,
      .target = from.target_metric != to.target_metric || from.higher_is_better_metric != to.higher_is_better_metric,
      .weights = from.eta_knob != to.eta_knob || from.max_power != to.max_power};
}

void AddChange(const Change& change, CurvesJob& job) {
  std::vector<Change>& changes = job.changes;
  changes.push_back(change);
  if (changes.size() <= kMaxChanges) return;
  // Of each kind, the last one stands for all.
  Change later;
  for (auto earlier = changes.rbegin(); earlier != changes.rend(); ++earlier) {
    earlier->machine = !std::exchange(later.machine, later.machine || earlier->machine) && earlier->machine;
    earlier->target = !std::exchange(later.target, later.target || earlier->target) && earlier->target;
    earlier->weights = !std::exchange(later.weights, later.weights || earlier->weights) && earlier->weights;
  }
  std::erase_if(changes, [](const Change& past) { return !Matters(past); });
}

int64_t TargetRevision(const CurvesJob& job) {
  const auto last =
      std::find_if(job.changes.rbegin(), job.changes.rend(), [](const Change& change) { return change.target; });
  return last != job.changes.rend() ? last->revision : 0;
}

void WeighAnew(const JobSpec& from, const JobSpec& to, KnownJob& known) {
  double sum_of_logs = 0;
  int count = 0;
  for (CurvesSize& size : known.sizes) {
    if (size.state.timed <= 0) continue;
    const double before = Cost(from, size.epoch_joules, size.epoch_seconds);
    const double after = Cost(to, size.epoch_joules, size.epoch_seconds);
    if (!IsValidCost(before) || !IsValidCost(after)) {
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
  known.job.state.cost_surprise = {};
}

void ForgetEpochs(KnownJob& known) {
  JobState& job = known.job.state;
  job.epochs_noise = MakeJobState().epochs_noise;
  job.epochs_surprise = {};
  job.stops = 0;
  job.escalation = 0;
  for (CurvesSize& size : known.sizes) {
    SizeState& state = size.state;
    state.runs = 0;
    state.log_epochs = 0;
    state.epochs_hint = 0;
    state.last = 0;
    state.failures = 0;
    state.failed_at = 0;
    state.bounds.clear();
  }
}

void ChangeMachine(KnownJob& known) {
  State state = StateOf(known);
  MachineChanged(state);
  SetState(state, known);
}

void ChangeSpec(const JobSpec& to, int64_t revision, KnownJob& known) {
  Change change = ChangeBetween(known.spec, to);
  change.revision = revision;
  if (change.weights) WeighAnew(known.spec, to, known);
  if (change.target) ForgetEpochs(known);
  if (change.machine) ChangeMachine(known);
  if (Matters(change)) AddChange(change, known.job);
  ChangeSizes(to, revision, known);
  known.spec = to;
}

void ChangeSpecOfBase(const JobSpec& from, const JobSpec& to, CurvesBase& base) {
  KnownJob known = NewJob(from, base);
  if (ChangeBetween(from, to).weights) WeighAnew(from, to, known);
  ChangeSizes(to, /*revision=*/0, known);
  base = {.job = known.job, .sizes = known.sizes};
}

std::vector<int64_t> ResetSize(int64_t batch_size, KnownJob& known) {
  std::vector<int64_t> reset;
  const size_t index = IndexOf(known.spec, batch_size);
  const bool ruled_out_greater = known.sizes[index].state.ooms > 0;
  for (size_t i = index; i < known.sizes.size(); ++i) {
    if (i > index && !ruled_out_greater) break;
    if (!ForgetFailures(known.job.state.run, known.sizes[i].state)) continue;
    reset.push_back(known.sizes[i].batch_size);
  }
  return reset;
}

}  // namespace zeus::bso::curves
