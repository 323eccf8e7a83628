// ExplainJob, ProfileJob and warm starts.
#include <string>
#include <vector>

#include "tests/client/cpp/fixture.h"

namespace zeus::bso::testing {
namespace {

class ExplainFixture : public ClientFixture {
 public:
  ExplainFixture() : client_(Connect(address())) {}

  Client& client() { return client_; }

  static v1::JobSpec CurvesSpec(const std::string& job_id = "job") {
    v1::JobSpec spec = ZeusSpec(job_id);
    spec.set_policy(v1::POLICY_CURVES);
    return spec;
  }

  // Trains so often: ten epochs, which cost more the larger the batch size.
  void Train(const std::string& job_id, int times) {
    for (int i = 0; i < times; ++i) {
      const v1::Trial trial = Value(client_.StartTrial(job_id));
      const double joules = 100.0 * static_cast<double>(trial.batch_size());
      const Progress done = {.metric = 0.9, .epoch = 10, .time_seconds = joules / 100, .energy_joules = joules};
      REQUIRE(Value(client_.ReportResult(trial, done)).stop_train());
    }
  }

 private:
  Client client_;
};

v1::EpochProfile ProfileOf(int64_t batch_size) {
  v1::EpochProfile profile;
  profile.set_batch_size(batch_size);
  profile.set_seconds(static_cast<double>(batch_size));
  profile.set_joules(10 * static_cast<double>(batch_size));
  return profile;
}

TEST_CASE_METHOD(ExplainFixture, "A job is explained, whichever policy it follows") {
  for (const v1::JobSpec& spec : {CurvesSpec("curves"), ZeusSpec("zeus")}) {
    REQUIRE(client().RegisterJob(spec).ok());
    CHECK(Value(client().ExplainJob(spec.job_id())).summary() == "No trial has been started yet.");
    Train(spec.job_id(), 20);
    const v1::ExplainJobResponse explanation = Value(client().ExplainJob(spec.job_id()));
    CHECK(explanation.job().spec().job_id() == spec.job_id());
    CHECK(explanation.best_batch_size() == 16);
    REQUIRE(explanation.batch_sizes_size() == spec.batch_sizes_size());
    CHECK(explanation.batch_sizes(0).standing() == v1::STANDING_BEST);
    CHECK(explanation.batch_sizes(0).best_probability() > 0.5);
    CHECK(explanation.cost_saving().median() > 0);
  }
  CHECK(CodeAndReason(client().ExplainJob("other").status()) == "NOT_FOUND JOB_NOT_FOUND");
}

TEST_CASE_METHOD(ExplainFixture, "A job starts with what another one knows, once") {
  REQUIRE(client().RegisterJob(CurvesSpec("source")).ok());
  Train("source", 12);
  const v1::RegisterJobResponse registered = Value(client().RegisterJob(CurvesSpec("new"), "source"));
  CHECK(registered.created());
  CHECK(registered.job().warm_start() == "source");
  CHECK(Value(client().ExplainJob("new")).best_batch_size() == 16);
  CHECK(Value(client().StartTrial("new")).type() != v1::TRIAL_TYPE_FIRST);
  const v1::RegisterJobResponse again = Value(client().RegisterJob(CurvesSpec("new")));
  CHECK_FALSE(again.created());
  CHECK(again.job().warm_start() == "source");
  CHECK(Value(client().RegisterJob(CurvesSpec("cold"))).job().warm_start().empty());
}

TEST_CASE_METHOD(ExplainFixture,
                 "A job cannot start with nothing, nor can one of the Zeus policy start with anything") {
  CHECK(CodeAndReason(client().RegisterJob(CurvesSpec(), "none").status()) == "NOT_FOUND JOB_NOT_FOUND");
  REQUIRE(client().RegisterJob(ZeusSpec("empty")).ok());
  CHECK(CodeAndReason(client().RegisterJob(CurvesSpec(), "empty").status()) == "FAILED_PRECONDITION WARM_START_EMPTY");
  CHECK(CodeAndReason(client().RegisterJob(ZeusSpec(), "empty").status()) == "INVALID_ARGUMENT INVALID_FIELD");
}

TEST_CASE_METHOD(ExplainFixture, "A profile says what epochs cost") {
  REQUIRE(client().RegisterJob(CurvesSpec()).ok());
  const std::vector<v1::EpochProfile> profiles = {ProfileOf(16), ProfileOf(64)};
  CHECK(Value(client().ProfileJob("job", profiles)).spec().job_id() == "job");
  const v1::ExplainJobResponse explanation = Value(client().ExplainJob("job"));
  CHECK(explanation.batch_sizes(2).epoch_cost().value() > 3 * explanation.batch_sizes(0).epoch_cost().value());
}

TEST_CASE_METHOD(ExplainFixture, "A profile of another policy's job, or of other sizes, is refused") {
  REQUIRE(client().RegisterJob(CurvesSpec()).ok());
  REQUIRE(client().RegisterJob(ZeusSpec("zeus")).ok());
  const std::vector<v1::EpochProfile> profiles = {ProfileOf(17)};
  CHECK(CodeAndReason(client().ProfileJob("job", profiles).status()) == "FAILED_PRECONDITION BATCH_SIZE_NOT_IN_JOB");
  CHECK(CodeAndReason(client().ProfileJob("zeus", profiles).status()) == "FAILED_PRECONDITION POLICY_MISMATCH");
  CHECK(CodeAndReason(client().ProfileJob("none", profiles).status()) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK(CodeAndReason(client().ProfileJob("job", {}).status()) == "INVALID_ARGUMENT INVALID_FIELD");
}

}  // namespace
}  // namespace zeus::bso::testing
