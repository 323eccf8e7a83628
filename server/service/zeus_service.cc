#include "server/service/zeus_service.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "server/policy/cost.h"
#include "server/random/generator.h"
#include "server/service/not_found.h"
#include "server/service/service_records.h"

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
auto DrawForJob(Job& job, Draw draw) -> decltype(draw(EntropyGenerator())) {
  if (!job.generator_state.has_value()) return draw(EntropyGenerator());
  random::Generator generator(*job.generator_state);
  auto drawn = draw(generator);
  job.generator_state = generator.state();
  return drawn;
}

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

void TakeMinCost(const Result& result, int64_t batch_size, Job& job) {
  const double cost = Cost(job.spec, result);
  if (!result.converged || (job.min_cost.has_value() && cost >= *job.min_cost)) return;
  job.min_cost = cost;
  job.min_cost_batch_size = batch_size;
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

const Policy& ZeusService::PolicyOf(const Job& job) const {
  if (job.spec.policy == PolicyKind::kCurves) return curves_;
  return zeus_;
}

absl::StatusOr<const Trial*> ZeusService::UpdateTrial(const TrialKey& key, const TrialEnd& end) {
  ZB_RETURN_IF_ERROR(session_.FetchedJob(key.job_id).status());
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session_.FetchedTrial(key));
  if (trial->status != TrialStatus::kDispatched) {
    return MakeError(Reason::kTrialEnded,
                     absl::StrCat("trial ", key.trial_number, " of job '", key.job_id, "' has ended already"));
  }
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(key.job_id));
  ZB_ASSIGN_OR_RETURN(const Trial ended, WithEnd(*job, *trial, end));
  if (ended.result.has_value()) TakeMinCost(*ended.result, ended.batch_size, *job);
  ServiceRecords records(*this, key.job_id);
  ZB_ASSIGN_OR_RETURN(const Lesson lesson, PolicyOf(*job).Learn(*job, ended, records));
  ZB_RETURN_IF_ERROR(Apply(key.job_id, ended, lesson));
  return session_.EndTrial(ended);
}

absl::StatusOr<Trial> ZeusService::WithEnd(const Job& job, const Trial& trial, const TrialEnd& end) const {
  Trial ended = trial;
  ended.status = end.status;
  // The clock may have been set back since the start.
  ended.end_time = std::max(now_, trial.start_time);
  ZB_ASSIGN_OR_RETURN(const std::optional<TrialProgress> known, KnownProgress(trial));
  ended.progress = end.progress;
  if (ended.progress.has_value() && !ended.progress->first_epoch_cost.has_value() && known.has_value()) {
    ended.progress->first_epoch_cost = known->first_epoch_cost;
  }
  if (end.status == TrialStatus::kSucceeded) {
    if (!end.result.has_value()) {
      return MakeError(Reason::kResultMissing,
                       "a trial succeeds only with its time, its energy and whether it converged");
    }
    ended.result = end.result;
    ended.final_report = end.final_report;
    return ended;
  }
  ended.failure = end.failure;
  if (end.progress.has_value()) {
    // Who knows the epochs of a training knows that it did not crash.
    if (job.curves.has_value() && end.failure == TrialFailure::kFailed) ended.failure = TrialFailure::kNotConverged;
    // A report also says what the epochs cost.
    if (known.has_value() && known->epochs >= end.progress->epochs) ended.progress = known;
    return ended;
  }
  ended.progress = known;
  return ended;
}

absl::Status ZeusService::Apply(absl::string_view job_id, const Trial& trial, const Lesson& lesson) {
  if (lesson.cost_moments.has_value()) {
    ZB_RETURN_IF_ERROR(session_.PutCostMoments(job_id, trial.batch_size, *lesson.cost_moments));
  }
  if (lesson.refit_arm.has_value()) ZB_RETURN_IF_ERROR(session_.ReplaceArm(job_id, *lesson.refit_arm));
  for (const CurvesSize& size : lesson.changed_sizes) ZB_RETURN_IF_ERROR(session_.PutCurvesSize(job_id, size));
  return absl::OkStatus();
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

absl::StatusOr<const Trial*> ZeusService::CreateTrial(absl::string_view job_id, int64_t batch_size, TrialType type) {
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, session_.FetchedJob(job_id));
  ZB_RETURN_IF_ERROR(CheckBatchSize(*fetched, batch_size));
  ZB_RETURN_IF_ERROR(CheckRunningTrials(*fetched));
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  ServiceRecords records(*this, std::string(job_id));
  ZB_ASSIGN_OR_RETURN(const Start start, PolicyOf(*job).Admit(*job, batch_size, type, records));
  return Begin(job_id, start, "");
}

