#include "model/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace zeus::bso {
namespace {

// Payload keys within an absl::Status. They never travel.
constexpr absl::string_view kReasonUrl = "zeus.bso/reason";
constexpr absl::string_view kMetadataUrlPrefix = "zeus.bso/metadata/";
constexpr absl::string_view kFieldUrlPrefix = "zeus.bso/field/";

// The payloads whose keys begin with `url_prefix`, by the rest of their keys.
std::map<std::string, std::string> PayloadsOf(const absl::Status& status, absl::string_view url_prefix) {
  std::map<std::string, std::string> payloads;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (absl::ConsumePrefix(&url, url_prefix)) payloads.emplace(url, value);
  });
  return payloads;
}

struct ReasonEntry {
  absl::StatusCode code;
  absl::string_view name;
};

ReasonEntry Entry(Reason reason) {
  using absl::StatusCode;
  switch (reason) {
    case Reason::kInvalidField:
      return {StatusCode::kInvalidArgument, "INVALID_FIELD"};
    case Reason::kResultMissing:
      return {StatusCode::kInvalidArgument, "RESULT_MISSING"};
    case Reason::kStageNotMab:
      return {StatusCode::kInvalidArgument, "STAGE_NOT_MAB"};
    case Reason::kJobNotFound:
      return {StatusCode::kNotFound, "JOB_NOT_FOUND"};
    case Reason::kTrialNotFound:
      return {StatusCode::kNotFound, "TRIAL_NOT_FOUND"};
    case Reason::kArmNotFound:
      return {StatusCode::kNotFound, "ARM_NOT_FOUND"};
    case Reason::kJobExists:
      return {StatusCode::kAlreadyExists, "JOB_EXISTS"};
    case Reason::kArmExists:
      return {StatusCode::kAlreadyExists, "ARM_EXISTS"};
    case Reason::kJobNotFetched:
      return {StatusCode::kFailedPrecondition, "JOB_NOT_FETCHED"};
    case Reason::kTrialNotFetched:
      return {StatusCode::kFailedPrecondition, "TRIAL_NOT_FETCHED"};
    case Reason::kArmNotFetched:
      return {StatusCode::kFailedPrecondition, "ARM_NOT_FETCHED"};
    case Reason::kTrialEnded:
      return {StatusCode::kFailedPrecondition, "TRIAL_ENDED"};
    case Reason::kTrialFailed:
      return {StatusCode::kFailedPrecondition, "TRIAL_FAILED"};
    case Reason::kTrialNotMab:
      return {StatusCode::kFailedPrecondition, "TRIAL_NOT_MAB"};
    case Reason::kBatchSizeNotInJob:
      return {StatusCode::kFailedPrecondition, "BATCH_SIZE_NOT_IN_JOB"};
    case Reason::kPolicyMismatch:
      return {StatusCode::kFailedPrecondition, "POLICY_MISMATCH"};
    case Reason::kFieldFixed:
      return {StatusCode::kFailedPrecondition, "FIELD_FIXED"};
    case Reason::kTrialRunning:
      return {StatusCode::kFailedPrecondition, "TRIAL_RUNNING"};
    case Reason::kWarmStartEmpty:
      return {StatusCode::kFailedPrecondition, "WARM_START_EMPTY"};
    case Reason::kNothingConverged:
      return {StatusCode::kFailedPrecondition, "NOTHING_CONVERGED"};
    case Reason::kNoBatchSizeLeft:
      return {StatusCode::kFailedPrecondition, "NO_BATCH_SIZE_LEFT"};
    case Reason::kNoArms:
      return {StatusCode::kFailedPrecondition, "NO_ARMS"};
    case Reason::kRequestIdReused:
      return {StatusCode::kAlreadyExists, "REQUEST_ID_REUSED"};
    case Reason::kTooManyJobs:
      return {StatusCode::kResourceExhausted, "TOO_MANY_JOBS"};
    case Reason::kTooManyRunningTrials:
      return {StatusCode::kResourceExhausted, "TOO_MANY_RUNNING_TRIALS"};
    case Reason::kLostRace:
      return {StatusCode::kAborted, "LOST_RACE"};
    case Reason::kSessionTimeout:
      return {StatusCode::kAborted, "SESSION_TIMEOUT"};
    case Reason::kTooManySessions:
      return {StatusCode::kResourceExhausted, "TOO_MANY_SESSIONS"};
    case Reason::kTooManyReservations:
      return {StatusCode::kResourceExhausted, "TOO_MANY_RESERVATIONS"};
    case Reason::kSessionTooLong:
      return {StatusCode::kResourceExhausted, "SESSION_TOO_LONG"};
    case Reason::kTooManyWatchers:
      return {StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS"};
    case Reason::kCredentialsMissing:
      return {StatusCode::kUnauthenticated, "CREDENTIALS_MISSING"};
    case Reason::kCredentialsUnknown:
      return {StatusCode::kUnauthenticated, "CREDENTIALS_UNKNOWN"};
    case Reason::kRoleTooLow:
      return {StatusCode::kPermissionDenied, "ROLE_TOO_LOW"};
    case Reason::kDeadlinePassed:
      return {StatusCode::kDeadlineExceeded, "DEADLINE_PASSED"};
    case Reason::kClientGone:
      return {StatusCode::kCancelled, "CLIENT_GONE"};
    case Reason::kDraining:
      return {StatusCode::kUnavailable, "DRAINING"};
    case Reason::kStorageFull:
      return {StatusCode::kResourceExhausted, "STORAGE_FULL"};
    case Reason::kStorageUnavailable:
      return {StatusCode::kUnavailable, "STORAGE_UNAVAILABLE"};
    case Reason::kStorageCorrupted:
      return {StatusCode::kDataLoss, "STORAGE_CORRUPTED"};
    case Reason::kStoreRefused:
      return {StatusCode::kFailedPrecondition, "STORE_REFUSED"};
    case Reason::kInternal:
      break;
  }
  return {StatusCode::kInternal, "INTERNAL"};
}

}  // namespace

absl::string_view ReasonName(Reason reason) { return Entry(reason).name; }

absl::Status MakeError(Reason reason, absl::string_view message) { return MakeError(reason, message, {}); }

absl::Status MakeError(Reason reason, absl::string_view message, const std::map<std::string, std::string>& metadata) {
  const ReasonEntry entry = Entry(reason);
  absl::Status status(entry.code, message);
  status.SetPayload(kReasonUrl, absl::Cord(entry.name));
  for (const auto& [key, value] : metadata) {
    status.SetPayload(absl::StrCat(kMetadataUrlPrefix, key), absl::Cord(value));
  }
  return status;
}

absl::Status MakeFieldError(const std::map<std::string, std::string>& rules) {
  absl::Status status = MakeError(Reason::kInvalidField, absl::StrJoin(rules, "; ", absl::PairFormatter(" ")));
  for (const auto& [field, rule] : rules) status.SetPayload(absl::StrCat(kFieldUrlPrefix, field), absl::Cord(rule));
  return status;
}

bool HasReason(const absl::Status& status, Reason reason) {
  return !status.ok() && ReasonNameOf(status) == ReasonName(reason);
}

std::string ReasonNameOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonUrl);
  return payload.has_value() ? std::string(*payload) : std::string(ReasonName(Reason::kInternal));
}

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  return PayloadsOf(status, kMetadataUrlPrefix);
}

std::map<std::string, std::string> FieldRulesOf(const absl::Status& status) {
  return PayloadsOf(status, kFieldUrlPrefix);
}

}  // namespace zeus::bso
