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
#include "server/policy/target.h"
#include "server/service/job_update.h"
#include "server/service/not_found.h"
#include "server/service/running_reports.h"
#include "server/service/spec_fields.h"

namespace zeus::bso {
namespace {

absl::Status JobExists(absl::string_view job_id, const std::vector<std::string>& fields) {
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

// A report that came too late for its trial is taken if it is a result of the training all the same.
bool IsLateResult(const JobSpec& spec, const Trial& trial, const TrialProgress& report) {
  return trial.failure == TrialFailure::kTimedOut && !trial.voided.has_value() &&
         (ReachesTarget(spec, report.metric.value_or(0)) || report.epochs >= spec.max_epochs);
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

absl::StatusOr<Registration> Optimizer::Register(JobSpec spec, const NewJobPolicy& policy, absl::string_view warm_start,
                                                 IfExists if_exists) {
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
  Registration registration{.job = existing, .created = false};
  const std::vector<std::string> fields = DifferingFields(existing->spec, spec);
  if (fields.empty()) return registration;
  switch (if_exists) {
    case IfExists::kFail:
      return JobExists(spec.job_id, fields);
    case IfExists::kKeep:
      registration.differing_fields = fields;
      return registration;
    case IfExists::kUpdate:
      ZB_ASSIGN_OR_RETURN(registration.changes, UpdateJob(service_, spec));
      return registration;
  }
  return registration;
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

absl::StatusOr<StartedRun> Optimizer::StartTrial(absl::string_view job_id, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service_.GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  if (!client_id.empty()) {
    ZB_ASSIGN_OR_RETURN(const Trial* const running, ContinueTrial(*job, client_id));
    if (running != nullptr) return StartedRun{.trial = running, .resume_from = service_.KnownProgress(*running)};
  }
  // The curves policy looks at the trials that are running. The Zeus policy ends overdue explorations by itself.
  if (job->curves.has_value()) ZB_RETURN_IF_ERROR(EndOverdueTrials(*job));
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, service_.ChooseTrial(job_id, client_id));
  return StartedRun{.trial = trial};
}

absl::StatusOr<const Trial*> Optimizer::ContinueTrial(const Job& job, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Trial* const running, service_.GetTrialOfClient(job.spec.job_id, client_id));
  if (running == nullptr) return nullptr;
  ZB_ASSIGN_OR_RETURN(const bool ended, service_.EndIfOverdue(*running));
  if (ended) return nullptr;
  ZB_RETURN_IF_ERROR(service_.Hear(*running));
  // Its trainer may be another one, which is to say anew how often it sends heartbeats.
  ZB_RETURN_IF_ERROR(service_.SetHeartbeatInterval(KeyOf(*running), std::nullopt));
  return service_.GetTrial(KeyOf(*running));
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
  ZB_RETURN_IF_ERROR(service_.CheckRegistration(key, trial));
  if (trial == nullptr) return TrialNotFound(*job, key);
  return JobAndTrial{job, trial};
}

absl::StatusOr<Verdict> Optimizer::TakeReport(const Report& report) {
  ZB_ASSIGN_OR_RETURN(const auto found, Find(report.trial));
  const auto [job, trial] = found;
  const bool has_failed = trial->status == TrialStatus::kFailed;
  if (has_failed && trial->failure != TrialFailure::kTimedOut) return TrialFailed(*trial);
  const JobSpec& spec = job->spec;
  if (trial->status == TrialStatus::kSucceeded) return VerdictOn(spec, *trial);

  if (const absl::Status present = CheckPresence(spec, report); !present.ok()) {
    return has_failed ? TrialFailed(*trial) : present;
  }
  TrialProgress progress = TotalsOf(report);
  const std::optional<TrialProgress> known = service_.KnownProgress(*trial);
  if (report.trial.job_uid.has_value()) ZB_RETURN_IF_ERROR(CheckGrowth(known, progress));
  const bool is_resumed = report.base.time_seconds > 0 || report.base.energy_joules > 0;
  const double cost = Cost(spec, progress.energy_joules, progress.time_seconds);
  const TrialProgress latest = MergeReports(known, progress, cost, is_resumed);
  // Each report is judged by its own numbers, in whatever order they come.
  progress.first_epoch = latest.first_epoch;
  progress.first_epoch_cost = latest.first_epoch_cost;
  std::optional<FinalReport> end = service_.Judge(*job, *trial, progress);
  // A report that was overtaken ends its trial only if it reached the target.
  if (end.has_value() && end->reason != EndReason::kTargetReached && WasOvertaken(known, progress)) end.reset();
  if (has_failed && !(end.has_value() && IsLateResult(spec, *trial, progress))) return TrialFailed(*trial);
  if (!end.has_value()) {
    ZB_RETURN_IF_ERROR(service_.Hear(*trial, latest));
    return Verdict{.stop_train = false, .converged = false, .message = "Keep training"};
  }
  const TrialEnd trial_end{.status = TrialStatus::kSucceeded,
                           .result = Result{.time_seconds = progress.time_seconds,
                                            .energy_joules = progress.energy_joules,
                                            .converged = end->reason == EndReason::kTargetReached},
                           .final_report = end,
                           .progress = progress};
  ZB_ASSIGN_OR_RETURN(const Trial* const ended, has_failed ? service_.AcceptLateResult(report.trial, trial_end)
                                                           : service_.UpdateTrial(report.trial, trial_end));
  return VerdictOn(spec, *ended);
}

absl::StatusOr<const Trial*> Optimizer::Heartbeat(const TrialKey& key, std::optional<absl::Duration> interval) {
  ZB_ASSIGN_OR_RETURN(const JobAndTrial found, Find(key));
  if (found.trial->status != TrialStatus::kDispatched) return found.trial;
  ZB_RETURN_IF_ERROR(service_.Hear(*found.trial));
  if (interval.has_value()) ZB_RETURN_IF_ERROR(service_.SetHeartbeatInterval(key, *interval));
  return service_.GetTrial(key);
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
