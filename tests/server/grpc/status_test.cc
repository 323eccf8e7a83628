#include "server/grpc/wire/status.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "catch2/catch.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "model/error.h"
#include "server/api/errors/error_details.h"

namespace zeus::bso::rpc {
namespace {

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  REQUIRE(details.ParseFromString(status.error_details()));
  return details;
}

// The details of this type.
template <typename Detail>
std::vector<Detail> DetailsOf(const grpc::Status& status) {
  const google::rpc::Status details = Details(status);
  std::vector<Detail> found;
  for (const auto& any : details.details()) {
    if (any.Is<Detail>()) REQUIRE(any.UnpackTo(&found.emplace_back()));
  }
  return found;
}

google::rpc::ErrorInfo TheErrorInfo(const grpc::Status& status) {
  const auto infos = DetailsOf<google::rpc::ErrorInfo>(status);
  REQUIRE(infos.size() == 1);
  return infos.front();
}

struct ReasonOnTheWire {
  Reason reason;
  grpc::StatusCode code;
  std::string name;
};

const std::vector<ReasonOnTheWire>& AllReasons() {
  static const auto* const reasons = new std::vector<ReasonOnTheWire>{
      {Reason::kInvalidField, grpc::INVALID_ARGUMENT, "INVALID_FIELD"},
      {Reason::kResultMissing, grpc::INVALID_ARGUMENT, "RESULT_MISSING"},
      {Reason::kStageNotMab, grpc::INVALID_ARGUMENT, "STAGE_NOT_MAB"},
      {Reason::kJobNotFound, grpc::NOT_FOUND, "JOB_NOT_FOUND"},
      {Reason::kTrialNotFound, grpc::NOT_FOUND, "TRIAL_NOT_FOUND"},
      {Reason::kArmNotFound, grpc::NOT_FOUND, "ARM_NOT_FOUND"},
      {Reason::kJobExists, grpc::ALREADY_EXISTS, "JOB_EXISTS"},
      {Reason::kArmExists, grpc::ALREADY_EXISTS, "ARM_EXISTS"},
      {Reason::kJobNotFetched, grpc::FAILED_PRECONDITION, "JOB_NOT_FETCHED"},
      {Reason::kTrialNotFetched, grpc::FAILED_PRECONDITION, "TRIAL_NOT_FETCHED"},
      {Reason::kArmNotFetched, grpc::FAILED_PRECONDITION, "ARM_NOT_FETCHED"},
      {Reason::kTrialEnded, grpc::FAILED_PRECONDITION, "TRIAL_ENDED"},
      {Reason::kTrialFailed, grpc::FAILED_PRECONDITION, "TRIAL_FAILED"},
      {Reason::kTrialNotMab, grpc::FAILED_PRECONDITION, "TRIAL_NOT_MAB"},
      {Reason::kBatchSizeNotInJob, grpc::FAILED_PRECONDITION, "BATCH_SIZE_NOT_IN_JOB"},
      {Reason::kNothingConverged, grpc::FAILED_PRECONDITION, "NOTHING_CONVERGED"},
      {Reason::kNoArms, grpc::FAILED_PRECONDITION, "NO_ARMS"},
      {Reason::kLostRace, grpc::ABORTED, "LOST_RACE"},
      {Reason::kSessionTimeout, grpc::ABORTED, "SESSION_TIMEOUT"},
      {Reason::kTooManySessions, grpc::RESOURCE_EXHAUSTED, "TOO_MANY_SESSIONS"},
      {Reason::kSessionTooLong, grpc::RESOURCE_EXHAUSTED, "SESSION_TOO_LONG"},
      {Reason::kTooManyWatchers, grpc::RESOURCE_EXHAUSTED, "TOO_MANY_WATCHERS"},
      {Reason::kClientGone, grpc::CANCELLED, "CLIENT_GONE"},
      {Reason::kDraining, grpc::UNAVAILABLE, "DRAINING"},
      {Reason::kStorageFull, grpc::RESOURCE_EXHAUSTED, "STORAGE_FULL"},
      {Reason::kStorageUnavailable, grpc::UNAVAILABLE, "STORAGE_UNAVAILABLE"},
      {Reason::kStorageCorrupted, grpc::DATA_LOSS, "STORAGE_CORRUPTED"},
      {Reason::kStoreRefused, grpc::FAILED_PRECONDITION, "STORE_REFUSED"},
      {Reason::kInternal, grpc::INTERNAL, "INTERNAL"},
  };
  return *reasons;
}

TEST_CASE("Every reason travels with its code, its name and the message") {
  for (const ReasonOnTheWire& expected : AllReasons()) {
    CAPTURE(expected.name);
    const grpc::Status status = ToGrpcStatus(MakeError(expected.reason, "what happened"));
    CHECK(status.error_code() == expected.code);
    CHECK(status.error_message() == "what happened");
    CHECK(TheErrorInfo(status).reason() == expected.name);
    CHECK(TheErrorInfo(status).domain() == "zeus.bso");
    CHECK(TheErrorInfo(status).metadata().empty());
  }
}

TEST_CASE("The details repeat the code and the message, as google.rpc.Status asks for") {
  const google::rpc::Status details = Details(ToGrpcStatus(MakeError(Reason::kNoArms, "no arms")));
  CHECK(details.code() == grpc::FAILED_PRECONDITION);
  CHECK(details.message() == "no arms");
}

TEST_CASE("Metadata travels in the ErrorInfo") {
  const std::map<std::string, std::string> metadata = {{"fields", "eta_knob,max_power"}, {"other", ""}};
  const auto info = TheErrorInfo(ToGrpcStatus(MakeError(Reason::kJobExists, "taken", metadata)));
  CHECK(std::map<std::string, std::string>(info.metadata().begin(), info.metadata().end()) == metadata);
}

TEST_CASE("A payload of a protobuf type travels as a detail, beside the one ErrorInfo") {
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("spec.eta_knob");
  absl::Status status = MakeError(Reason::kInvalidField, "wrong");
  status.SetPayload(api::TypeUrl<google::rpc::BadRequest>(), absl::Cord(bad_request.SerializeAsString()));

  const grpc::Status sent = ToGrpcStatus(status);
  CHECK(TheErrorInfo(sent).reason() == "INVALID_FIELD");
  const auto received = DetailsOf<google::rpc::BadRequest>(sent);
  REQUIRE(received.size() == 1);
  REQUIRE(received[0].field_violations_size() == 1);
  CHECK(received[0].field_violations(0).field() == "spec.eta_knob");
}

TEST_CASE("The fields of a field error travel as a BadRequest") {
  const grpc::Status sent = ToGrpcStatus(MakeFieldError({{"metric", "must be sent"}, {"time_seconds", "must be 1"}}));
  CHECK(sent.error_code() == grpc::INVALID_ARGUMENT);
  CHECK(TheErrorInfo(sent).reason() == "INVALID_FIELD");
  CHECK(TheErrorInfo(sent).metadata().empty());
  const auto received = DetailsOf<google::rpc::BadRequest>(sent);
  REQUIRE(received.size() == 1);
  REQUIRE(received[0].field_violations_size() == 2);
  CHECK(received[0].field_violations(0).field() == "metric");
  CHECK(received[0].field_violations(0).description() == "must be sent");
  CHECK(received[0].field_violations(1).field() == "time_seconds");
}

TEST_CASE("A payload that is no protobuf type stays in the server") {
  absl::Status status = MakeError(Reason::kNoArms, "no arms", {{"key", "value"}});
  status.SetPayload("zeus.bso/private", absl::Cord("secret"));
  const grpc::Status sent = ToGrpcStatus(status);
  CHECK(Details(sent).details_size() == 1);
  CHECK(sent.error_details().find("secret") == std::string::npos);
}

TEST_CASE("A status that was made without a reason keeps its code and travels as INTERNAL") {
  const grpc::Status status = ToGrpcStatus(absl::DeadlineExceededError("late"));
  CHECK(status.error_code() == grpc::DEADLINE_EXCEEDED);
  CHECK(TheErrorInfo(status).reason() == "INTERNAL");
}

TEST_CASE("OK travels without a message or details") {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  CHECK(status.ok());
  CHECK(status.error_message().empty());
  CHECK(status.error_details().empty());
}

}  // namespace
}  // namespace zeus::bso::rpc
