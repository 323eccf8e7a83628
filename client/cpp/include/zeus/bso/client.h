// A client of a zeus-bso-server: all that a training loop and a person need.
//
//   absl::StatusOr<Client> client = Client::Create({.target = "127.0.0.1:50051"});
//   client->RegisterJob(spec);
//   RunTrial(*client, job_id, [](TrialRun& trial) { ... });   // zeus/bso/run_trial.h
//
// docs/client-cpp.md has the whole loop. Values are the messages of the API (zeus/bso/v1/*.proto), which say their
// units and bounds.
#ifndef ZEUS_BSO_CLIENT_H_
#define ZEUS_BSO_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "zeus/bso/client_options.h"
#include "zeus/bso/progress.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/explanation.pb.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso {

namespace client_internal {
class Connection;
}  // namespace client_internal

// One per server and program. Safe for threads, but for moving and destroying it. Not to be used in a process that was
// forked after it was made: gRPC does not work there. (To destroy it there is safe, and does nothing.)
//
// Every call waits for its answer, at most ClientOptions.timeout. Calls that are safe to repeat are repeated as
// ClientOptions.retry says when the server cannot be reached (UNAVAILABLE), does not answer in time
// (DEADLINE_EXCEEDED), or lost a race (ABORTED): all of them but DeleteJob, which is repeated only after a lost race.
// What is left is the last attempt's error: its code is that of gRPC, and zeus/bso/error.h reads the reason. Besides
// the reasons that are named below every call can have the codes that batch_size_optimizer.proto lists.
class Client {
 public:
  // Connects to nothing yet: the first call does.
  // INVALID_ARGUMENT: an option is out of its bounds, or a file of TLS is empty. A file that cannot be read has the
  // code of its errno, such as NOT_FOUND.
  static absl::StatusOr<Client> Create(ClientOptions options);

  // A client that was moved from can only be assigned to or destroyed.
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;

  // No call may be in progress. Trials that were started go on, on the same connection.
  ~Client();

  // Calls in progress, and all to come, those of its trials too, fail as CANCELLED; what was in progress may have been
  // done.
  void Close();

  // Registers a job, or finds that it is registered already with the same specification. Not done twice, also where it
  // is repeated. A spec without a policy matches whichever the registered job has; a new job gets --default_policy of
  // the server. ALREADY_EXISTS (JOB_EXISTS), RESOURCE_EXHAUSTED (TOO_MANY_JOBS), INVALID_ARGUMENT (INVALID_FIELD)
  //
  // `warm_start` is the job_id of another job, whose knowledge a new job of POLICY_CURVES starts with; as
  // RegisterJobRequest.warm_start. A server that knows no warm starts ignores it: job().warm_start() is empty then.
  // NOT_FOUND (JOB_NOT_FOUND): there is no such other job; FAILED_PRECONDITION (WARM_START_EMPTY)
  //
  // `if_exists` says what to do if the job_id is taken by a job of another specification. By default the call fails.
  // IF_EXISTS_KEEP leaves that job as it is, and the answer's differing_fields() names what differs. IF_EXISTS_UPDATE
  // changes it, with the errors of UpdateJob, and changes() says what was changed. Older servers ignore it and fail.
  absl::StatusOr<v1::RegisterJobResponse> RegisterJob(const v1::JobSpec& spec, std::string_view warm_start = "",
                                                      v1::IfExists if_exists = v1::IF_EXISTS_UNSPECIFIED);

  // Changes the fields of a job that `update_mask` names, such as "beta_knob": all of them or none. spec.job_id() names
  // the job. A field that is named, and absent in `spec`, gets its default. batch_size_optimizer.proto says which
  // fields can change. `dry_run`: the answer is as if, and nothing is changed. The answer's changes() are the fields
  // that had another value before; a call that was repeated after its answer was lost finds none.
  // NOT_FOUND (JOB_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD)
  // FAILED_PRECONDITION (FIELD_FIXED): ErrorMetadata "fields" names those that cannot change.
  absl::StatusOr<v1::UpdateJobResponse> UpdateJob(const v1::JobSpec& spec, const std::vector<std::string>& update_mask,
                                                  bool dry_run = false);

  // Takes back how a trial has ended: it stays in the history, and does not count any more. One that is void already
  // stays as it is. `reason`, for those who read the history later: 1 to 1,024 bytes of UTF-8. `dry_run`: as for
  // UpdateJob. NOT_FOUND (JOB_NOT_FOUND, TRIAL_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD)
  // FAILED_PRECONDITION (TRIAL_RUNNING): EndTrial ends it.
  absl::StatusOr<v1::VoidTrialResponse> VoidTrial(const v1::Trial& trial, std::string_view reason,
                                                  bool dry_run = false);

  // Forgets that trials at a batch size failed, crashed or ran out of memory, so that it is tried again. If it ran out
  // of memory, the same holds for all greater sizes, which it had ruled out. The answer's batch_sizes() are those of
  // which something was forgotten; a call that was repeated after its answer was lost finds none. `dry_run`: as for
  // UpdateJob. NOT_FOUND (JOB_NOT_FOUND), FAILED_PRECONDITION (BATCH_SIZE_NOT_IN_JOB),
  // INVALID_ARGUMENT (INVALID_FIELD)
  absl::StatusOr<v1::ResetBatchSizeResponse> ResetBatchSize(std::string_view job_id, int64_t batch_size,
                                                            bool dry_run = false);

  // Teaches a job of POLICY_CURVES what epochs cost that were timed without a training: 1 to 256 of them, of distinct
  // batch sizes. Sizes that are timed already do not change. Returns the job.
  // NOT_FOUND (JOB_NOT_FOUND), FAILED_PRECONDITION (BATCH_SIZE_NOT_IN_JOB, POLICY_MISMATCH),
  // INVALID_ARGUMENT (INVALID_FIELD)
  absl::StatusOr<v1::Job> ProfileJob(std::string_view job_id, std::span<const v1::EpochProfile> profiles);

