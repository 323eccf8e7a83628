// The service layer: the sixteen methods of the reference, those that ask a job's policy, and those that keep trials
// alive and take jobs over from other servers; each does one thing to the records of a session. What is done through
// one ZeusService takes effect together, when its session commits, or not at all.
//
// Fetch first: a change needs the record that it is about fetched before in the same session (GetJob, GetTrial,
// GetArm), and answers JOB_NOT_FETCHED, TRIAL_NOT_FETCHED or ARM_NOT_FETCHED otherwise. A record created in the session
// counts as fetched. Every method can also answer the errors of the storage.
//
// Not thread-safe. Pointers live as long as the session, or until it deletes their job.
#ifndef ZEUS_BSO_SERVER_SERVICE_ZEUS_SERVICE_H_
#define ZEUS_BSO_SERVER_SERVICE_ZEUS_SERVICE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/arm.h"
#include "model/cost_moments.h"
#include "model/job.h"
#include "model/job_summary.h"
#include "model/limits.h"
#include "model/moment.h"
#include "model/trial.h"
#include "server/policy/curves/curves_policy.h"
#include "server/policy/policy.h"
#include "server/policy/zeus/zeus_policy.h"
#include "server/service/memory.h"
#include "storage/session.h"

namespace zeus::bso {

// The end of a trial.
struct TrialEnd {
  TrialStatus status = TrialStatus::kFailed;     // kSucceeded or kFailed.
  std::optional<Result> result = std::nullopt;   // For kSucceeded only.
  TrialFailure failure = TrialFailure::kFailed;  // For kFailed only.
  // For kSucceeded only: the report that ends the trial, if one does.
  std::optional<FinalReport> final_report = std::nullopt;
  // How far the trial had come. Absent: a trial that failed keeps the last report that is known.
  std::optional<TrialProgress> progress = std::nullopt;
};

class ZeusService {
 public:
  // `session` and `memory` outlive the service. `now` is when all of it happens. Without a memory, reports, heartbeats
  // and beliefs are forgotten with the service.
  ZeusService(storage::Session& session, const Moment& now, const Limits& limits = {}, Memory* memory = nullptr)
      : session_(session),
        now_(now),
        limits_(limits),
        memory_(memory),
        curves_(memory != nullptr ? &memory->beliefs : nullptr) {}

  // All arms, batch size ascending.
  absl::StatusOr<std::vector<GaussianTsArm>> GetArms(absl::string_view job_id);

  // The arm, or null. Fetches it.
  absl::StatusOr<const GaussianTsArm*> GetArm(absl::string_view job_id, int64_t batch_size);

  // Exploration trials that have not failed, per batch size, trial number ascending.
  absl::StatusOr<Explorations> GetExplorationsOfJob(absl::string_view job_id);

  // Gives a running trial its end, at the present or at its start, whichever is later. A converged one becomes the
  // job's minimum when its cost is below it, or when there is none yet. The job's policy learns from it. Needs job and
  // trial. TRIAL_ENDED: it is not running. RESULT_MISSING: a success without a result.
  absl::StatusOr<const Trial*> UpdateTrial(const TrialKey& key, const TrialEnd& end);

  // Gives a trial that has timed out the result that its training reports after all. The failure is taken back, and the
  // job's policy learns from the result. Needs job and trial.
  absl::StatusOr<const Trial*> AcceptLateResult(const TrialKey& key, const TrialEnd& end);

  // Replaces the fetched arm on the strength of a trial. Needs job, trial and arm. TRIAL_NOT_MAB: its type is not kMab.
  // POLICY_MISMATCH: the job does not follow the Zeus policy; as for all changes of arms, stage and default.
  absl::Status UpdateArmState(const TrialKey& key, const GaussianTsArm& arm);

  // Needs the job. BATCH_SIZE_NOT_IN_JOB, POLICY_MISMATCH.
  absl::StatusOr<const Job*> UpdateExpDefaultBatchSize(absl::string_view job_id, int64_t batch_size);

  // A new trial with the next trial number, running from now. Needs the job. BATCH_SIZE_NOT_IN_JOB, POLICY_MISMATCH,
  // TOO_MANY_RUNNING_TRIALS.
  absl::StatusOr<const Trial*> CreateTrial(absl::string_view job_id, int64_t batch_size, TrialType type);

