// What training loops call: registers jobs, starts trials with the batch size that the job's policy chooses, and
// decides at each report whether to go on.
#ifndef ZEUS_BSO_SERVER_SERVICE_OPTIMIZER_H_
#define ZEUS_BSO_SERVER_SERVICE_OPTIMIZER_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/service/job_update.h"
#include "server/service/report.h"
#include "server/service/verdict.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {

// The policy of a job that is to be registered.
struct NewJobPolicy {
  std::optional<PolicyKind> asked_for =
      std::nullopt;                          // Absent: that of the registered job of this name, whichever it is.
  PolicyKind otherwise = PolicyKind::kZeus;  // If there is none; with too many sizes for kCurves it is kZeus.
};

// What is done about a job that is registered already, with another specification.
enum class IfExists { kFail, kKeep, kUpdate };

struct Registration {
  const Job* job = nullptr;
  bool created = false;  // False: it was registered before.
  // Where that was with another specification: what differs (kKeep), or was changed (kUpdate).
  std::vector<std::string> differing_fields = {};
  std::vector<FieldChange> changes = {};
};

struct StartedRun {
  const Trial* trial = nullptr;
  std::optional<TrialProgress> resume_from = std::nullopt;  // What is known of it, if the client was running it.
};

// Not thread-safe. Pointers live as long as the session. Errors besides those named: those of the storage.
class Optimizer {
 public:
  // `service` outlives the optimizer.
  explicit Optimizer(ZeusService& service) : service_(service) {}

  // Creates the job, or finds it as it is. An empty spec.job_id is made up from spec.job_id_prefix; spec.policy follows
  // from `policy`. JOB_EXISTS, with the names of the fields that differ in metadata "fields"; with kUpdate the errors
  // of UpdateJob. A new job starts with what the job `warm_start` knows, if that is not empty. INVALID_FIELD: it would
  // follow the Zeus policy; JOB_NOT_FOUND, WARM_START_EMPTY.
  absl::StatusOr<Registration> Register(JobSpec spec, const NewJobPolicy& policy = {},
                                        absl::string_view warm_start = "", IfExists if_exists = IfExists::kFail);

  // Teaches a job what epochs cost that were timed beforehand. JOB_NOT_FOUND, BATCH_SIZE_NOT_IN_JOB, POLICY_MISMATCH.
  // INVALID_FIELD: one costs nothing.
  absl::StatusOr<const Job*> ProfileJob(absl::string_view job_id, std::span<const curves::EpochProfile> profiles);

  // Picks a batch size and starts a trial with it; or answers the trial that the client is running, if it is any.
  // Overdue trials, on which a pick depends, fail first. JOB_NOT_FOUND, TOO_MANY_RUNNING_TRIALS, and the errors of the
  // policy.
  absl::StatusOr<StartedRun> StartTrial(absl::string_view job_id, absl::string_view client_id = "");

  // Takes a report. While the answer is to go on, nothing is changed. A repeated final report gets the recorded answer.
  // One that is a result is taken even after the trial has timed out. JOB_NOT_FOUND, TRIAL_NOT_FOUND, TRIAL_FAILED.
  // INVALID_FIELD: CheckPresence refuses it, or, if it names the registration of the job, CheckGrowth.
  absl::StatusOr<Verdict> TakeReport(const Report& report);

  // Says that a trial is alive, and perhaps how often that will be said; one that has ended stays as it is.
  // JOB_NOT_FOUND, TRIAL_NOT_FOUND.
  absl::StatusOr<const Trial*> Heartbeat(const TrialKey& key, std::optional<absl::Duration> interval = std::nullopt);

  // Ends a trial without a result; one that has ended stays as it is. JOB_NOT_FOUND, TRIAL_NOT_FOUND.
  absl::StatusOr<const Trial*> EndTrial(const TrialKey& key, TrialFailure failure = TrialFailure::kFailed);

  // JOB_NOT_FOUND.
  absl::Status DeleteJob(absl::string_view job_id);

 private:
  absl::StatusOr<std::string> UnusedJobId(absl::string_view prefix);
  // A trial with its job, both fetched. JOB_NOT_FOUND, TRIAL_NOT_FOUND.
  struct JobAndTrial {
    const Job* job;
    const Trial* trial;
  };
  absl::StatusOr<JobAndTrial> Find(const TrialKey& key);
  // The running trial of the client, heard from by this; null where it has none, or one that was overdue.
  absl::StatusOr<const Trial*> ContinueTrial(const Job& job, absl::string_view client_id);
  absl::Status EndOverdueTrials(const Job& job);

  ZeusService& service_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_OPTIMIZER_H_
