// Every error that a caller can meet, named once: a Reason decides the status code and the stable name that travels in
// google.rpc.ErrorInfo. An error is an absl::Status that bears its reason and, where it helps a program, metadata.
#ifndef ZEUS_BSO_MODEL_ERROR_H_
#define ZEUS_BSO_MODEL_ERROR_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace zeus::bso {

enum class Reason {
  kInvalidField,          // INVALID_FIELD: a field of the request is out of its bounds.
  kResultMissing,         // RESULT_MISSING: a trial succeeds only with time, energy and converged.
  kStageNotMab,           // STAGE_NOT_MAB: a job's stage can be set to MAB only.
  kJobNotFound,           // JOB_NOT_FOUND
  kTrialNotFound,         // TRIAL_NOT_FOUND
  kArmNotFound,           // ARM_NOT_FOUND
  kJobExists,             // JOB_EXISTS: the job_id is taken.
  kArmExists,             // ARM_EXISTS: the job has an arm of that size.
  kJobNotFetched,         // JOB_NOT_FETCHED: a change needs the job fetched in the same session.
  kTrialNotFetched,       // TRIAL_NOT_FETCHED: likewise the trial.
  kArmNotFetched,         // ARM_NOT_FETCHED: likewise the arm.
  kTrialEnded,            // TRIAL_ENDED: the trial is not running.
  kTrialFailed,           // TRIAL_FAILED: the trial ended as failed, a report comes too late.
  kTrialNotMab,           // TRIAL_NOT_MAB: only a trial of type MAB changes an arm.
  kBatchSizeNotInJob,     // BATCH_SIZE_NOT_IN_JOB
  kPolicyMismatch,        // POLICY_MISMATCH: the change belongs to another policy than the job's.
  kFieldFixed,            // FIELD_FIXED: a field of the job's specification cannot change.
  kTrialRunning,          // TRIAL_RUNNING: the trial has not ended.
  kWarmStartEmpty,        // WARM_START_EMPTY: the job to start from has no trials to learn from.
  kNothingConverged,      // NOTHING_CONVERGED: no batch size of the job converged.
  kNoBatchSizeLeft,       // NO_BATCH_SIZE_LEFT: every arm of the job failed too often or is infeasible.
  kNoArms,                // NO_ARMS: the job is in stage MAB and has no arms.
  kRequestIdReused,       // REQUEST_ID_REUSED: another request has that request_id.
  kTooManyJobs,           // TOO_MANY_JOBS: as many jobs are registered as the server allows.
  kTooManyRunningTrials,  // TOO_MANY_RUNNING_TRIALS: as many trials of the job are running as the server allows.
  kLostRace,              // LOST_RACE: other calls changed the same records; nothing was changed, repeat the call.
  kSessionTimeout,        // SESSION_TIMEOUT: the session was not committed in time; nothing was changed.
  kTooManySessions,       // TOO_MANY_SESSIONS: as many sessions are open as the server allows.
  kTooManyReservations,   // TOO_MANY_RESERVATIONS: as many sessions have reserved jobs as the server allows.
  kSessionTooLong,        // SESSION_TOO_LONG: too much in one session; nothing was changed.
  kTooManyWatchers,       // TOO_MANY_WATCHERS: as many callers are watching as the server allows.
  kCredentialsMissing,    // CREDENTIALS_MISSING: neither a token nor a certificate was shown.
  kCredentialsUnknown,    // CREDENTIALS_UNKNOWN: the token or certificate that was shown has no role.
  kRoleTooLow,            // ROLE_TOO_LOW: the caller's role may not do this.
  kDeadlinePassed,        // DEADLINE_PASSED: the caller waits no more; nothing was done.
  kClientGone,            // CLIENT_GONE: the caller has cancelled, or is not there any more.
  kDraining,              // DRAINING: the server is about to stop; come back later.
  kStorageFull,           // STORAGE_FULL: no space on the server's disk; the outcome of a change is unknown.
  kStorageUnavailable,    // STORAGE_UNAVAILABLE: the server's disk fails; the outcome of a change is unknown.
  kStorageCorrupted,      // STORAGE_CORRUPTED: what the disk gave back is damaged.
  kStoreRefused,          // STORE_REFUSED: the data directory cannot be opened by this server.
  kInternal,              // INTERNAL: a defect of the server.
};

// The stable name, such as "JOB_NOT_FOUND".
absl::string_view ReasonName(Reason reason);

absl::Status MakeError(Reason reason, absl::string_view message);

// As above, with `metadata` for programs (google.rpc.ErrorInfo.metadata).
absl::Status MakeError(Reason reason, absl::string_view message, const std::map<std::string, std::string>& metadata);

// INVALID_FIELD about each field in `rules`, by name: the rule says what the field must be. For layers that see no
// requests; rpc::ToGrpcStatus sends a google.rpc.BadRequest.
absl::Status MakeFieldError(const std::map<std::string, std::string>& rules);

// True when `status` was made with `reason`.
bool HasReason(const absl::Status& status, Reason reason);

// The name that `status` was made with; that of kInternal for a status that was made otherwise.
std::string ReasonNameOf(const absl::Status& status);

// The metadata that `status` was made with.
std::map<std::string, std::string> MetadataOf(const absl::Status& status);

// The rules that MakeFieldError was called with.
std::map<std::string, std::string> FieldRulesOf(const absl::Status& status);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_ERROR_H_
