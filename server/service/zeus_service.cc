#include "server/service/zeus_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "server/policy/cost.h"
#include "server/policy/failed_sizes.h"
#include "server/random/generator.h"

namespace zeus::bso {
namespace {

absl::Status CheckBatchSize(const Job& job, int64_t batch_size) {
  if (std::binary_search(job.spec.batch_sizes.begin(), job.spec.batch_sizes.end(), batch_size)) return absl::OkStatus();
  return MakeError(Reason::kBatchSizeNotInJob,
                   absl::StrCat(batch_size, " is not one of the batch sizes of job '", job.spec.job_id, "'"));
}

// The generator for draws that no seed governs.
random::Generator& EntropyGenerator() {
  thread_local random::Generator generator = random::Generator::FromEntropy();
  return generator;
}

// What `draw` answers, drawn from the generator that governs the job.
template <typename Draw>
auto DrawForJob(storage::Session& session, absl::string_view job_id, Draw draw)
    -> absl::StatusOr<decltype(draw(EntropyGenerator()))> {
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, session.FetchedJob(job_id));
  if (!fetched->generator_state.has_value()) return draw(EntropyGenerator());
  ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(job_id));
  random::Generator generator(*job->generator_state);
  auto drawn = draw(generator);
  job->generator_state = generator.state();
  return drawn;
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

absl::StatusOr<const Trial*> ZeusService::UpdateTrial(const TrialKey& key, const TrialEnd& end) {
  ZB_RETURN_IF_ERROR(session_.FetchedJob(key.job_id).status());
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session_.FetchedTrial(key));
  if (trial->status != TrialStatus::kDispatched) {
    return MakeError(Reason::kTrialEnded,
                     absl::StrCat("trial ", key.trial_number, " of job '", key.job_id, "' has ended already"));
  }
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(key.job_id));
  TrialOutcome outcome = end.failure;
  std::optional<FinalReport> final_report;
  if (end.status == TrialStatus::kSucceeded) {
    if (!end.result.has_value()) {
      return MakeError(Reason::kResultMissing,
                       "a trial succeeds only with its time, its energy and whether it converged");
    }
    ZB_RETURN_IF_ERROR(TakeResult(*job, key.batch_size, *end.result));
    outcome = *end.result;
    final_report = end.final_report;
  }
  CountOutcome(*job, key.batch_size, outcome);
  // The clock may have been set back since the start.
  return session_.EndTrial(key, std::max(now_, trial->start_time), outcome, final_report);
}

absl::Status ZeusService::TakeResult(Job& job, int64_t batch_size, const Result& result) {
  if (job.spec.window_size == 0) ZB_RETURN_IF_ERROR(AddToCostMoments(job, batch_size, result));
  const double cost = Cost(job.spec, result);
  if (result.converged && (!job.min_cost.has_value() || cost < *job.min_cost)) {
    job.min_cost = cost;
    job.min_cost_batch_size = batch_size;
  }
  return absl::OkStatus();
}

absl::Status ZeusService::UpdateArmState(const TrialKey& key, const GaussianTsArm& arm) {
  ZB_RETURN_IF_ERROR(session_.FetchedJob(key.job_id).status());
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session_.FetchedTrial(key));
  if (trial->type != TrialType::kMab) {
    return MakeError(Reason::kTrialNotMab, absl::StrCat("trial ", key.trial_number, " of job '", key.job_id,
                                                        "' was not started by the bandit, so it changes no arm"));
  }
  return session_.ReplaceArm(key.job_id, arm);
}

absl::StatusOr<const Job*> ZeusService::UpdateExpDefaultBatchSize(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  ZB_RETURN_IF_ERROR(CheckBatchSize(*job, batch_size));
  job->exp_default_batch_size = batch_size;
  return job;
}

absl::StatusOr<const Trial*> ZeusService::CreateTrial(absl::string_view job_id, int64_t batch_size, TrialType type,
                                                      absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  ZB_RETURN_IF_ERROR(CheckBatchSize(*job, batch_size));
  ZB_RETURN_IF_ERROR(CheckRunningTrials(*job));
  return session_.InsertTrial(job_id, {.batch_size = batch_size,
                                       .type = type,
                                       .time = now_,
                                       .deadline = limits_.timeouts.NextDeadline(job->spec, std::nullopt, now_),
                                       .client_id = std::string(client_id)});
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
  return deadline.has_value() ? session_.SetDeadline(key, *deadline) : absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> ZeusService::GetRandomChoices(absl::string_view job_id,
                                                                   std::span<const int64_t> choices) {
  return DrawForJob(session_, job_id, [&](random::Generator& generator) { return generator.Choice(choices); });
}

absl::StatusOr<double> ZeusService::GetNormal(absl::string_view job_id, double loc, double scale) {
  return DrawForJob(session_, job_id, [&](random::Generator& generator) { return generator.Normal(loc, scale); });
}

absl::StatusOr<const Job*> ZeusService::GetJob(absl::string_view job_id) { return session_.FetchJob(job_id); }

absl::StatusOr<const Trial*> ZeusService::GetTrial(const TrialKey& key) { return session_.FetchTrial(key); }

absl::StatusOr<const Job*> ZeusService::CreateJob(JobSpec spec) {
  const std::string job_id = spec.job_id;
  Job job;
  job.exp_default_batch_size = spec.default_batch_size;
  job.min_cost_batch_size = spec.default_batch_size;
  job.create_time = now_;
  if (spec.mab_seed.has_value()) job.generator_state = random::Generator(*spec.mab_seed).state();
  job.spec = std::move(spec);
  ZB_RETURN_IF_ERROR(RestoreJob(std::move(job)));
  return session_.FetchedJob(job_id);
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

absl::Status ZeusService::AddToCostMoments(const Job& job, int64_t batch_size, const Result& result) {
  ZB_ASSIGN_OR_RETURN(CostMoments moments, GetCostMoments(job.spec.job_id, batch_size));
  moments.Add(Cost(job.spec, result));
  return session_.PutCostMoments(job.spec.job_id, batch_size, moments);
}

absl::Status ZeusService::CreateArms(absl::string_view job_id, std::span<const GaussianTsArm> arms) {
  if (arms.empty()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  for (const GaussianTsArm& arm : arms) {
    ZB_RETURN_IF_ERROR(CheckBatchSize(*job, arm.batch_size));
    ZB_RETURN_IF_ERROR(session_.InsertArm(job_id, arm));
  }
  return absl::OkStatus();
}

absl::StatusOr<const Job*> ZeusService::UpdateJobStage(absl::string_view job_id, Stage stage) {
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  if (stage != Stage::kMab) {
    return MakeError(Reason::kStageNotMab, "a job goes on from pruning to the bandit, never back");
  }
  job->stage = stage;
  return job;
}

absl::StatusOr<bool> ZeusService::DeleteJob(absl::string_view job_id) { return session_.DeleteJob(job_id); }

}  // namespace zeus::bso
