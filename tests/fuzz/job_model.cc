#include "tests/fuzz/job_model.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/policy/cost.h"
#include "server/policy/zeus/failed_sizes.h"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/policy/zeus/pruning.h"
#include "tests/fuzz/finding.h"

namespace zeus::bso::fuzz {
namespace {

// Of numbers that differ by the order of a sum: costs of a few hundred joules, see model_fuzz.cc.
constexpr double kTolerance = 1e-9;

bool AreNear(double a, double b) { return a == b || std::abs(a - b) <= kTolerance * std::abs(b); }

bool AreNear(const GaussianTsArm& a, const GaussianTsArm& b) {
  return a.batch_size == b.batch_size && a.num_observations == b.num_observations &&
         AreNear(a.param_mean, b.param_mean) && AreNear(a.param_precision, b.param_precision) &&
         AreNear(a.reward_precision, b.reward_precision);
}

bool AreEqual(const std::optional<FinalReport>& a, const std::optional<FinalReport>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  return a->reason == b->reason && a->metric == b->metric && a->epochs == b->epochs && a->cost_limit == b->cost_limit;
}

bool AreEqual(const Trial& a, const Trial& b) {
  return a.job_id == b.job_id && a.trial_number == b.trial_number && a.batch_size == b.batch_size && a.type == b.type &&
         a.status == b.status && a.result == b.result && a.failure == b.failure && a.client_id == b.client_id &&
         AreEqual(a.final_report, b.final_report);
}

}  // namespace

std::optional<Reason> JobModel::WhyNoStart() const {
  std::map<int64_t, GaussianTsArm> arms = arms_;
  if (job_.stage == Stage::kPruning) {
    const absl::StatusOr<PruningStep> step = NextPruningStep(job_, MakeExplorations());
    if (!step.ok()) return Reason::kNothingConverged;
    if (!std::holds_alternative<PruningOver>(*step)) return std::nullopt;
    arms = MakeArms(std::get<PruningOver>(*step).survivors);
  }
  const auto is_left = [this](const auto& arm) { return !IsRuledOut(job_, arm.first); };
  if (std::none_of(arms.begin(), arms.end(), is_left)) return Reason::kNoBatchSizeLeft;
  return std::nullopt;
}

void JobModel::Start(const Trial& trial) {
  if (job_.stage == Stage::kPruning) {
    const PruningStep step = *NextPruningStep(job_, MakeExplorations());
    if (const auto* const explore = std::get_if<Explore>(&step); explore != nullptr) {
      Expect(trial.type == TrialType::kExploration && trial.batch_size == explore->batch_size, "another exploration");
    } else if (const auto* const concurrent = std::get_if<RunConcurrently>(&step); concurrent != nullptr) {
      const int64_t best = job_.min_cost_batch_size;
      const int64_t size = IsRuledOut(job_, best) ? concurrent->explored : best;
      Expect(trial.type == TrialType::kConcurrent && trial.batch_size == size, "not the best size");
    } else {
      arms_ = MakeArms(std::get<PruningOver>(step).survivors);
      job_.stage = Stage::kMab;
    }
  }
  if (job_.stage == Stage::kMab) CheckPick(trial);
  Create(trial);
}

std::map<int64_t, GaussianTsArm> JobModel::MakeArms(const std::vector<int64_t>& survivors) const {
  std::map<int64_t, GaussianTsArm> arms;
  const Explorations explorations = MakeExplorations();
  for (const int64_t size : survivors) {
    std::vector<double> costs;
    if (const auto trials = explorations.find(size); trials != explorations.end()) {
      for (const Trial& trial : trials->second) {
        if (trial.result.has_value()) costs.push_back(Cost(spec(), *trial.result));
      }
    }
    arms[size] = FitArm(spec(), size, costs);
  }
  return arms;
}

// An arm that has been tried too little comes first.
void JobModel::CheckPick(const Trial& trial) const {
  Expect(trial.type == TrialType::kMab, "another type than the bandit's");
  Expect(arms_.contains(trial.batch_size), "no arm of the size that was picked");
  Expect(!IsRuledOut(job_, trial.batch_size), "a size that is ruled out");
  const int64_t least = std::max<int64_t>(spec().mab_num_explorations, spec().num_pruning_rounds == 0 ? 1 : 0);
  const auto is_new = [&](const GaussianTsArm& arm) {
    return arm.num_observations < least && !IsRuledOut(job_, arm.batch_size);
  };
  const bool any = std::any_of(arms_.begin(), arms_.end(), [&](const auto& arm) { return is_new(arm.second); });
  Expect(!any || is_new(arms_.at(trial.batch_size)), "the pick has been tried enough, and others have not");
}

void JobModel::Create(const Trial& trial) {
  Expect(trial.job_id == spec().job_id, "a trial of another job");
  Expect(trial.trial_number == static_cast<int64_t>(trials_.size()) + 1, "a trial number that is not the next");
  Expect(std::binary_search(spec().batch_sizes.begin(), spec().batch_sizes.end(), trial.batch_size), "a foreign size");
  Expect(trial.status == TrialStatus::kDispatched && !trial.end_time && !trial.result, "a new trial that is over");
  trials_.push_back(trial);
  ++job_.num_running_trials;
  ++revision_;
}

const Trial* JobModel::Find(int64_t trial_number, int64_t batch_size) const {
  if (trial_number < 1 || trial_number > static_cast<int64_t>(trials_.size())) return nullptr;
  const Trial& trial = trials_[static_cast<size_t>(trial_number - 1)];
  return trial.batch_size == batch_size ? &trial : nullptr;
}

const Trial* JobModel::FindRunning(const std::string& client_id) const {
  const auto is_running = [&](const Trial& trial) {
    return trial.client_id == client_id && trial.status == TrialStatus::kDispatched;
  };
  const auto running = std::find_if(trials_.begin(), trials_.end(), is_running);
  return client_id.empty() || running == trials_.end() ? nullptr : &*running;
}

Verdict JobModel::TakeReport(const Report& report) {
  Trial& trial = trials_[static_cast<size_t>(report.trial.trial_number - 1)];
  const double time_seconds = report.time_seconds.value_or(0);
  const double energy_joules = report.energy_joules.value_or(0);
  const double metric = report.metric.value_or(0);
  const double cost = Cost(spec(), energy_joules, time_seconds);
  const bool within = !spec().beta_knob || !job_.min_cost || cost <= *spec().beta_knob * *job_.min_cost;
  // The metrics of model_fuzz.cc are far from the target, or equal to it: the tolerance makes no difference.
  const bool reached = spec().higher_is_better_metric ? metric >= spec().target_metric : metric <= spec().target_metric;
  const int64_t epochs = report.current_epoch.value_or(0);
  if (within && !reached && epochs < spec().max_epochs) return {.stop_train = false, .converged = false};
  const EndReason reason = !within   ? EndReason::kCostOverLimit
                           : reached ? EndReason::kTargetReached
                                     : EndReason::kMaxEpochsDone;
  trial.final_report = FinalReport{.reason = reason, .metric = metric, .epochs = epochs};
  if (spec().beta_knob && job_.min_cost) trial.final_report->cost_limit = *spec().beta_knob * *job_.min_cost;
  const Result result{time_seconds, energy_joules, within && reached};
  if (job_.stage == Stage::kMab && trial.type == TrialType::kMab && arms_.contains(trial.batch_size))
    Refit(trial, result);
  trial.status = TrialStatus::kSucceeded;
  trial.result = result;
  if (result.converged && (!job_.min_cost || cost < *job_.min_cost)) {
    job_.min_cost = cost;
    job_.min_cost_batch_size = trial.batch_size;
  }
  End(trial.batch_size, result);
  return {.stop_train = true, .converged = result.converged, .end_reason = reason};
}

// On the latest results by trial number and this one, together no more than the window.
void JobModel::Refit(const Trial& trial, const Result& latest) {
  std::vector<double> costs = {Cost(spec(), latest)};
  for (const TrialResult& result : MakeResults(trial.batch_size)) {
    if (spec().window_size > 0 && static_cast<int64_t>(costs.size()) == spec().window_size) break;
    costs.push_back(Cost(spec(), result.result));
  }
  arms_[trial.batch_size] = FitArm(spec(), trial.batch_size, costs);
}

void JobModel::Fail(int64_t trial_number, TrialFailure failure) {
  Trial& trial = trials_[static_cast<size_t>(trial_number - 1)];
  trial.status = TrialStatus::kFailed;
  trial.failure = failure;
  End(trial.batch_size, failure);
}

bool JobModel::Fits(int64_t batch_size) const {
  return batch_size == spec().batch_sizes.front() ||
         std::any_of(trials_.begin(), trials_.end(), [&](const Trial& trial) {
           return trial.batch_size >= batch_size && trial.result.has_value() && trial.result->converged;
         });
}

void JobModel::End(int64_t batch_size, const TrialOutcome& outcome) {
  const bool fits = outcome == TrialOutcome(TrialFailure::kInfeasible) && Fits(batch_size);
  CountOutcome(job_, batch_size, fits ? TrialOutcome(TrialFailure::kFailed) : outcome);
  --job_.num_running_trials;
  ++revision_;
}

Explorations JobModel::MakeExplorations() const {
  Explorations explorations;
  for (const Trial& trial : trials_) {
    if (trial.type != TrialType::kExploration || trial.status == TrialStatus::kFailed) continue;
    explorations[trial.batch_size].push_back(trial);
  }
  return explorations;
}

std::vector<TrialResult> JobModel::MakeResults(int64_t batch_size) const {
  std::vector<TrialResult> results;
  for (auto trial = trials_.rbegin(); trial != trials_.rend(); ++trial) {
    if (trial->batch_size != batch_size || !trial->result.has_value()) continue;
    if (spec().window_size > 0 && static_cast<int64_t>(results.size()) == spec().window_size) break;
    results.push_back({trial->trial_number, *trial->result});
  }
  return results;
}

void JobModel::Check(const Job& job) const {
  Expect(job.spec == spec(), "a specification that has changed");
  Expect(job.stage == job_.stage, "another stage");
  Expect(job.failures == job_.failures, "other failures");
  Expect(job.num_running_trials == job_.num_running_trials, "another number of running trials");
  Expect(job.min_cost == job_.min_cost, "a min_cost that is not the least cost of what converged");
  Expect(job.min_cost_batch_size == job_.min_cost_batch_size, "a min_cost_batch_size that had not min_cost");
}

void JobModel::Check(const std::vector<Trial>& trials) const {
  Expect(trials.size() == trials_.size(), absl::StrCat(trials.size(), " trials, and not ", trials_.size()));
  for (size_t i = 0; i < trials.size(); ++i) {
    Expect(AreEqual(trials[i], trials_[i]), absl::StrCat("trial ", i + 1, " is not what was answered"));
    Expect(trials[i].end_time.has_value() == (trials[i].status != TrialStatus::kDispatched), "an end, or none");
    Expect(!trials[i].end_time || *trials[i].end_time >= trials[i].start_time, "an end before the start");
  }
}

void JobModel::Check(const std::vector<GaussianTsArm>& arms) const {
  Expect(arms.size() == arms_.size(), absl::StrCat(arms.size(), " arms, and not ", arms_.size()));
  auto expected = arms_.begin();
  for (const GaussianTsArm& arm : arms) {
    Expect(AreNear(arm, expected->second), absl::StrCat("the arm of ", arm.batch_size, " is not what its results say"));
    ++expected;
  }
}

}  // namespace zeus::bso::fuzz
