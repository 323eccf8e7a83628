#include "server/service/optimizer.h"

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/policy/cost.h"
#include "server/service/not_found.h"
#include "server/service/running_reports.h"

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
  compare("policy", a.policy, b.policy);
  return fields;
}

absl::Status JobExists(absl::string_view job_id, const std::vector<absl::string_view>& fields) {
  const std::string names = absl::StrJoin(fields, ",");
  return MakeError(
      Reason::kJobExists,
      absl::StrCat("job '", job_id, "' is registered with another specification; these fields differ: ", names),
      {{"fields", names}});
}

absl::Status TrialFailed(const Trial& trial) {
  const std::string how(FailureName(trial.failure.value_or(TrialFailure::kFailed)));
  return MakeError(Reason::kTrialFailed,
                   absl::StrCat("trial ", trial.trial_number, " of job '", trial.job_id, "' ended as failed (", how,
                                "): start a new one"),
                   {{"failure", how}});
}

TrialProgress ProgressOf(const Report& report) {
  return {.epochs = report.current_epoch.value_or(0),
          .time_seconds = report.time_seconds.value_or(0),
          .energy_joules = report.energy_joules.value_or(0),
          .metric = report.metric.value_or(0)};
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

absl::StatusOr<Registration> Optimizer::Register(JobSpec spec, const NewJobPolicy& policy,
                                                 absl::string_view warm_start) {
  if (spec.job_id.empty()) {
    ZB_ASSIGN_OR_RETURN(spec.job_id, UnusedJobId(spec.job_id_prefix));
  }
  ZB_ASSIGN_OR_RETURN(const Job* const existing, service_.GetJob(spec.job_id));
  if (policy.asked_for.has_value()) {
    spec.policy = *policy.asked_for;
  } else if (existing != nullptr) {
    spec.policy = existing->spec.policy;
  } else {
    spec.policy = spec.batch_sizes.size() > kMaxCurvesBatchSizes ? PolicyKind::kZeus : policy.otherwise;
  }
  if (existing == nullptr) {
    if (!warm_start.empty() && spec.policy != PolicyKind::kCurves) {
      return MakeFieldError({{"warm_start", "must be empty for a job of POLICY_ZEUS, which this one would be"}});
    }
    ZB_ASSIGN_OR_RETURN(const Job* const job, service_.CreateJob(std::move(spec), warm_start));
    return Registration{.job = job, .created = true};
  }
  if (existing->spec != spec) return JobExists(spec.job_id, DifferingFields(existing->spec, spec));
  return Registration{.job = existing, .created = false};
}

absl::StatusOr<const Job*> Optimizer::ProfileJob(absl::string_view job_id,
                                                 std::span<const curves::EpochProfile> profiles) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service_.GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  for (size_t i = 0; i < profiles.size(); ++i) {
    if (Cost(job->spec, profiles[i].epoch.joules, profiles[i].epoch.seconds) > 0) continue;
    return MakeFieldError({{absl::StrCat("profiles[", i, "]"), "must have seconds and joules that make a cost"}});
  }
  return service_.ProfileJob(job_id, profiles);
}

absl::StatusOr<const Trial*> Optimizer::StartTrial(absl::string_view job_id, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service_.GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  if (!client_id.empty()) {
    ZB_ASSIGN_OR_RETURN(const Trial* const running, ContinueTrial(*job, client_id));
    if (running != nullptr) return running;
  }
  // The curves policy looks at the trials that are running. The Zeus policy ends overdue explorations by itself.
  if (job->curves.has_value()) ZB_RETURN_IF_ERROR(EndOverdueTrials(*job));
  return service_.ChooseTrial(job_id, client_id);
}

absl::StatusOr<const Trial*> Optimizer::ContinueTrial(const Job& job, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Trial* const running, service_.GetTrialOfClient(job.spec.job_id, client_id));
  if (running == nullptr) return nullptr;
  ZB_ASSIGN_OR_RETURN(const bool ended, service_.EndIfOverdue(*running));
  if (ended) return nullptr;
  ZB_RETURN_IF_ERROR(service_.KeepTrialAlive(KeyOf(*running)));
  return running;
}

absl::Status Optimizer::EndOverdueTrials(const Job& job) {
  if (job.num_running_trials == 0) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialKey> due, service_.GetDueTrials(job.spec.job_id));
  for (const TrialKey& key : due) {
    ZB_ASSIGN_OR_RETURN(const Trial* const trial, service_.GetTrial(key));
    if (trial != nullptr) ZB_RETURN_IF_ERROR(service_.EndIfOverdue(*trial).status());
  }
  return absl::OkStatus();
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
  TrialProgress progress = ProgressOf(report);
  ZB_ASSIGN_OR_RETURN(const std::optional<TrialProgress> known, service_.KnownProgress(*trial));
  const TrialProgress latest = MergeReports(known, progress, Cost(spec, progress.energy_joules, progress.time_seconds));
  // Each report is judged by its own numbers, in whatever order they come.
  progress.first_epoch_cost = latest.first_epoch_cost;
  const std::optional<FinalReport> end = service_.Judge(*job, *trial, progress);
  if (!end.has_value()) {
    ZB_RETURN_IF_ERROR(service_.KeepProgress(*trial, latest));
    ZB_RETURN_IF_ERROR(service_.KeepTrialAlive(report.trial));
    return Verdict{.stop_train = false, .converged = false, .message = "Keep training"};
  }
  const Result result = {.time_seconds = progress.time_seconds,
                         .energy_joules = progress.energy_joules,
                         .converged = end->reason == EndReason::kTargetReached};
  ZB_ASSIGN_OR_RETURN(const Trial* const ended, service_.UpdateTrial(report.trial, {.status = TrialStatus::kSucceeded,
                                                                                    .result = result,
                                                                                    .final_report = end,
                                                                                    .progress = progress}));
  return VerdictOn(spec, *ended);
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
