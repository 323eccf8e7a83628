// What errors say for programs.
#include "zeus/bso/error.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "tests/client/cpp/fixture.h"

namespace zeus::bso::testing {
namespace {

TEST_CASE_METHOD(ClientFixture, "Every wrong field is named") {
  Client client = Connect(address());
  v1::JobSpec spec = ZeusSpec();
  spec.set_max_power(-1);
  spec.set_batch_sizes(2, 0);
  const absl::Status status = client.RegisterJob(spec).status();
  CHECK(CodeAndReason(status) == "INVALID_ARGUMENT INVALID_FIELD");
  const std::vector<FieldViolation> violations = FieldViolations(status);
  REQUIRE(violations.size() == 2);
  CHECK(violations[0].field == "spec.batch_sizes[2]");
  CHECK(violations[1].field == "spec.max_power");
  CHECK_FALSE(violations[1].description.empty());
  CHECK(ErrorMetadata(status).empty());
}

TEST_CASE_METHOD(ClientFixture, "Metadata says what differs, and how a trial failed") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  v1::JobSpec other = ZeusSpec();
  other.set_max_power(500);
  other.set_gpu_model("A100");
  const absl::Status exists = client.RegisterJob(other).status();
  CHECK(CodeAndReason(exists) == "ALREADY_EXISTS JOB_EXISTS");
  CHECK(ErrorMetadata(exists) == std::map<std::string, std::string>{{"fields", "max_power,gpu_model"}});
  CHECK(FieldViolations(exists).empty());

  const v1::Trial trial = Value(client.StartTrial("job"));
  REQUIRE(client.EndTrial(trial, v1::TRIAL_FAILURE_INFEASIBLE).ok());
  const absl::Status failed = client.ReportResult(trial, kGoesOn).status();
  CHECK(CodeAndReason(failed) == "FAILED_PRECONDITION TRIAL_FAILED");
  CHECK(ErrorMetadata(failed).at("failure") == "INFEASIBLE");
}

TEST_CASE_METHOD(ClientFixture, "Trials of a job that has none left, or does not exist, are not started") {
  Client client = Connect(address());
  CHECK(CodeAndReason(client.StartTrial("job").status()) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK(CodeAndReason(client.ListTrials("job").status()) == "NOT_FOUND JOB_NOT_FOUND");
  v1::JobSpec spec = ZeusSpec();
  spec.clear_batch_sizes();
  spec.add_batch_sizes(32);
  REQUIRE(client.RegisterJob(spec).ok());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.EndTrial(Value(client.StartTrial("job")), v1::TRIAL_FAILURE_FAILED).ok());
  }
  const absl::Status status = client.StartTrial("job").status();
  CHECK(CodeAndReason(status) == "FAILED_PRECONDITION NOTHING_CONVERGED");
  CHECK(ErrorMetadata(status).at("failed_batch_sizes") == "32");
}

TEST_CASE("A status that is not the server's has no reason") {
  for (const absl::Status& status : {absl::OkStatus(), absl::UnavailableError("nobody answers")}) {
    CHECK(ErrorReason(status).empty());
    CHECK(ErrorMetadata(status).empty());
    CHECK(FieldViolations(status).empty());
  }
}

TEST_CASE("A payload that cannot be parsed says nothing") {
  absl::Status status = absl::NotFoundError("not found");
  status.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord("\x0a\xff rubbish"));
  status.SetPayload("type.googleapis.com/google.rpc.BadRequest", absl::Cord("\x07"));
  CHECK(ErrorReason(status).empty());
  CHECK(ErrorMetadata(status).empty());
  CHECK(FieldViolations(status).empty());
}

}  // namespace
}  // namespace zeus::bso::testing
