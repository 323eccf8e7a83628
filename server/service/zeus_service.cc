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

absl::StatusOr<std::optional<TrialProgress>> ZeusService::KnownProgress(const Trial& trial) const {
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(trial.job_id));
  if (memory_ != nullptr) {
    std::optional<TrialProgress> kept = memory_->reports.Find({version.uid, trial.trial_number});
    if (kept.has_value()) return kept;
  }
  return trial.progress;
}

absl::Status ZeusService::KeepProgress(const Trial& trial, const TrialProgress& progress) {
  if (memory_ == nullptr) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(trial.job_id));
  memory_->reports.Keep({version.uid, trial.trial_number}, progress);
  return absl::OkStatus();
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

absl::Status ZeusService::KeepTrialAlive(const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(key.job_id));
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session_.FetchedTrial(key));
  const std::optional<absl::Time> deadline = limits_.timeouts.NextDeadline(job->spec, trial->deadline, now_);
  if (!deadline.has_value()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const std::optional<TrialProgress> progress, KnownProgress(*trial));
  return session_.SetDeadline(key, *deadline, progress);
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

absl::StatusOr<bool> ZeusService::IsOverdue(const Trial& trial) const {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(trial.job_id));
  return trial.status == TrialStatus::kDispatched && limits_.timeouts.EndOf(job->spec, trial) <= now_;
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

absl::Status ZeusService::RestoreCurvesSize(absl::string_view job_id, const CurvesSize& size) {
  return session_.PutCurvesSize(job_id, size);
}

absl::Status ZeusService::RestoreTrial(Trial trial) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(trial.job_id));
  trial.deadline.reset();
  if (trial.status == TrialStatus::kDispatched) {
    ZB_RETURN_IF_ERROR(CheckRunningTrials(*job));
    trial.deadline = limits_.timeouts.NextDeadline(job->spec, std::nullopt, now_);
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
  CostMoments moments;
  ZB_ASSIGN_OR_RETURN(const std::vector<TrialResult> results, session_.ReadResults(job_id, batch_size, 0));
  for (const TrialResult& result : results) moments.Add(Cost(job->spec, result.result));
  return moments;
}

absl::StatusOr<std::vector<TrialKey>> ZeusService::GetDueTrials(absl::string_view job_id) {
  constexpr int kMaxScanned = 1'000;
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(job_id));
  std::vector<TrialKey> keys;
  int num_scanned = 0;
  absl::Time first_later;
  ZB_RETURN_IF_ERROR(session_.ScanDue(
      "", now_,
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
