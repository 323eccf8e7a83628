#include "server/service/zeus_service.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/policy/cost.h"
#include "server/service/job_checks.h"
#include "server/service/job_draws.h"

namespace zeus::bso {
namespace {

// The fetched job, to be changed by a draw; null where none of its own generator governs it.
absl::StatusOr<Job*> JobToDrawFor(storage::Session& session, absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchedJob(job_id));
  if (!job->generator_state.has_value()) return nullptr;
  return session.MutableJob(job_id);
}

// Arms, stages and the default of explorations belong to the Zeus policy.
absl::Status CheckFollowsZeus(const Job& job) {
  if (job.spec.policy == PolicyKind::kZeus) return absl::OkStatus();
  return MakeError(Reason::kPolicyMismatch,
                   absl::StrCat("job '", job.spec.job_id,
                                "' follows POLICY_CURVES, which has no arms, no stages and no "
                                "exp_default_batch_size: register a job with POLICY_ZEUS to change them"));
}

}  // namespace

absl::StatusOr<std::vector<GaussianTsArm>> ZeusService::GetArms(absl::string_view job_id) {
  return session_.ReadArms(job_id);
}

absl::StatusOr<const GaussianTsArm*> ZeusService::GetArm(absl::string_view job_id, int64_t batch_size) {
  return session_.FetchArm(job_id, batch_size);
}

absl::StatusOr<Explorations> ZeusService::GetExplorationsOfJob(absl::string_view job_id) {
  return session_.ReadExplorations(job_id);
}

std::optional<RunningReports::Heard> ZeusService::HeardFrom(const Trial& trial) const {
  if (memory_ == nullptr) return std::nullopt;
  return memory_->reports.Find({trial.job_uid, trial.trial_number});
}

std::optional<TrialProgress> ZeusService::KnownProgress(const Trial& trial) const {
  const std::optional<RunningReports::Heard> heard = HeardFrom(trial);
  return heard.has_value() && heard->progress.has_value() ? heard->progress : trial.progress;
}

absl::Status ZeusService::Hear(const Trial& trial, const std::optional<TrialProgress>& progress) {
  if (memory_ == nullptr) return absl::OkStatus();
  const bool is_kept = HeardFrom(trial).has_value();
  memory_->reports.Hear({trial.job_uid, trial.trial_number}, now_.serving, progress);
  if (is_kept) return absl::OkStatus();
  // It may have been forgotten among many others, or be of an older server.
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(trial.job_id));
  const absl::Duration silence = limits_.timeouts.SilenceOf(job->spec, trial);
  if (trial.heard.has_value() && now_.serving - *trial.heard < silence / 2) return absl::OkStatus();
  return LookAt(trial).status();
}

absl::Status ZeusService::UpdateArmState(const TrialKey& key, const GaussianTsArm& arm) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(key.job_id));
  ZB_RETURN_IF_ERROR(CheckFollowsZeus(*job));
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session_.FetchedTrial(key));
  if (trial->type != TrialType::kMab) {
    return MakeError(Reason::kTrialNotMab, absl::StrCat("trial ", key.trial_number, " of job '", key.job_id,
                                                        "' was not started by the bandit, so it changes no arm"));
  }
  return session_.ReplaceArm(key.job_id, arm);
}

absl::StatusOr<const Job*> ZeusService::UpdateExpDefaultBatchSize(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  ZB_RETURN_IF_ERROR(CheckFollowsZeus(*job));
  ZB_RETURN_IF_ERROR(CheckBatchSize(*job, batch_size));
  job->exp_default_batch_size = batch_size;
  return job;
}

absl::Status ZeusService::CheckRunningTrials(const Job& job) const {
  if (limits_.max_running_trials == 0 || job.num_running_trials < limits_.max_running_trials) return absl::OkStatus();
  return MakeError(Reason::kTooManyRunningTrials,
                   absl::StrCat("job '", job.spec.job_id, "' has ", job.num_running_trials,
                                " running trials, as many as the server allows"));
}

absl::StatusOr<const Trial*> ZeusService::GetTrialOfClient(absl::string_view job_id, absl::string_view client_id) {
  return session_.FetchTrialOfClient(job_id, client_id);
}