  // Returns the policy's beliefs about each batch size, and its reasons to choose it or not. Changes nothing.
  // NOT_FOUND (JOB_NOT_FOUND)
  absl::StatusOr<v1::ExplainJobResponse> ExplainJob(std::string_view job_id);

  // Starts a trial, which the caller must end: see zeus/bso/trial_run.h for one that ends by itself.
  // NOT_FOUND (JOB_NOT_FOUND), RESOURCE_EXHAUSTED (TOO_MANY_RUNNING_TRIALS); in a job of POLICY_ZEUS:
  // FAILED_PRECONDITION (NOTHING_CONVERGED, NO_BATCH_SIZE_LEFT, NO_ARMS)
  absl::StatusOr<v1::Trial> StartTrial(std::string_view job_id);

  // As StartTrial, for callers with a ClientOptions.client_id: resume_from() of the answer is what the server saw last
  // of the trial that this client_id was running. It is absent if the trial is new, or nothing was reported.
  absl::StatusOr<v1::StartTrialResponse> StartOrResumeTrial(std::string_view job_id);

  // Reports on a running trial, which is as StartTrial answered it. When the answer says stop_train, the trial has
  // ended. `base`: what the trial had done before a run of the training that counts from 0 again; the server adds it.
  // State the same base in all reports of a run. Absent: nothing. NOT_FOUND (JOB_NOT_FOUND, TRIAL_NOT_FOUND),
  // FAILED_PRECONDITION (TRIAL_FAILED), INVALID_ARGUMENT (INVALID_FIELD): also if a later epoch has less time or energy
  // than an earlier one.
  absl::StatusOr<v1::ReportResultResponse> ReportResult(const v1::Trial& trial, const Progress& progress,
                                                        const std::optional<v1::ReportBase>& base = std::nullopt);

  // Says that a trial is alive: the trial as it is now. Unless its status is TRIAL_STATUS_DISPATCHED, stop training.
  // `interval`: how often heartbeats will come, in [1 ms, 3,650 days]. From now on the server ends the trial after a
  // silence of 4 intervals, or of a minute if that is longer; but not later than the job's trial_timeout says. Absent:
  // as it was. NOT_FOUND (JOB_NOT_FOUND, TRIAL_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD)
  absl::StatusOr<v1::Trial> Heartbeat(const v1::Trial& trial, std::optional<absl::Duration> interval = std::nullopt);

  // Ends a trial without a result; one that has ended stays as it is. `failure` is TRIAL_FAILURE_FAILED, _INFEASIBLE,
  // _CANCELLED or _NOT_CONVERGED. An older server, which does not know the last one, is sent _FAILED instead.
  // NOT_FOUND (JOB_NOT_FOUND, TRIAL_NOT_FOUND)
  absl::StatusOr<v1::Trial> EndTrial(const v1::Trial& trial, v1::TrialFailure failure = v1::TRIAL_FAILURE_FAILED);

  // Deletes a job with its trials and arms.
  // NOT_FOUND (JOB_NOT_FOUND)
  absl::Status DeleteJob(std::string_view job_id);

  // Calls `each` for every job whose job_id begins with `prefix`, by job_id (bytewise), until it returns false. Jobs
  // have their summaries. They are fetched page by page, and `each` may call the client.
  absl::Status ListJobs(std::string_view prefix, absl::FunctionRef<bool(const v1::Job&)> each);

  // All of them.
  absl::StatusOr<std::vector<v1::Job>> ListJobs(std::string_view prefix = "");

  // As ListJobs, for the trials of a job, by trial_number; with a batch_size only those of it.
  // NOT_FOUND (JOB_NOT_FOUND): there is no such job, or not any more.
  absl::Status ListTrials(std::string_view job_id, std::optional<int64_t> batch_size,
                          absl::FunctionRef<bool(const v1::Trial&)> each);

  absl::StatusOr<std::vector<v1::Trial>> ListTrials(std::string_view job_id,
                                                    std::optional<int64_t> batch_size = std::nullopt);

  // A job with its summary, or nothing where there is none.
  absl::StatusOr<std::optional<v1::Job>> GetJob(std::string_view job_id);

  // A trial, or nothing where there is none of this number and size.
  absl::StatusOr<std::optional<v1::Trial>> GetTrial(std::string_view job_id, int64_t batch_size, int64_t trial_number);

  // The arms of a job, batch size ascending; none where there is no such job, and in a job of another policy than
  // POLICY_ZEUS.
  absl::StatusOr<std::vector<v1::GaussianTsArm>> GetArms(std::string_view job_id);

  // Calls `each`, in this thread, for what happens to a job, as it happens: first its present state, then every change
  // in order. Goes on where it was when the connection breaks; a present state tells when changes may have been missed.
  // The server need not wait for a slow `each`, which is shown a present state then. OK: the job was deleted, `each`
  // returned false, or `stop` was requested (from any thread). NOT_FOUND (JOB_NOT_FOUND), RESOURCE_EXHAUSTED
  // (TOO_MANY_WATCHERS); UNAVAILABLE: ClientOptions.retry gave up.
  absl::Status WatchJob(std::string_view job_id, absl::FunctionRef<bool(const v1::JobEvent&)> each,
                        const std::stop_token& stop = {});

 private:
  friend class TrialRun;

  explicit Client(std::shared_ptr<client_internal::Connection> connection);

  std::shared_ptr<client_internal::Connection> connection_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_CLIENT_H_
