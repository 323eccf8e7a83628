// UpdateJob, VoidTrial, ResetBatchSize, and RegisterJob of a job that exists.
#include <set>
#include <string>

#include "tests/client/cpp/fixture.h"

namespace zeus::bso::testing {
namespace {

class CorrectionFixture : public ClientFixture {
 public:
  CorrectionFixture() : client(Connect(address())) { REQUIRE(client.RegisterJob(PatientSpec()).ok()); }

  v1::Job TheJob() { return Value(client.GetJob("job")).value(); }

  // What the job is registered with, but for this.
  static v1::JobSpec SpecWithMaxEpochs(int64_t max_epochs) {
    v1::JobSpec spec = PatientSpec();
    spec.set_max_epochs(max_epochs);
    return spec;
  }

  template <typename Response>
  static std::set<std::string> ChangedFields(const Response& response) {
    std::set<std::string> fields;
    for (const v1::FieldChange& change : response.changes()) {
      CHECK_FALSE(change.meaning().empty());
      fields.insert(change.field());
    }
    return fields;
  }

  Client client;
};

TEST_CASE_METHOD(CorrectionFixture, "An update changes the fields that it names, and says which") {
  v1::JobSpec spec;
  spec.set_job_id("job");
  spec.set_max_epochs(7);
  spec.set_beta_knob(3);
  const v1::UpdateJobResponse preview = Value(client.UpdateJob(spec, {"max_epochs", "beta_knob"}, /*dry_run=*/true));
  CHECK(preview.job().spec().max_epochs() == 7);
  CHECK(ChangedFields(preview) == std::set<std::string>{"beta_knob", "max_epochs"});
  CHECK(TheJob().spec().max_epochs() == 100);

  const v1::UpdateJobResponse updated = Value(client.UpdateJob(spec, {"max_epochs"}));
  CHECK(ChangedFields(updated) == std::set<std::string>{"max_epochs"});
  CHECK(TheJob().spec().max_epochs() == 7);
  CHECK(TheJob().spec().beta_knob() == 2);
  CHECK(ChangedFields(Value(client.UpdateJob(spec, {"max_epochs"}))).empty());

  spec.clear_max_epochs();
  CHECK(Value(client.UpdateJob(spec, {"max_epochs"})).job().spec().max_epochs() == 100);
}

TEST_CASE_METHOD(CorrectionFixture, "An update that cannot be made changes nothing, and says why") {
  v1::JobSpec spec = SpecWithMaxEpochs(7);
  spec.set_max_power(200);
  const absl::Status fixed = client.UpdateJob(spec, {"max_epochs", "max_power"}).status();
  CHECK(CodeAndReason(fixed) == "FAILED_PRECONDITION FIELD_FIXED");
  CHECK(ErrorMetadata(fixed)["fields"] == "max_power");
  CHECK(TheJob().spec().max_epochs() == 100);
  CHECK(CodeAndReason(client.UpdateJob(spec, {}).status()) == "INVALID_ARGUMENT INVALID_FIELD");
  spec.set_job_id("none");
  CHECK(CodeAndReason(client.UpdateJob(spec, {"max_epochs"}).status()) == "NOT_FOUND JOB_NOT_FOUND");
}

TEST_CASE_METHOD(CorrectionFixture, "A trial that is void does not count") {
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK(CodeAndReason(client.VoidTrial(trial, "broken data").status()) == "FAILED_PRECONDITION TRIAL_RUNNING");
  REQUIRE(Value(client.ReportResult(trial, kConverges)).converged());
  CHECK(TheJob().has_min_cost());

  const v1::VoidTrialResponse preview = Value(client.VoidTrial(trial, "broken data", /*dry_run=*/true));
  CHECK(preview.trial().has_voided());
  CHECK_FALSE(preview.job().has_min_cost());
  CHECK_FALSE(LastTrial().has_voided());
  CHECK(TheJob().has_min_cost());

  CHECK(Value(client.VoidTrial(trial, "broken data")).trial().voided().reason() == "broken data");
  CHECK_FALSE(TheJob().has_min_cost());
  CHECK(Value(client.VoidTrial(trial, "another reason")).trial().voided().reason() == "broken data");
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_SUCCEEDED);
}

TEST_CASE_METHOD(CorrectionFixture, "A trial is voided for a reason, and only if there is such a trial") {
  v1::Trial trial = Value(client.StartTrial("job"));
  REQUIRE(client.EndTrial(trial).ok());
  CHECK(CodeAndReason(client.VoidTrial(trial, "").status()) == "INVALID_ARGUMENT INVALID_FIELD");
  trial.set_trial_number(7);
  CHECK(CodeAndReason(client.VoidTrial(trial, "broken data").status()) == "NOT_FOUND TRIAL_NOT_FOUND");
  trial.set_job_id("none");
  CHECK(CodeAndReason(client.VoidTrial(trial, "broken data").status()) == "NOT_FOUND JOB_NOT_FOUND");
}

TEST_CASE_METHOD(CorrectionFixture, "A batch size that ran out of memory is tried again once that is forgotten") {
  const v1::Trial trial = Value(client.StartTrial("job"));
  REQUIRE(client.EndTrial(trial, v1::TRIAL_FAILURE_INFEASIBLE).ok());
  REQUIRE_FALSE(TheJob().failures().empty());

  const v1::ResetBatchSizeResponse preview = Value(client.ResetBatchSize("job", trial.batch_size(), /*dry_run=*/true));
  REQUIRE_FALSE(preview.batch_sizes().empty());
  CHECK(preview.batch_sizes(0) == trial.batch_size());
  CHECK(preview.job().failures().empty());
  CHECK_FALSE(TheJob().failures().empty());

  const v1::ResetBatchSizeResponse reset = Value(client.ResetBatchSize("job", trial.batch_size()));
  REQUIRE_FALSE(reset.batch_sizes().empty());
  CHECK(reset.batch_sizes(0) == trial.batch_size());
  CHECK(TheJob().failures().empty());
  CHECK(Value(client.ResetBatchSize("job", trial.batch_size())).batch_sizes().empty());
}

TEST_CASE_METHOD(CorrectionFixture, "A batch size is reset only if the job has it") {
  CHECK(CodeAndReason(client.ResetBatchSize("job", 17).status()) == "FAILED_PRECONDITION BATCH_SIZE_NOT_IN_JOB");
  CHECK(CodeAndReason(client.ResetBatchSize("job", 0).status()) == "INVALID_ARGUMENT INVALID_FIELD");
  CHECK(CodeAndReason(client.ResetBatchSize("none", 32).status()) == "NOT_FOUND JOB_NOT_FOUND");
}

TEST_CASE_METHOD(CorrectionFixture, "A job that exists with another specification is kept, or updated, or an error") {
  const v1::JobSpec spec = SpecWithMaxEpochs(7);
  for (const v1::IfExists fail : {v1::IF_EXISTS_UNSPECIFIED, v1::IF_EXISTS_FAIL}) {
    const absl::Status exists = client.RegisterJob(spec, "", fail).status();
    CHECK(CodeAndReason(exists) == "ALREADY_EXISTS JOB_EXISTS");
    CHECK(ErrorMetadata(exists)["fields"] == "max_epochs");
  }

  const v1::RegisterJobResponse kept = Value(client.RegisterJob(spec, "", v1::IF_EXISTS_KEEP));
  CHECK_FALSE(kept.created());
  CHECK(kept.job().spec().max_epochs() == 100);
  REQUIRE(kept.differing_fields_size() == 1);
  CHECK(kept.differing_fields(0) == "max_epochs");
  CHECK(TheJob().spec().max_epochs() == 100);

  const v1::RegisterJobResponse updated = Value(client.RegisterJob(spec, "", v1::IF_EXISTS_UPDATE));
  CHECK_FALSE(updated.created());
  CHECK(updated.job().spec().max_epochs() == 7);
  CHECK(ChangedFields(updated) == std::set<std::string>{"max_epochs"});
  CHECK(TheJob().spec().max_epochs() == 7);
}

TEST_CASE_METHOD(CorrectionFixture, "A registration updates no field that is fixed, and registers what is new") {
  v1::JobSpec spec = SpecWithMaxEpochs(7);
  spec.set_max_power(200);
  const absl::Status fixed = client.RegisterJob(spec, "", v1::IF_EXISTS_UPDATE).status();
  CHECK(CodeAndReason(fixed) == "FAILED_PRECONDITION FIELD_FIXED");
  CHECK(ErrorMetadata(fixed)["fields"] == "max_power");
  CHECK(TheJob().spec().max_epochs() == 100);
  spec.set_job_id("new");
  CHECK(Value(client.RegisterJob(spec, "", v1::IF_EXISTS_UPDATE)).created());
}

}  // namespace
}  // namespace zeus::bso::testing