  // The same at the size that the job's policy chooses; of a client that has no running trial of this job, or of nobody
  // in particular. Needs the job. TOO_MANY_RUNNING_TRIALS, and the errors of the policy.
  absl::StatusOr<const Trial*> ChooseTrial(absl::string_view job_id, absl::string_view client_id);

  // Why a running trial of this job is over at this report, by the job's policy; nothing: it goes on.
  std::optional<FinalReport> Judge(const Job& job, const Trial& trial, const TrialProgress& report) const {
    return PolicyOf(job).Judge(job, trial, report);
  }

  // What is known of how far a running trial has come: in memory, or else in its record.
  std::optional<TrialProgress> KnownProgress(const Trial& trial) const;

  // The given values in random order; a draw from Normal(loc, scale). From the job's generator, which moves on, when
  // the job has a seed, else from the system's entropy. Needs the job.
  absl::StatusOr<std::vector<int64_t>> GetRandomChoices(absl::string_view job_id, std::span<const int64_t> choices);
  absl::StatusOr<double> GetNormal(absl::string_view job_id, double loc, double scale);

  // The job, or null. Fetches it.
  absl::StatusOr<const Job*> GetJob(absl::string_view job_id);

  // What was known of the job when it was summarized last, if it ever was (summarizer.h). Needs the job.
  absl::StatusOr<std::optional<JobSummary>> GetSummary(absl::string_view job_id) {
    return session_.ReadSummary(job_id);
  }

  // The trial, or null. Fetches it.
  absl::StatusOr<const Trial*> GetTrial(const TrialKey& key);

  // JOB_NOT_FOUND: `key`, which names this trial or null, is of another registration of the job. Needs the job.
  absl::Status CheckRegistration(const TrialKey& key, const Trial* trial) const;

  // The running trial of a client, or null. Fetches it.
  absl::StatusOr<const Trial*> GetTrialOfClient(absl::string_view job_id, absl::string_view client_id);

  // Says that a running trial was heard from now, perhaps with a report after which it goes on. That is kept in memory,
  // until LookAt stores it; at once, if nothing was kept there and what is stored is old. Needs job and trial.
  absl::Status Hear(const Trial& trial, const std::optional<TrialProgress>& progress = std::nullopt);

  // Says how often a running trial will send heartbeats; absent: that is not known. Needs job and trial.
  absl::Status SetHeartbeatInterval(const TrialKey& key, std::optional<absl::Duration> interval);

  // Stores what was heard from a running trial, and when it is to be looked at next. False: it is overdue; nothing was
  // changed. Needs job and trial.
  absl::StatusOr<bool> LookAt(const Trial& trial);

  // Whether nothing was heard from a trial of a fetched job for so long that it is to end.
  absl::StatusOr<bool> IsOverdue(const Trial& trial) const;

  // Ends a running trial of a fetched job that is overdue, as timed out; whether it did.
  absl::StatusOr<bool> EndIfOverdue(const Trial& trial);

  // A new job, its generator seeded. A job of the curves policy can start with what the job `warm_start` knows, if that
  // is not empty. JOB_EXISTS, TOO_MANY_JOBS; JOB_NOT_FOUND: there is no job `warm_start`; WARM_START_EMPTY: it has no
  // trials to learn from.
  absl::StatusOr<const Job*> CreateJob(JobSpec spec, absl::string_view warm_start = "");

  // A job as it was on another server, but that no trial of it is running yet. JOB_EXISTS, TOO_MANY_JOBS.
  absl::Status RestoreJob(Job job);

  // A trial as it was there, running ones as if heard from now. All of them together have the next numbers, in any
  // order. Needs the job. TOO_MANY_RUNNING_TRIALS.
  absl::Status RestoreTrial(Trial trial);

  // Results of that size that are kept, trial number descending; at most window_size of the job, when that is greater
  // than 0. Needs the job.
  absl::StatusOr<std::vector<TrialResult>> GetTrialResultsOfBatchSize(absl::string_view job_id, int64_t batch_size);

  // The same, of all of them.
  absl::StatusOr<std::vector<TrialResult>> GetAllResults(absl::string_view job_id, int64_t batch_size) {
    return session_.ReadResults(job_id, batch_size, 0);
  }

  // The moments of the costs of all results of that size, whatever the window; nothing when there are none. Takes the
  // same time however many there are. Needs the job, which has no window.
  absl::StatusOr<CostMoments> GetCostMoments(absl::string_view job_id, int64_t batch_size);

