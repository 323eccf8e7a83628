// The methods of the service that ask the job's policy, and do what it answers.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "model/trial_history.h"
#include "server/policy/cost.h"
#include "server/service/job_checks.h"
#include "server/service/job_draws.h"
#include "server/service/not_found.h"
#include "server/service/recount.h"
#include "server/service/service_records.h"
#include "server/service/warnings.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {
namespace {

void TakeMinCost(const Result& result, int64_t batch_size, Job& job) {
  const double cost = Cost(job.spec, result);
  if (!result.converged || (job.min_cost.has_value() && cost >= *job.min_cost)) return;
  if (!CheckBatchSize(job, batch_size).ok()) return;  // It was removed from the job meanwhile.
  job.min_cost = cost;
  job.min_cost_batch_size = batch_size;
}

// Ids with such characters look like others, or break lines, where people read them. Jobs of older servers have them.
absl::Status CheckNewJobId(absl::string_view job_id) {
  // In UTF-8: U+061C, U+200E, U+200F, U+2028 to U+202E, and U+2066 to U+2069.
  constexpr absl::string_view kUnwanted[] = {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
                                             "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"};
  for (const absl::string_view character : kUnwanted) {
    if (!absl::StrContains(job_id, character)) continue;
    return MakeFieldError({{"spec.job_id", "must have no bidirectional controls and no line or paragraph separators"}});
  }
  return absl::OkStatus();
}

}  // namespace

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
  CountResult(ended, *job);
  ZB_ASSIGN_OR_RETURN(const Trial* const stored, session_.EndTrial(ended));
  ZB_RETURN_IF_ERROR(RenewWarnings(*job));
  return stored;
}

absl::StatusOr<const Trial*> ZeusService::AcceptLateResult(const TrialKey& key, const TrialEnd& end) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session_.FetchedTrial(key));
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(key.job_id));
  ZB_ASSIGN_OR_RETURN(Trial ended, WithEnd(*job, *trial, end));
  ended.failure.reset();
  ended.late = true;
  TakeMinCost(*ended.result, ended.batch_size, *job);
  ServiceRecords records(*this, key.job_id);
  ZB_ASSIGN_OR_RETURN(const Lesson lesson, PolicyOf(*job).LearnLate(*job, ended, records));
  ZB_RETURN_IF_ERROR(Apply(key.job_id, ended, lesson));
  // Who learns the job anew has it to begin again.
  if (job->relearning.has_value()) ++job->num_corrections;
  CountResult(ended, *job);
  ZB_ASSIGN_OR_RETURN(const Trial* const stored, session_.AmendTrial(ended));
  ZB_RETURN_IF_ERROR(RecountLatestResults(session_, *job));
  ZB_RETURN_IF_ERROR(RenewWarnings(*job));
  return stored;
}

