#include "server/policy/optimizer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "server/policy/cost.h"
#include "server/policy/failed_sizes.h"
#include "server/policy/gaussian_ts.h"
#include "server/policy/pruning.h"
#include "server/service/not_found.h"

namespace zeus::bso {
namespace {

// The names of the fields in which two specifications of the same job_id differ.
std::vector<absl::string_view> DifferingFields(const JobSpec& a, const JobSpec& b) {
  std::vector<absl::string_view> fields;
  const auto compare = [&fields](absl::string_view name, const auto& left, const auto& right) {
    if (left != right) fields.push_back(name);
  };
  compare("job_id_prefix", a.job_id_prefix, b.job_id_prefix);
  compare("batch_sizes", a.batch_sizes, b.batch_sizes);
  compare("default_batch_size", a.default_batch_size, b.default_batch_size);
  compare("eta_knob", a.eta_knob, b.eta_knob);
  compare("beta_knob", a.beta_knob, b.beta_knob);
  compare("target_metric", a.target_metric, b.target_metric);
  compare("higher_is_better_metric", a.higher_is_better_metric, b.higher_is_better_metric);
  compare("max_epochs", a.max_epochs, b.max_epochs);
  compare("num_pruning_rounds", a.num_pruning_rounds, b.num_pruning_rounds);
  compare("window_size", a.window_size, b.window_size);
  compare("mab_prior_mean", a.mab_prior_mean, b.mab_prior_mean);
  compare("mab_prior_precision", a.mab_prior_precision, b.mab_prior_precision);
  compare("mab_num_explorations", a.mab_num_explorations, b.mab_num_explorations);
  compare("mab_seed", a.mab_seed, b.mab_seed);
  compare("max_power", a.max_power, b.max_power);
  compare("number_of_gpus", a.number_of_gpus, b.number_of_gpus);
  compare("gpu_model", a.gpu_model, b.gpu_model);
  compare("trial_timeout", a.trial_timeout, b.trial_timeout);
  compare("max_failures_per_batch_size", a.max_failures_per_batch_size, b.max_failures_per_batch_size);
  return fields;
}

absl::Status JobExists(absl::string_view job_id, const std::vector<absl::string_view>& fields) {
  const std::string names = absl::StrJoin(fields, ",");
  return MakeError(
      Reason::kJobExists,
      absl::StrCat("job '", job_id, "' is registered with another specification; these fields differ: ", names),
      {{"fields", names}});
}

// Costs of the results of one size, the latest trial first.
std::vector<double> Costs(const JobSpec& spec, const std::vector<TrialResult>& results) {
  std::vector<double> costs;
  costs.reserve(results.size() + 1);
  for (const TrialResult& result : results) {
    costs.push_back(Cost(spec, result.result));
  }
  return costs;
}

// How often the bandit tries a size before it trusts its posterior. A job without pruning has seen nothing before, so
// each of its sizes is tried once at least.
int64_t MinObservations(const JobSpec& spec) {
  return spec.num_pruning_rounds == 0 ? std::max<int64_t>(spec.mab_num_explorations, 1) : spec.mab_num_explorations;
}

absl::Status TrialFailed(const Trial& trial) {
  const std::string how(FailureName(trial.failure.value_or(TrialFailure::kFailed)));
  return MakeError(Reason::kTrialFailed,
                   absl::StrCat("trial ", trial.trial_number, " of job '", trial.job_id, "' ended as failed (", how,
                                "): start a new one"),
                   {{"failure", how}});
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

// Why a report ends its trial; nothing: training goes on.
std::optional<EndReason> WhyToEnd(bool reached, bool within, bool epochs_done) {
  if (!within) return EndReason::kCostOverLimit;
  if (reached) return EndReason::kTargetReached;
  if (epochs_done) return EndReason::kMaxEpochsDone;
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> Optimizer::UnusedJobId(absl::string_view prefix) {
  std::random_device entropy;
  while (true) {
    std::string job_id = absl::StrFormat("%s-%08x", prefix, static_cast<uint32_t>(entropy()));
    ZB_ASSIGN_OR_RETURN(const Job* const taken, service_.GetJob(job_id));
    if (taken == nullptr) return job_id;
  }
}

absl::StatusOr<Registration> Optimizer::Register(JobSpec spec) {
  if (spec.job_id.empty()) {
    ZB_ASSIGN_OR_RETURN(spec.job_id, UnusedJobId(spec.job_id_prefix));
  }
  ZB_ASSIGN_OR_RETURN(const Job* const existing, service_.GetJob(spec.job_id));
  if (existing == nullptr) {
    ZB_ASSIGN_OR_RETURN(const Job* const job, service_.CreateJob(std::move(spec)));
    return Registration{.job = job, .created = true};
  }
  if (existing->spec != spec) return JobExists(spec.job_id, DifferingFields(existing->spec, spec));
  return Registration{.job = existing, .created = false};
}

absl::StatusOr<const Trial*> Optimizer::StartTrial(absl::string_view job_id, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service_.GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  if (!client_id.empty()) {
    ZB_ASSIGN_OR_RETURN(const Trial* const running, ContinueTrial(*job, client_id));
    if (running != nullptr) return running;
  }
  return job->stage == Stage::kMab ? StartMabTrial(*job, client_id) : StartPruningTrial(*job, client_id);
}

absl::StatusOr<const Trial*> Optimizer::ContinueTrial(const Job& job, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Trial* const running, service_.GetTrialOfClient(job.spec.job_id, client_id));
  if (running == nullptr) return nullptr;
  if (service_.IsOverdue(job, *running)) {
    ZB_RETURN_IF_ERROR(TimeOut(*running));
    return nullptr;
  }
  ZB_RETURN_IF_ERROR(service_.KeepTrialAlive(KeyOf(*running)));
  return running;
}

absl::Status Optimizer::TimeOut(const Trial& trial) {
  const TrialKey key = KeyOf(trial);
  ZB_RETURN_IF_ERROR(service_.GetTrial(key).status());
  return service_.UpdateTrial(key, {.status = TrialStatus::kFailed, .failure = TrialFailure::kTimedOut}).status();
}

absl::StatusOr<Explorations> Optimizer::LiveExplorations(const Job& job) {
  ZB_ASSIGN_OR_RETURN(Explorations explorations, service_.GetExplorationsOfJob(job.spec.job_id));
  absl::Status status;
  for (auto& [size, trials] : explorations) {
    std::erase_if(trials, [&](const Trial& trial) {
      if (!service_.IsOverdue(job, trial)) return false;
      status.Update(TimeOut(trial));
      return true;
    });
  }
  ZB_RETURN_IF_ERROR(status);
  return explorations;
}

absl::StatusOr<const Trial*> Optimizer::StartPruningTrial(const Job& job, absl::string_view client_id) {
  const std::string& job_id = job.spec.job_id;
  ZB_ASSIGN_OR_RETURN(const Explorations explorations, LiveExplorations(job));
  ZB_ASSIGN_OR_RETURN(const PruningStep step, NextPruningStep(job, explorations));
  if (const auto* const explore = std::get_if<Explore>(&step)) {
    return service_.CreateTrial(job_id, explore->batch_size, TrialType::kExploration, client_id);
  }
  if (const auto* const concurrent = std::get_if<RunConcurrently>(&step)) {
    const int64_t size = IsRuledOut(job, job.min_cost_batch_size) ? concurrent->explored : job.min_cost_batch_size;
    return service_.CreateTrial(job_id, size, TrialType::kConcurrent, client_id);
  }
  ZB_RETURN_IF_ERROR(MoveToMab(job, std::get<PruningOver>(step).survivors, explorations));
  return StartMabTrial(job, client_id);
}

absl::Status Optimizer::MoveToMab(const Job& job, const std::vector<int64_t>& survivors,
                                  const Explorations& explorations) {
  std::vector<GaussianTsArm> arms;
  for (const int64_t size : survivors) {
    std::vector<double> costs;
    if (const auto trials = explorations.find(size); trials != explorations.end()) {
      for (const Trial& trial : trials->second) {
        if (!trial.result.has_value()) continue;
        costs.push_back(Cost(job.spec, *trial.result));
      }
    }
    arms.push_back(FitArm(job.spec, size, costs));
  }
  ZB_RETURN_IF_ERROR(service_.CreateArms(job.spec.job_id, arms));
  return service_.UpdateJobStage(job.spec.job_id, Stage::kMab).status();
}

absl::StatusOr<const Trial*> Optimizer::StartMabTrial(const Job& job, absl::string_view client_id) {
  const std::string& job_id = job.spec.job_id;
  ZB_ASSIGN_OR_RETURN(std::vector<GaussianTsArm> arms, service_.GetArms(job_id));
  if (arms.empty()) return MakeError(Reason::kNoArms, absl::StrCat("job '", job_id, "' has no arms to pick from"));
  ZB_RETURN_IF_ERROR(DropRuledOut(job, arms));
  ZB_ASSIGN_OR_RETURN(
      const int64_t batch_size,
      PickArm(arms, MinObservations(job.spec),
              {.choices = [&](std::span<const int64_t> sizes) { return service_.GetRandomChoices(job_id, sizes); },
               .normal = [&](double loc, double scale) { return service_.GetNormal(job_id, loc, scale); }}));
  return service_.CreateTrial(job_id, batch_size, TrialType::kMab, client_id);
}

absl::StatusOr<Optimizer::JobAndTrial> Optimizer::Find(const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service_.GetJob(key.job_id));
  if (job == nullptr) return JobNotFound(key.job_id);
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, service_.GetTrial(key));
  if (trial == nullptr) return TrialNotFound(key);
  return JobAndTrial{job, trial};
}

absl::StatusOr<Verdict> Optimizer::TakeReport(const Report& report) {
  ZB_ASSIGN_OR_RETURN(const auto found, Find(report.trial));
  const auto [job, trial] = found;
  if (trial->status == TrialStatus::kFailed) return TrialFailed(*trial);
  const JobSpec& spec = job->spec;
  if (trial->status == TrialStatus::kSucceeded) return VerdictOn(spec, *trial);

  ZB_RETURN_IF_ERROR(CheckPresence(spec, report));
  Result result = {.time_seconds = report.time_seconds.value_or(0), .energy_joules = report.energy_joules.value_or(0)};
  const double metric = report.metric.value_or(0);
  const int64_t epochs = report.current_epoch.value_or(0);
  const double limit = EarlyStopBound(*job);
  const std::optional<EndReason> reason =
      WhyToEnd(ReachesTarget(spec, metric), Cost(spec, result) <= limit, epochs >= spec.max_epochs);
  if (!reason.has_value()) {
    ZB_RETURN_IF_ERROR(service_.KeepTrialAlive(report.trial));
    return Verdict{.stop_train = false, .converged = false, .message = "Keep training"};
  }
  result.converged = *reason == EndReason::kTargetReached;
  FinalReport final_report = {.reason = *reason, .metric = metric, .epochs = epochs};
  if (std::isfinite(limit)) final_report.cost_limit = limit;
  ZB_ASSIGN_OR_RETURN(const Trial* const ended, Succeed(*job, *trial, result, final_report));
  return VerdictOn(spec, *ended);
}

absl::StatusOr<const Trial*> Optimizer::Succeed(const Job& job, const Trial& trial, const Result& result,
                                                const FinalReport& final_report) {
  const TrialKey key = KeyOf(trial);
  // A trial of another type that ends when the bandit is already at work is taken in at the next refit of its arm.
  if (job.stage == Stage::kMab && trial.type == TrialType::kMab) {
    ZB_ASSIGN_OR_RETURN(const GaussianTsArm* const arm, service_.GetArm(key.job_id, key.batch_size));
    if (arm != nullptr) {
      ZB_ASSIGN_OR_RETURN(const GaussianTsArm refit, RefitArm(job, key.batch_size, result));
      ZB_RETURN_IF_ERROR(service_.UpdateArmState(key, refit));
    }
  }
  return service_.UpdateTrial(key, {.status = TrialStatus::kSucceeded, .result = result, .final_report = final_report});
}

absl::StatusOr<GaussianTsArm> Optimizer::RefitArm(const Job& job, int64_t batch_size, const Result& latest) {
  const JobSpec& spec = job.spec;
  if (spec.window_size == 0) {
    ZB_ASSIGN_OR_RETURN(CostMoments moments, service_.GetCostMoments(spec.job_id, batch_size));
    moments.Add(Cost(spec, latest));
    return FitArmToMoments(spec, batch_size, moments);
  }
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results,
                      service_.GetTrialResultsOfBatchSize(spec.job_id, batch_size));
  std::vector<double> costs = Costs(spec, results);
  // In the reference's order, on which the last digits of the sums depend: latest first, or from a full window latest
  // last; then the present one.
  if (static_cast<int64_t>(costs.size()) == spec.window_size) {
    costs.pop_back();
    std::reverse(costs.begin(), costs.end());
  }
  costs.push_back(Cost(spec, latest));
  return FitArm(spec, batch_size, costs);
}

absl::StatusOr<const Trial*> Optimizer::Heartbeat(const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(const JobAndTrial found, Find(key));
  if (found.trial->status == TrialStatus::kDispatched) ZB_RETURN_IF_ERROR(service_.KeepTrialAlive(key));
  return found.trial;
}

absl::StatusOr<const Trial*> Optimizer::EndTrial(const TrialKey& key, TrialFailure failure) {
  ZB_ASSIGN_OR_RETURN(const JobAndTrial found, Find(key));
  if (found.trial->status != TrialStatus::kDispatched) return found.trial;
  return service_.UpdateTrial(key, {.status = TrialStatus::kFailed, .failure = failure});
}

absl::Status Optimizer::DeleteJob(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const bool deleted, service_.DeleteJob(job_id));
  return deleted ? absl::OkStatus() : JobNotFound(job_id);
}

}  // namespace zeus::bso
