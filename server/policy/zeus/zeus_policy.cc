#include "server/policy/zeus/zeus_policy.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/policy/cost.h"
#include "server/policy/target.h"
#include "server/policy/zeus/failed_sizes.h"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/policy/zeus/pruning.h"

namespace zeus::bso {
namespace {

// How often the bandit tries a size before it trusts its posterior. A job without pruning has seen nothing before, so
// each of its sizes is tried once at least.
int64_t MinObservations(const JobSpec& spec) {
  return spec.num_pruning_rounds == 0 ? std::max<int64_t>(spec.mab_num_explorations, 1) : spec.mab_num_explorations;
}

// Leaves the arms that the bandit may pick. NO_BATCH_SIZE_LEFT: there are none.
absl::Status DropRuledOut(const Job& job, std::vector<GaussianTsArm>& arms) {
  std::vector<int64_t> ruled_out;
  std::erase_if(arms, [&](const GaussianTsArm& arm) {
    if (!IsRuledOut(job, arm.batch_size)) return false;
    ruled_out.push_back(arm.batch_size);
    return true;
  });
  if (!arms.empty()) return absl::OkStatus();
  return NoSizeLeft(Reason::kNoBatchSizeLeft, job, ruled_out, {},
                    absl::StrCat("no batch size of job '", job.spec.job_id, "' is left"));
}

absl::StatusOr<int64_t> DrawArm(const Job& job, std::vector<GaussianTsArm> arms, random::Generator& generator) {
  if (arms.empty()) {
    return MakeError(Reason::kNoArms, absl::StrCat("job '", job.spec.job_id, "' has no arms to pick from"));
  }
  ZB_RETURN_IF_ERROR(DropRuledOut(job, arms));
  return PickArm(arms, MinObservations(job.spec),
                 {.choices = [&](std::span<const int64_t> sizes) { return generator.Choice(sizes); },
                  .normal = [&](double loc, double scale) { return generator.Normal(loc, scale); }});
}

std::vector<GaussianTsArm> ArmsOfSurvivors(const JobSpec& spec, const std::vector<int64_t>& survivors,
                                           const Explorations& explorations) {
  std::vector<GaussianTsArm> arms;
  for (const int64_t size : survivors) {
    std::vector<double> costs;
    if (const auto trials = explorations.find(size); trials != explorations.end()) {
      for (const Trial& trial : trials->second) {
        if (trial.result.has_value()) costs.push_back(Cost(spec, *trial.result));
      }
    }
    arms.push_back(FitArm(spec, size, costs));
  }
  return arms;
}

// A fit over the window, in the reference's order, on which the last digits of the sums depend: latest first, or from a
// full window latest last; then the present one.
absl::StatusOr<GaussianTsArm> FitOverWindow(const JobSpec& spec, const Trial& latest, JobRecords& records) {
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results, records.GetResults(latest.batch_size));
  std::vector<double> costs;
  costs.reserve(results.size() + 1);
  for (const TrialResult& result : results) costs.push_back(Cost(spec, result.result));
  if (static_cast<int64_t>(costs.size()) == spec.window_size) {
    costs.pop_back();
    std::reverse(costs.begin(), costs.end());
  }
  costs.push_back(Cost(spec, *latest.result));
  return FitArm(spec, latest.batch_size, costs);
}

// Why a report ends its trial; nothing: training goes on.
std::optional<EndReason> WhyToEnd(bool reached, bool within, bool epochs_done) {
  if (!within) return EndReason::kCostOverLimit;
  if (reached) return EndReason::kTargetReached;
  if (epochs_done) return EndReason::kMaxEpochsDone;
  return std::nullopt;
}

}  // namespace

std::vector<CurvesSize> ZeusPolicy::Begin(Job& job) const {
  job.stage = Stage::kPruning;
  return {};
}