absl::Status ZeusService::RenewWarnings(Job& job) {
  ServiceRecords records(*this, job.spec.job_id, Overdue::kIgnore);
  ZB_ASSIGN_OR_RETURN(const Outlook outlook, PolicyOf(job).LookAhead(job, records));
  ZB_ASSIGN_OR_RETURN(const std::optional<StartedTrial> long_trial, FindLongTrial(job));
  job.warnings = FindWarnings(job, outlook, long_trial, now_.wall);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StartedTrial>> ZeusService::FindLongTrial(Job& job) {
  constexpr int kMaxScanned = 1'000;
  std::optional<StartedTrial>& oldest = job.oldest_running_trial;
  std::optional<StartedTrial> found;
  if (job.num_running_trials == 0) {
    oldest.reset();
    return found;
  }
  // Trials of a server that kept no such record are looked through from the first one on.
  if (!oldest.has_value()) oldest = {.trial_number = 1, .start_time = job.create_time};
  if (now_.wall - oldest->start_time <= kLongTrial) return found;
  int num_scanned = 0;
  ZB_RETURN_IF_ERROR(session_.ScanTrials(job.spec.job_id, oldest->trial_number - 1, [&](const Trial& trial) {
    oldest = {.trial_number = trial.trial_number, .start_time = trial.start_time};
    if (trial.status == TrialStatus::kDispatched) found = oldest;
    return !found.has_value() && ++num_scanned < kMaxScanned;
  }));
  if (found.has_value() && now_.wall - found->start_time <= kLongTrial) found.reset();
  return found;
}

absl::StatusOr<Trial> ZeusService::WithEnd(const Job& job, const Trial& trial, const TrialEnd& end) const {
  Trial ended = trial;
  ended.status = end.status;
  // The clock may have been set back since the start.
  ended.end_time = std::max(now_.wall, trial.start_time);
  const std::optional<TrialProgress> known = KnownProgress(trial);
  ended.progress = end.progress;
  if (ended.progress.has_value() && !ended.progress->first_epoch_cost.has_value() && known.has_value()) {
    ended.progress->first_epoch = known->first_epoch;
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
    // A caller that knows the epochs of a training knows that it did not crash.
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
  ZB_ASSIGN_OR_RETURN(Job* const job, session_.MutableJob(job_id));
  ZB_ASSIGN_OR_RETURN(
      const Trial* const trial,
      session_.InsertTrial(job_id, {.batch_size = start.batch_size,
                                    .type = start.type,
                                    .time = now_.wall,
                                    .deadline = limits_.timeouts.NextLook(job->spec, {}, now_.serving, now_.serving),
                                    .heard = now_.serving,
                                    .client_id = std::string(client_id),
                                    .ticket = start.ticket}));
  if (job->num_running_trials == 1) job->oldest_running_trial = {trial->trial_number, trial->start_time};
  ZB_RETURN_IF_ERROR(RenewWarnings(*job));
  return trial;
}

absl::StatusOr<const Job*> ZeusService::CreateJob(JobSpec spec, absl::string_view warm_start) {
  const std::string job_id = spec.job_id;
  ZB_RETURN_IF_ERROR(CheckNewJobId(job_id));
  Job job;
  job.exp_default_batch_size = spec.default_batch_size;
  job.min_cost_batch_size = spec.default_batch_size;
  job.create_time = now_.wall;
  if (spec.mab_seed.has_value()) job.generator_state = random::Generator(*spec.mab_seed).state();
  job.spec = std::move(spec);
  std::vector<CurvesSize> sizes = PolicyOf(job).Begin(job);
  if (!warm_start.empty()) {
    ZB_ASSIGN_OR_RETURN(const curves::KnownJob source, KnowledgeOf(warm_start));
    curves_.WarmStart(source, job, sizes);
    job.warm_start = std::string(warm_start);
  }
  job.warnings = FindWarnings(job, Outlook(), std::nullopt, now_.wall);
  std::optional<CurvesBase> base;
  if (!warm_start.empty()) base = CurvesBase{.job = *job.curves, .sizes = sizes};
  ZB_RETURN_IF_ERROR(RestoreJob(std::move(job)));
  for (const CurvesSize& size : sizes) ZB_RETURN_IF_ERROR(session_.PutCurvesSize(job_id, size));
  if (base.has_value()) ZB_RETURN_IF_ERROR(session_.PutCurvesBase(job_id, *base));
  return session_.FetchedJob(job_id);
}

absl::StatusOr<std::optional<CurvesBase>> ZeusService::GetCurvesBase(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  ZB_ASSIGN_OR_RETURN(std::optional<CurvesBase> kept, session_.ReadCurvesBase(job_id));
  if (kept.has_value() || job->warm_start.empty()) return kept;
  const absl::StatusOr<curves::KnownJob> source = KnowledgeOf(job->warm_start);
  if (!source.ok()) return kept;
  curves::KnownJob known = curves::NewJob(job->spec);
  curves::WarmStart(*source, known);
  return CurvesBase{.job = std::move(known.job), .sizes = std::move(known.sizes)};
}

absl::StatusOr<curves::KnownJob> ZeusService::KnowledgeOf(absl::string_view job_id) {
  constexpr int64_t kMaxTrials = 10'000;
  ZB_ASSIGN_OR_RETURN(const Job* const job, GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  if (job->curves.has_value()) {
    ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, GetCurvesSizes(job_id));
    return curves::KnownJob{.spec = job->spec, .job = *job->curves, .sizes = std::move(sizes)};
  }
  ZB_ASSIGN_OR_RETURN(const std::optional<CurvesBase> base, session_.ReadCurvesBase(job_id));
  const auto teaches = [&](const Trial& trial) {
    return curves::Teaches(trial) && !(base.has_value() && IsCovered(job->history, trial));
  };
  ZB_ASSIGN_OR_RETURN(std::vector<Trial> trials, FindNewestTrials(job_id, kMaxTrials, teaches));
  std::optional<curves::KnownJob> known = curves::LearnFromTrials(job->spec, base, std::move(trials));
  if (known.has_value()) return *std::move(known);
  return MakeError(
      Reason::kWarmStartEmpty,
      absl::StrCat("job '", job_id,
                   "' has nothing to start from: none of its trials has ended with a record of its epochs"));
}

absl::StatusOr<std::vector<Trial>> ZeusService::FindNewestTrials(absl::string_view job_id, size_t limit,
                                                                 absl::FunctionRef<bool(const Trial&)> wanted) {
  constexpr int64_t kTrialsAtATime = 10'000;
  ZB_ASSIGN_OR_RETURN(const Job* const job, session_.FetchedJob(job_id));
  const int64_t begin = job->history.has_value() ? job->history->begin : 1;
  ZB_ASSIGN_OR_RETURN(int64_t end, session_.LastTrialNumber(job_id));
  std::vector<Trial> trials;
  int64_t after = 0;
  for (; end > 0 && trials.size() < limit; end = after) {
    after = end - kTrialsAtATime;
    // Before the begin of the history there are few.
    if (after < begin) after = 0;
    std::vector<Trial> older;
    ZB_RETURN_IF_ERROR(session_.ScanTrials(job_id, after, [&](const Trial& trial) {
      if (trial.trial_number > end) return false;
      if (wanted(trial)) older.push_back(trial);
      return true;
    }));
    trials.insert(trials.begin(), older.begin(), older.end());
  }
  if (trials.size() > limit) trials.erase(trials.begin(), trials.end() - static_cast<std::ptrdiff_t>(limit));
  return trials;
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
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> changed, curves_.LearnProfiles(*job, profiles, records));
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(job_id));
  for (CurvesSize& size : changed) {
    const bool is_profiled = std::any_of(profiles.begin(), profiles.end(), [&](const curves::EpochProfile& profile) {
      return profile.batch_size == size.batch_size;
    });
    if (is_profiled) size.profile_revision = version.revision + 1;
    ZB_RETURN_IF_ERROR(session_.PutCurvesSize(job_id, size));
  }
  // Who learns the job anew has it to begin again.
  if (job->relearning.has_value()) ++job->num_corrections;
  return job;
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

}  // namespace zeus::bso