  // The running trials of a job whose stored deadline has passed: all that are overdue, and others that have time left.
  // Looks at the first thousand deadlines of the store only. Needs the job.
  absl::StatusOr<std::vector<TrialKey>> GetDueTrials(absl::string_view job_id);

  // The trials that are kept and whose numbers are among the greatest `limit`, ascending. Needs the job.
  absl::StatusOr<std::vector<Trial>> GetNewestTrials(absl::string_view job_id, int64_t limit);

  // The newest trials for which `wanted` answers true, at most `limit`, ascending. Needs the job.
  absl::StatusOr<std::vector<Trial>> FindNewestTrials(absl::string_view job_id, size_t limit,
                                                      absl::FunctionRef<bool(const Trial&)> wanted);

  // What the job's policy believes, and the size that it would pick now, if there is one. Changes nothing. Needs the
  // job.
  struct JobExplanation {
    Explanation beliefs;
    std::optional<int64_t> next_batch_size;
  };
  absl::StatusOr<JobExplanation> ExplainJob(absl::string_view job_id);

  // Teaches a job of the curves policy what epochs cost that were timed beforehand. Needs the job.
  // BATCH_SIZE_NOT_IN_JOB, POLICY_MISMATCH.
  absl::StatusOr<const Job*> ProfileJob(absl::string_view job_id, std::span<const curves::EpochProfile> profiles);

  // What the trials of that size said that were collected; all 0 where none was. Needs the job.
  absl::StatusOr<CollectedSize> GetCollectedSize(absl::string_view job_id, int64_t batch_size);

  // What a job of the curves policy knew before the trials that are kept, if anything. A job with a warm start of a
  // server that did not keep that would begin with what its source knows now, if there still is one. Needs the job.
  absl::StatusOr<std::optional<CurvesBase>> GetCurvesBase(absl::string_view job_id);

  // All sizes of a job of the curves policy, ascending; none of another job. Needs the job.
  absl::StatusOr<std::vector<CurvesSize>> GetCurvesSizes(absl::string_view job_id);

  // New arms. Needs the job, unless there are none. ARM_EXISTS, BATCH_SIZE_NOT_IN_JOB, POLICY_MISMATCH.
  absl::Status CreateArms(absl::string_view job_id, std::span<const GaussianTsArm> arms);

  // Moves the job on to kMab. Needs the job. STAGE_NOT_MAB: `stage` is another. POLICY_MISMATCH.
  absl::StatusOr<const Job*> UpdateJobStage(absl::string_view job_id, Stage stage);

  // Deletes the job with its trials and arms; false when there was none.
  absl::StatusOr<bool> DeleteJob(absl::string_view job_id);

  // For corrections of a job (corrections.h).

  // Finds the job's warnings again, after it has changed.
  absl::Status RenewWarnings(Job& job);
  // Stores the changes that a policy has answered, about the size of this trial.
  absl::Status Apply(absl::string_view job_id, const Trial& trial, const Lesson& lesson);
  storage::Session& session() { return session_; }
  const Moment& now() const { return now_; }
  const Limits& limits() const { return limits_; }
  const ZeusPolicy& zeus() const { return zeus_; }
  const CurvesPolicy& curves() const { return curves_; }

 private:
  const Policy& PolicyOf(const Job& job) const;
  // TOO_MANY_RUNNING_TRIALS.
  absl::Status CheckRunningTrials(const Job& job) const;
  absl::StatusOr<const Trial*> Begin(absl::string_view job_id, const Start& start, absl::string_view client_id);
  std::optional<RunningReports::Heard> HeardFrom(const Trial& trial) const;
  // The running trial that was started first, if that is long ago. Looks at some of the trials that have ended since,
  // so that it may find it only after some calls.
  absl::StatusOr<std::optional<StartedTrial>> FindLongTrial(Job& job);
  // What another job knows, as the curves policy would.
  absl::StatusOr<curves::KnownJob> KnowledgeOf(absl::string_view job_id);
  // The trial as it will be with this end. RESULT_MISSING.
  absl::StatusOr<Trial> WithEnd(const Job& job, const Trial& trial, const TrialEnd& end) const;

  storage::Session& session_;
  const Moment now_;
  const Limits limits_;
  Memory* const memory_;
  const ZeusPolicy zeus_;
  const CurvesPolicy curves_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_ZEUS_SERVICE_H_