absl::StatusOr<Start> ZeusPolicy::Choose(Job& job, JobRecords& records, random::Generator& generator) const {
  if (job.stage == Stage::kMab) {
    ZB_ASSIGN_OR_RETURN(std::vector<GaussianTsArm> arms, records.GetArms());
    ZB_ASSIGN_OR_RETURN(const int64_t size, DrawArm(job, std::move(arms), generator));
    return Start{.batch_size = size, .type = TrialType::kMab};
  }
  ZB_ASSIGN_OR_RETURN(const Explorations explorations, records.GetExplorations());
  ZB_ASSIGN_OR_RETURN(const PruningStep step, NextPruningStep(job, explorations));
  if (const auto* const explore = std::get_if<Explore>(&step)) {
    return Start{.batch_size = explore->batch_size, .type = TrialType::kExploration};
  }
  if (const auto* const concurrent = std::get_if<RunConcurrently>(&step)) {
    const int64_t size = IsRuledOut(job, job.min_cost_batch_size) ? concurrent->explored : job.min_cost_batch_size;
    return Start{.batch_size = size, .type = TrialType::kConcurrent};
  }
  job.stage = Stage::kMab;
  Start start{.type = TrialType::kMab,
              .new_arms = ArmsOfSurvivors(job.spec, std::get<PruningOver>(step).survivors, explorations)};
  ZB_ASSIGN_OR_RETURN(start.batch_size, DrawArm(job, start.new_arms, generator));
  return start;
}

absl::StatusOr<Start> ZeusPolicy::Admit(Job& job, int64_t batch_size, TrialType type, JobRecords&) const {
  if (!IsOfCurves(type)) return Start{.batch_size = batch_size, .type = type};
  return MakeError(
      Reason::kPolicyMismatch,
      absl::StrCat("job '", job.spec.job_id, "' follows POLICY_ZEUS, and the type is one of POLICY_CURVES"));
}

std::optional<FinalReport> ZeusPolicy::Judge(const Job& job, const Trial&, const TrialProgress& report) const {
  const JobSpec& spec = job.spec;
  const double limit = EarlyStopBound(job);
  const double metric = report.metric.value_or(0);
  const bool is_within = Cost(spec, report.energy_joules, report.time_seconds) <= limit;
  const std::optional<EndReason> reason =
      WhyToEnd(ReachesTarget(spec, metric), is_within, report.epochs >= spec.max_epochs);
  if (!reason.has_value()) return std::nullopt;
  FinalReport final_report{.reason = *reason, .metric = metric, .epochs = report.epochs};
  if (std::isfinite(limit)) final_report.cost_limit = limit;
  return final_report;
}

absl::StatusOr<Outlook> ZeusPolicy::LookAhead(const Job& job, JobRecords& records) const {
  Outlook outlook;
  for (const auto& [size, failures] : job.failures) {
    if (FailsTooOften(job, size)) outlook.failing_sizes.push_back(size);
  }
  if (job.stage == Stage::kMab) {
    if (job.failures.empty()) return outlook;
    ZB_ASSIGN_OR_RETURN(const std::vector<GaussianTsArm> arms, records.GetArms());
    outlook.nothing_left = !arms.empty() && std::all_of(arms.begin(), arms.end(), [&](const GaussianTsArm& arm) {
      return IsRuledOut(job, arm.batch_size);
    });
    return outlook;
  }
  // Once something has converged, it can be run.
  if (job.min_cost.has_value()) return outlook;
  ZB_ASSIGN_OR_RETURN(const Explorations explorations, records.GetExplorations());
  outlook.nothing_left = !NextPruningStep(job, explorations).ok();
  return outlook;
}

absl::StatusOr<Lesson> ZeusPolicy::LearnLate(Job& job, const Trial& trial, JobRecords& records) const {
  TakeBackFailure(job, trial.batch_size);
  return Learn(job, trial, records);
}

absl::StatusOr<Lesson> ZeusPolicy::Learn(Job& job, const Trial& trial, JobRecords& records) const {
  ZB_ASSIGN_OR_RETURN(const TrialOutcome outcome, CountedOutcome(job, trial, records));
  CountOutcome(job, trial.batch_size, outcome);
  Lesson lesson;
  if (!trial.result.has_value()) return lesson;
  const JobSpec& spec = job.spec;
  if (spec.window_size == 0) {
    ZB_ASSIGN_OR_RETURN(lesson.cost_moments, records.GetCostMoments(trial.batch_size));
    lesson.cost_moments->Add(Cost(spec, *trial.result));
  }
  // A trial of another type that ends when the bandit is already at work is part of the next refit of its arm.
  const bool refits = trial.final_report.has_value() && job.stage == Stage::kMab && trial.type == TrialType::kMab;
  if (!refits) return lesson;
  ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const arm, records.GetArm(trial.batch_size));
  if (arm == nullptr) return lesson;
  if (lesson.cost_moments.has_value()) {
    lesson.refit_arm = FitArmToMoments(spec, trial.batch_size, *lesson.cost_moments);
  } else {
    ZB_ASSIGN_OR_RETURN(lesson.refit_arm, FitOverWindow(spec, trial, records));
  }
  return lesson;
}

}  // namespace zeus::bso