absl::Status ZeusService::SetHeartbeatInterval(const TrialKey& key, std::optional<absl::Duration> interval) {
  ZB_ASSIGN_OR_RETURN(const Trial* const fetched, session_.FetchedTrial(key));
  if (fetched->heartbeat_interval == interval) return absl::OkStatus();
  Trial trial = *fetched;
  trial.heartbeat_interval = interval;
  return LookAt(trial).status();
}

absl::StatusOr<bool> ZeusService::LookAt(const Trial& trial) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(trial.job_id));
  const std::optional<RunningReports::Heard> heard = HeardFrom(trial);
  Trial looked_at = trial;
  if (heard.has_value() && (!trial.heard.has_value() || heard->time > *trial.heard)) {
    looked_at.heard = heard->time;
    looked_at.had_grace = false;
  }
  const absl::Time end = limits_.timeouts.EndOf(job->spec, looked_at, std::nullopt);
  if (end <= now_.serving) return false;
  looked_at.progress = KnownProgress(trial);
  if (end == absl::InfiniteFuture()) {
    looked_at.deadline.reset();
  } else {
    const absl::Time last = looked_at.heard.value_or(absl::InfinitePast());
    looked_at.had_grace = last + limits_.timeouts.SilenceOf(job->spec, looked_at) <= now_.serving;
    looked_at.deadline =
        looked_at.had_grace ? end : limits_.timeouts.NextLook(job->spec, looked_at, last, now_.serving);
  }
  ZB_RETURN_IF_ERROR(session_.UpdateRunningTrial(looked_at));
  return true;
}

absl::StatusOr<std::vector<int64_t>> ZeusService::GetRandomChoices(absl::string_view job_id,
                                                                   std::span<const int64_t> choices) {
  ZB_ASSIGN_OR_RETURN(Job* const job, JobToDrawFor(session_, job_id));
  if (job == nullptr) return EntropyGenerator().Choice(choices);
  return DrawForJob(*job, [&](random::Generator& generator) { return generator.Choice(choices); });
}

absl::StatusOr<double> ZeusService::GetNormal(absl::string_view job_id, double loc, double scale) {
  ZB_ASSIGN_OR_RETURN(Job* const job, JobToDrawFor(session_, job_id));
  if (job == nullptr) return EntropyGenerator().Normal(loc, scale);
  return DrawForJob(*job, [&](random::Generator& generator) { return generator.Normal(loc, scale); });
}

absl::StatusOr<const Job*> ZeusService::GetJob(absl::string_view job_id) { return session_.FetchJob(job_id); }

absl::StatusOr<const Trial*> ZeusService::GetTrial(const TrialKey& key) { return session_.FetchTrial(key); }

absl::Status ZeusService::CheckRegistration(const TrialKey& key, const Trial* trial) const {
  if (!key.job_uid.has_value() || (trial != nullptr && trial->former_job_uid == key.job_uid)) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(key.job_id));
  if (version.uid == *key.job_uid) return absl::OkStatus();
  return MakeError(
      Reason::kJobNotFound,
      absl::StrCat("job '", key.job_id, "' was deleted, and registered again: the trial was of the job before"));
}

absl::StatusOr<bool> ZeusService::IsOverdue(const Trial& trial) const {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(trial.job_id));
  if (trial.status != TrialStatus::kDispatched) return false;
  const std::optional<RunningReports::Heard> heard = HeardFrom(trial);
  const std::optional<absl::Time> time = heard.has_value() ? std::optional(heard->time) : std::nullopt;
  return limits_.timeouts.EndOf(job->spec, trial, time) <= now_.serving;
}

absl::StatusOr<bool> ZeusService::EndIfOverdue(const Trial& trial) {
  ZB_ASSIGN_OR_RETURN(const bool overdue, IsOverdue(trial));
  if (!overdue) return false;
  const TrialKey key = KeyOf(trial);
  ZB_RETURN_IF_ERROR(session_.FetchTrial(key).status());
  ZB_RETURN_IF_ERROR(UpdateTrial(key, {.status = TrialStatus::kFailed, .failure = TrialFailure::kTimedOut}).status());
  return true;
}

