// What training loops call: registers jobs, starts trials with the batch size that pruning or the bandit picks, and
// decides at each report whether to go on. Speaks to the records through the service layer only.
#ifndef ZEUS_BSO_SERVER_POLICY_OPTIMIZER_H_
#define ZEUS_BSO_SERVER_POLICY_OPTIMIZER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/model/job.h"
#include "server/model/trial.h"
#include "server/policy/report.h"
#include "server/policy/verdict.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {

struct Registration {
  const Job* job = nullptr;
  bool created = false;  // False: it was registered before, with the same specification.
};

// Not thread-safe. Pointers live as long as the session. Errors besides those named: of the storage.
class Optimizer {
 public:
  // `service` outlives the optimizer.
  explicit Optimizer(ZeusService& service) : service_(service) {}

  // Creates the job, or finds it as it is. An empty spec.job_id is made up from spec.job_id_prefix. JOB_EXISTS, with
  // the names of the fields that differ in metadata "fields".
  absl::StatusOr<Registration> Register(JobSpec spec);

  // Picks a batch size and starts a trial with it; or answers the trial that the client is running, if it is any.
  // Explorations that are overdue fail first. JOB_NOT_FOUND, NOTHING_CONVERGED, NO_BATCH_SIZE_LEFT, NO_ARMS,
  // TOO_MANY_RUNNING_TRIALS.
  absl::StatusOr<const Trial*> StartTrial(absl::string_view job_id, absl::string_view client_id = "");

  // Takes a report. While the answer is to go on, nothing but the trial's deadline is changed. A repeated final report
  // gets the recorded answer. JOB_NOT_FOUND, TRIAL_NOT_FOUND, TRIAL_FAILED. INVALID_FIELD: CheckPresence
  // refuses it.
  absl::StatusOr<Verdict> TakeReport(const Report& report);

  // Says that a trial is alive; one that has ended stays as it is. JOB_NOT_FOUND, TRIAL_NOT_FOUND.
  absl::StatusOr<const Trial*> Heartbeat(const TrialKey& key);

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
  absl::StatusOr<const Trial*> StartPruningTrial(const Job& job, absl::string_view client_id);
  absl::StatusOr<const Trial*> StartMabTrial(const Job& job, absl::string_view client_id);
  // The explorations of a job, those that are overdue ended.
  absl::StatusOr<Explorations> LiveExplorations(const Job& job);
  absl::Status TimeOut(const Trial& trial);
  // Ends pruning: the survivors become arms, fit on their explorations.
  absl::Status MoveToMab(const Job& job, const std::vector<int64_t>& survivors, const Explorations& explorations);
  // Ends a running trial as succeeded and returns the ended trial.
  absl::StatusOr<const Trial*> Succeed(const Job& job, const Trial& trial, const Result& result,
                                       const FinalReport& final_report);
  absl::StatusOr<GaussianTsArm> RefitArm(const Job& job, int64_t batch_size, const Result& latest);

  ZeusService& service_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_OPTIMIZER_H_
