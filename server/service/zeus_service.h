// The service layer: the sixteen methods that a policy is made of, and those that keep trials alive and take jobs over
// from other servers; each does one thing to the records of a session.
// What is done through one ZeusService takes effect together, when its session commits, or not at all.
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

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/model/arm.h"
#include "server/model/cost_moments.h"
#include "server/model/job.h"
#include "server/model/limits.h"
#include "server/model/trial.h"
#include "storage/session.h"

namespace zeus::bso {

// The end of a trial.
struct TrialEnd {
  TrialStatus status = TrialStatus::kFailed;     // kSucceeded or kFailed.
  std::optional<Result> result = std::nullopt;   // For kSucceeded only.
  TrialFailure failure = TrialFailure::kFailed;  // For kFailed only.
  // For kSucceeded only: the report that ends the trial, if one does.
  std::optional<FinalReport> final_report = std::nullopt;
};

class ZeusService {
 public:
  // `session` outlives the service. `now` is when all of it happens.
  ZeusService(storage::Session& session, absl::Time now, const Limits& limits = {})
      : session_(session), now_(now), limits_(limits) {}

  // All arms, batch size ascending.
  absl::StatusOr<std::vector<GaussianTsArm>> GetArms(absl::string_view job_id);

  // The arm, or null. Fetches it.
  absl::StatusOr<const GaussianTsArm*> GetArm(absl::string_view job_id, int64_t batch_size);

  // Exploration trials that have not failed, per batch size, trial number ascending.
  absl::StatusOr<Explorations> GetExplorationsOfJob(absl::string_view job_id);

  // Gives a running trial its end, at the present or at its start, whichever is later. A converged one becomes the
  // job's minimum when its cost is below it, or when there is none yet; a failure counts against its size
  // (failed_sizes.h). Needs job and trial. TRIAL_ENDED: it is not running. RESULT_MISSING: a success without a result.
  absl::StatusOr<const Trial*> UpdateTrial(const TrialKey& key, const TrialEnd& end);

  // Replaces the fetched arm on the strength of a trial. Needs job, trial and arm. TRIAL_NOT_MAB: its type is not kMab.
  absl::Status UpdateArmState(const TrialKey& key, const GaussianTsArm& arm);

  // Needs the job. BATCH_SIZE_NOT_IN_JOB.
  absl::StatusOr<const Job*> UpdateExpDefaultBatchSize(absl::string_view job_id, int64_t batch_size);

  // A new trial with the next trial number, running from now; of a client that has none of this job, or of nobody in
  // particular. Needs the job. BATCH_SIZE_NOT_IN_JOB, TOO_MANY_RUNNING_TRIALS.
  absl::StatusOr<const Trial*> CreateTrial(absl::string_view job_id, int64_t batch_size, TrialType type,
                                           absl::string_view client_id = "");

  // The given values in random order; a draw from Normal(loc, scale). From the job's generator, which moves on, when
  // the job has a seed, else from the system's entropy. Needs the job.
  absl::StatusOr<std::vector<int64_t>> GetRandomChoices(absl::string_view job_id, std::span<const int64_t> choices);
  absl::StatusOr<double> GetNormal(absl::string_view job_id, double loc, double scale);

  // The job, or null. Fetches it.
  absl::StatusOr<const Job*> GetJob(absl::string_view job_id);

  // The trial, or null. Fetches it.
  absl::StatusOr<const Trial*> GetTrial(const TrialKey& key);

  // The running trial of a client, or null. Fetches it.
  absl::StatusOr<const Trial*> GetTrialOfClient(absl::string_view job_id, absl::string_view client_id);

  // Says that a running trial was heard from now. Needs job and trial.
  absl::Status KeepTrialAlive(const TrialKey& key);

  // Whether nothing was heard from a trial of this job for so long that it is to end.
  bool IsOverdue(const Job& job, const Trial& trial) const {
    return trial.status == TrialStatus::kDispatched && limits_.timeouts.EndOf(job.spec, trial) <= now_;
  }

  // A new job in stage kPruning, its generator seeded. JOB_EXISTS, TOO_MANY_JOBS.
  absl::StatusOr<const Job*> CreateJob(JobSpec spec);

  // A job as it was on another server, but that no trial of it is running yet. JOB_EXISTS, TOO_MANY_JOBS.
  absl::Status RestoreJob(Job job);

  // A trial as it was there, running ones as if heard from now. All of them together have the next numbers, in any
  // order. Needs the job. TOO_MANY_RUNNING_TRIALS.
  absl::Status RestoreTrial(Trial trial);

  // Results of that size, trial number descending; at most window_size of the job, when that is greater than 0. Needs
  // the job.
  absl::StatusOr<std::vector<TrialResult>> GetTrialResultsOfBatchSize(absl::string_view job_id, int64_t batch_size);

  // The moments of the costs of all results of that size, whatever the window; nothing when there are none. Takes the
  // same time however many there are. Needs the job, which has no window.
  absl::StatusOr<CostMoments> GetCostMoments(absl::string_view job_id, int64_t batch_size);

  // New arms. Needs the job, unless there are none. ARM_EXISTS, BATCH_SIZE_NOT_IN_JOB.
  absl::Status CreateArms(absl::string_view job_id, std::span<const GaussianTsArm> arms);

  // Moves the job on to kMab. Needs the job. STAGE_NOT_MAB: `stage` is another.
  absl::StatusOr<const Job*> UpdateJobStage(absl::string_view job_id, Stage stage);

  // Deletes the job with its trials and arms; false when there was none.
  absl::StatusOr<bool> DeleteJob(absl::string_view job_id);

 private:
  // TOO_MANY_RUNNING_TRIALS.
  absl::Status CheckRunningTrials(const Job& job) const;
  // What a result changes of its job.
  absl::Status TakeResult(Job& job, int64_t batch_size, const Result& result);
  absl::Status AddToCostMoments(const Job& job, int64_t batch_size, const Result& result);

  storage::Session& session_;
  const absl::Time now_;
  const Limits limits_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_ZEUS_SERVICE_H_
