#include "model/error.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"

namespace zeus::bso {
namespace {

struct Expected {
  Reason reason;
  std::string name;
  absl::StatusCode code;
};

// Names and codes are what clients see: they stay.
const std::vector<Expected>& AllReasons() {
  using absl::StatusCode;
  static const std::vector<Expected> reasons = {
      {Reason::kInvalidField, "INVALID_FIELD", StatusCode::kInvalidArgument},
      {Reason::kResultMissing, "RESULT_MISSING", StatusCode::kInvalidArgument},
      {Reason::kStageNotMab, "STAGE_NOT_MAB", StatusCode::kInvalidArgument},
      {Reason::kJobNotFound, "JOB_NOT_FOUND", StatusCode::kNotFound},
      {Reason::kTrialNotFound, "TRIAL_NOT_FOUND", StatusCode::kNotFound},
      {Reason::kArmNotFound, "ARM_NOT_FOUND", StatusCode::kNotFound},
      {Reason::kJobExists, "JOB_EXISTS", StatusCode::kAlreadyExists},
      {Reason::kArmExists, "ARM_EXISTS", StatusCode::kAlreadyExists},
      {Reason::kJobNotFetched, "JOB_NOT_FETCHED", StatusCode::kFailedPrecondition},
      {Reason::kTrialNotFetched, "TRIAL_NOT_FETCHED", StatusCode::kFailedPrecondition},
      {Reason::kArmNotFetched, "ARM_NOT_FETCHED", StatusCode::kFailedPrecondition},
      {Reason::kTrialEnded, "TRIAL_ENDED", StatusCode::kFailedPrecondition},
      {Reason::kTrialFailed, "TRIAL_FAILED", StatusCode::kFailedPrecondition},
      {Reason::kTrialNotMab, "TRIAL_NOT_MAB", StatusCode::kFailedPrecondition},
      {Reason::kBatchSizeNotInJob, "BATCH_SIZE_NOT_IN_JOB", StatusCode::kFailedPrecondition},
      {Reason::kPolicyMismatch, "POLICY_MISMATCH", StatusCode::kFailedPrecondition},
      {Reason::kFieldFixed, "FIELD_FIXED", StatusCode::kFailedPrecondition},
      {Reason::kTrialRunning, "TRIAL_RUNNING", StatusCode::kFailedPrecondition},
      {Reason::kWarmStartEmpty, "WARM_START_EMPTY", StatusCode::kFailedPrecondition},
      {Reason::kNothingConverged, "NOTHING_CONVERGED", StatusCode::kFailedPrecondition},
      {Reason::kNoBatchSizeLeft, "NO_BATCH_SIZE_LEFT", StatusCode::kFailedPrecondition},
      {Reason::kNoArms, "NO_ARMS", StatusCode::kFailedPrecondition},
      {Reason::kRequestIdReused, "REQUEST_ID_REUSED", StatusCode::kAlreadyExists},
      {Reason::kTooManyJobs, "TOO_MANY_JOBS", StatusCode::kResourceExhausted},
      {Reason::kTooManyRunningTrials, "TOO_MANY_RUNNING_TRIALS", StatusCode::kResourceExhausted},
      {Reason::kLostRace, "LOST_RACE", StatusCode::kAborted},
      {Reason::kSessionTimeout, "SESSION_TIMEOUT", StatusCode::kAborted},
      {Reason::kTooManySessions, "TOO_MANY_SESSIONS", StatusCode::kResourceExhausted},
      {Reason::kTooManyReservations, "TOO_MANY_RESERVATIONS", StatusCode::kResourceExhausted},
      {Reason::kSessionTooLong, "SESSION_TOO_LONG", StatusCode::kResourceExhausted},
      {Reason::kTooManyWatchers, "TOO_MANY_WATCHERS", StatusCode::kResourceExhausted},
      {Reason::kCredentialsMissing, "CREDENTIALS_MISSING", StatusCode::kUnauthenticated},
      {Reason::kCredentialsUnknown, "CREDENTIALS_UNKNOWN", StatusCode::kUnauthenticated},
      {Reason::kRoleTooLow, "ROLE_TOO_LOW", StatusCode::kPermissionDenied},
      {Reason::kDeadlinePassed, "DEADLINE_PASSED", StatusCode::kDeadlineExceeded},
      {Reason::kClientGone, "CLIENT_GONE", StatusCode::kCancelled},
      {Reason::kDraining, "DRAINING", StatusCode::kUnavailable},
      {Reason::kStorageFull, "STORAGE_FULL", StatusCode::kResourceExhausted},
      {Reason::kStorageUnavailable, "STORAGE_UNAVAILABLE", StatusCode::kUnavailable},
      {Reason::kStorageCorrupted, "STORAGE_CORRUPTED", StatusCode::kDataLoss},
      {Reason::kStoreRefused, "STORE_REFUSED", StatusCode::kFailedPrecondition},
      {Reason::kInternal, "INTERNAL", StatusCode::kInternal},
  };
  return reasons;
}

TEST_CASE("Each reason has its stable name and its status code") {
  for (const Expected& expected : AllReasons()) {
    CAPTURE(expected.name);
    CHECK(ReasonName(expected.reason) == expected.name);
    const absl::Status status = MakeError(expected.reason, "what happened");
    CHECK(status.code() == expected.code);
    CHECK(status.message() == "what happened");
    CHECK(ReasonNameOf(status) == expected.name);
  }
}

TEST_CASE("The table of reasons above names each of them once") {
  std::set<Reason> reasons;
  std::set<std::string> names;
  for (const Expected& expected : AllReasons()) {
    reasons.insert(expected.reason);
    names.insert(expected.name);
  }
  // kInternal is the last of the enumeration.
  CHECK(reasons.size() == static_cast<size_t>(Reason::kInternal) + 1);
  CHECK(names.size() == reasons.size());
}

TEST_CASE("An error has the reason that it was made with and no other") {
  for (const Expected& made : AllReasons()) {
    const absl::Status status = MakeError(made.reason, "");
    for (const Expected& asked : AllReasons()) {
      CAPTURE(made.name, asked.name);
      CHECK(HasReason(status, asked.reason) == (made.reason == asked.reason));
    }
  }
}

TEST_CASE("Metadata is read back as it was given, empty values and odd names included") {
  const std::map<std::string, std::string> metadata = {
      {"fields", "eta_knob,max_power"}, {"empty", ""}, {"a/b", "c/d"}, {"bytes", std::string("\0\xff", 2)}};
  CHECK(MetadataOf(MakeError(Reason::kJobExists, "taken", metadata)) == metadata);
}

TEST_CASE("An error made without metadata has none") {
  CHECK(MetadataOf(MakeError(Reason::kJobExists, "taken")).empty());
}

TEST_CASE("Metadata leaves reason, code and message alone") {
  const absl::Status status = MakeError(Reason::kJobExists, "taken", {{"reason", "INTERNAL"}});
  CHECK_THAT(status, testing::FailsWith(Reason::kJobExists));
  CHECK(status.code() == absl::StatusCode::kAlreadyExists);
  CHECK(status.message() == "taken");
}

TEST_CASE("A foreign status counts as INTERNAL, whatever its code") {
  for (const absl::Status& status : {absl::NotFoundError("who knows"), absl::InternalError("")}) {
    CHECK(ReasonNameOf(status) == "INTERNAL");
    CHECK(HasReason(status, Reason::kInternal));
    CHECK_FALSE(HasReason(status, Reason::kJobNotFound));
    CHECK(MetadataOf(status).empty());
  }
}

TEST_CASE("A payload of somebody else is no metadata") {
  absl::Status status = MakeError(Reason::kNoArms, "", {{"ours", "1"}});
  status.SetPayload("example.com/theirs", absl::Cord("2"));
  CHECK(MetadataOf(status) == std::map<std::string, std::string>{{"ours", "1"}});
}

TEST_CASE("A field error is INVALID_FIELD, names each field with its rule, and keeps them out of the metadata") {
  const std::map<std::string, std::string> rules = {{"metric", "must be sent"}, {"time_seconds", "must be positive"}};
  const absl::Status status = MakeFieldError(rules);
  CHECK_THAT(status, testing::FailsWith(Reason::kInvalidField));
  CHECK(status.message() == "metric must be sent; time_seconds must be positive");
  CHECK(FieldRulesOf(status) == rules);
  CHECK(MetadataOf(status).empty());
  CHECK(FieldRulesOf(MakeError(Reason::kJobExists, "taken", {{"fields", "eta_knob"}})).empty());
}

TEST_CASE("Success has no reason, not even INTERNAL") {
  for (const Expected& expected : AllReasons()) CHECK_FALSE(HasReason(absl::OkStatus(), expected.reason));
}

}  // namespace
}  // namespace zeus::bso