absl::StatusOr<const Trial*> ZeusService::ChooseTrial(absl::string_view job_id, absl::string_view client_id) {
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  ServiceRecords records(*this, std::string(job_id));
  ZB_ASSIGN_OR_RETURN(const Start start, DrawForJob(*job, [&](random::Generator& generator) {
                        return PolicyOf(*job).Choose(*job, records, generator);
                      }));
  ZB_RETURN_IF_ERROR(CheckRunningTrials(*job));
  return Begin(job_id, start, client_id);
}

absl::StatusOr<const Trial*> ZeusService::Begin(absl::string_view job_id, const Start& start,
                                                absl::string_view client_id) {
  for (const GaussianTsArm& arm : start.new_arms) ZB_RETURN_IF_ERROR(session_.InsertArm(job_id, arm));
  if (start.changed_size.has_value()) ZB_RETURN_IF_ERROR(session_.PutCurvesSize(job_id, *start.changed_size));
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  return session_.InsertTrial(job_id, {.batch_size = start.batch_size,
                                       .type = start.type,
                                       .time = now_,
                                       .deadline = limits_.timeouts.NextDeadline(job->spec, std::nullopt, now_),
                                       .client_id = std::string(client_id),
                                       .ticket = start.ticket});
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

absl::StatusOr<const Job*> ZeusService::CreateJob(JobSpec spec, absl::string_view warm_start) {
  const std::string job_id = spec.job_id;
  Job job;
  job.exp_default_batch_size = spec.default_batch_size;
  job.min_cost_batch_size = spec.default_batch_size;
  job.create_time = now_;
  if (spec.mab_seed.has_value()) job.generator_state = random::Generator(*spec.mab_seed).state();
  job.spec = std::move(spec);
  std::vector<CurvesSize> sizes = PolicyOf(job).Begin(job);
  if (!warm_start.empty()) {
    ZB_ASSIGN_OR_RETURN(const curves::KnownJob source, KnowledgeOf(warm_start));
    curves_.WarmStart(source, job, sizes);
    job.warm_start = std::string(warm_start);
  }
  ZB_RETURN_IF_ERROR(RestoreJob(std::move(job)));
  for (const CurvesSize& size : sizes) ZB_RETURN_IF_ERROR(RestoreCurvesSize(job_id, size));
  return session_.FetchedJob(job_id);
}

absl::StatusOr<curves::KnownJob> ZeusService::KnowledgeOf(absl::string_view job_id) {
  constexpr int64_t kMaxTrials = 10'000;
  ZB_ASSIGN_OR_RETURN(const Job* const job, GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  if (job->curves.has_value()) {
    ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, GetCurvesSizes(job_id));
    return curves::KnownJob{.spec = job->spec, .job = *job->curves, .sizes = std::move(sizes)};
  }
  ZB_ASSIGN_OR_RETURN(std::vector<Trial> trials, GetNewestTrials(job_id, kMaxTrials));
  std::optional<curves::KnownJob> known = curves::LearnFromTrials(job->spec, std::move(trials));
  if (known.has_value()) return *std::move(known);
  return MakeError(Reason::kWarmStartEmpty,
                   absl::StrCat("job '", job_id, "' has nothing to start from: none of its newest ", kMaxTrials,
                                " trials has ended with a record of its epochs"));
}

absl::StatusOr<const Job*> ZeusService::ProfileJob(absl::string_view job_id,
                                                   std::span<const curves::EpochProfile> profiles) {
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  if (!job->curves.has_value()) {
    return MakeError(Reason::kPolicyMismatch, absl::StrCat("job '", job_id,
                                                           "' follows POLICY_ZEUS, which learns from "
                                                           "trials only: register a job with POLICY_CURVES"));
  }
  for (const curves::EpochProfile& profile : profiles) ZB_RETURN_IF_ERROR(CheckBatchSize(*job, profile.batch_size));
  ServiceRecords records(*this, std::string(job_id));
  ZB_ASSIGN_OR_RETURN(const std::vector<CurvesSize> changed, curves_.LearnProfiles(*job, profiles, records));
  for (const CurvesSize& size : changed) ZB_RETURN_IF_ERROR(session_.PutCurvesSize(job_id, size));
  return job;
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

absl::StatusOr<ZeusService::JobExplanation> ZeusService::ExplainJob(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, session_.FetchedJob(job_id));
  ServiceRecords records(*this, std::string(job_id), Overdue::kIgnore);
  JobExplanation explanation;
  ZB_ASSIGN_OR_RETURN(explanation.beliefs, PolicyOf(*fetched).Explain(*fetched, records));
  // On copies, so that neither the job nor its generator moves on.
  Job job = *fetched;
  const absl::StatusOr<Start> next =
      DrawForJob(job, [&](random::Generator& generator) { return PolicyOf(job).Choose(job, records, generator); });
  if (next.ok()) explanation.next_batch_size = next->batch_size;
  return explanation;
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