absl::Status ZeusService::RestoreJob(Job job) {
  if (limits_.max_jobs > 0 && session_.num_jobs() >= limits_.max_jobs) {
    return MakeError(Reason::kTooManyJobs,
                     absl::StrCat("the server has ", session_.num_jobs(), " jobs, as many as it allows: delete some"));
  }
  return session_.InsertJob(std::move(job));
}

absl::Status ZeusService::RestoreTrial(Trial trial) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(trial.job_id));
  trial.deadline.reset();
  trial.heard.reset();
  if (trial.status == TrialStatus::kDispatched) {
    ZB_RETURN_IF_ERROR(CheckRunningTrials(*job));
    trial.heard = now_.serving;
    trial.deadline = limits_.timeouts.NextLook(job->spec, trial, now_.serving, now_.serving);
  }
  return session_.RestoreTrial(trial);
}

absl::StatusOr<std::vector<TrialResult>> ZeusService::GetTrialResultsOfBatchSize(absl::string_view job_id,
                                                                                 int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  return session_.ReadResults(job_id, batch_size, job->spec.window_size);
}

absl::StatusOr<CostMoments> ZeusService::GetCostMoments(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  ZB_ASSIGN_OR_RETURN(const std::optional<CostMoments> kept, session_.ReadCostMoments(job_id, batch_size));
  if (kept.has_value()) return *kept;
  // There are no results, or they are of a server that kept no moments.
  ZB_ASSIGN_OR_RETURN(const CollectedSize collected, GetCollectedSize(job_id, batch_size));
  CostMoments moments = collected.costs;
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results, session_.ReadResults(job_id, batch_size, 0));
  for (const TrialResult& result : results) moments.Add(Cost(job->spec, result.result));
  return moments;
}

absl::StatusOr<CollectedSize> ZeusService::GetCollectedSize(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const std::optional<CollectedSize> kept, session_.ReadCollectedSize(job_id, batch_size));
  return kept.value_or(CollectedSize{.batch_size = batch_size});
}

absl::StatusOr<std::vector<TrialKey>> ZeusService::GetDueTrials(absl::string_view job_id) {
  constexpr int kMaxScanned = 1'000;
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(job_id));
  std::vector<TrialKey> keys;
  int num_scanned = 0;
  absl::Time first_later;
  ZB_RETURN_IF_ERROR(session_.ScanDue(
      "", now_.serving,
      [&](const storage::Due& due) {
        const auto* const trial = std::get_if<storage::DueTrial>(&due.what);
        if (trial != nullptr && trial->uid == version.uid) keys.push_back(trial->key);
        return ++num_scanned < kMaxScanned;
      },
      first_later));
  return keys;
}

absl::StatusOr<std::vector<Trial>> ZeusService::GetNewestTrials(absl::string_view job_id, int64_t limit) {
  ZB_ASSIGN_OR_RETURN(const int64_t last, session_.LastTrialNumber(job_id));
  std::vector<Trial> trials;
  ZB_RETURN_IF_ERROR(session_.ScanTrials(job_id, std::max<int64_t>(last - limit, 0), [&](const Trial& trial) {
    trials.push_back(trial);
    return true;
  }));
  return trials;
}

absl::StatusOr<std::vector<CurvesSize>> ZeusService::GetCurvesSizes(absl::string_view job_id) {
  return session_.FetchCurvesSizes(job_id);
}

absl::Status ZeusService::CreateArms(absl::string_view job_id, std::span<const GaussianTsArm> arms) {
  if (arms.empty()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  ZB_RETURN_IF_ERROR(CheckFollowsZeus(*job));
  for (const GaussianTsArm& arm : arms) {
    ZB_RETURN_IF_ERROR(CheckBatchSize(*job, arm.batch_size));
    ZB_RETURN_IF_ERROR(session_.InsertArm(job_id, arm));
  }
  return absl::OkStatus();
}

absl::StatusOr<const Job*> ZeusService::UpdateJobStage(absl::string_view job_id, Stage stage) {
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  ZB_RETURN_IF_ERROR(CheckFollowsZeus(*job));
  if (stage != Stage::kMab) {
    return MakeError(Reason::kStageNotMab, "a job goes on from pruning to the bandit, never back");
  }
  job->stage = stage;
  return job;
}

absl::StatusOr<bool> ZeusService::DeleteJob(absl::string_view job_id) { return session_.DeleteJob(job_id); }

}  // namespace zeus::bso
