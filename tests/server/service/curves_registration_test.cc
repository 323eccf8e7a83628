// Which policy a job gets, and what it makes of the job's specification.
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "server/policy/curves/state.h"
#include "server/random/generator.h"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::FailsWith;
using testing::IsOk;
using testing::MakeSpec;
using testing::OptimizerFixture;
using testing::Value;

class RegistrationFixture : public OptimizerFixture {
 public:
  absl::Status TryRegisterWith(const NewJobPolicy& policy, const JobSpec& spec) {
    return RunOptimizer([&](Optimizer& optimizer) {
      const absl::StatusOr<Registration> registration = optimizer.Register(spec, policy);
      if (registration.ok()) {
        created_ = registration->created;
        registered_ = registration->job->spec.policy;
      }
      return registration.status();
    });
  }

  // The policy of the job that is registered after this.
  PolicyKind RegisterWith(const NewJobPolicy& policy, const JobSpec& spec = MakeSpec()) {
    REQUIRE_THAT(TryRegisterWith(policy, spec), IsOk());
    CHECK(StoredJob(spec.job_id).spec.policy == registered_);
    CHECK(StoredJob(spec.job_id).curves.has_value() == (registered_ == PolicyKind::kCurves));
    return registered_;
  }

  bool created() const { return created_; }

 private:
  bool created_ = false;
  PolicyKind registered_ = PolicyKind::kZeus;
};

JobSpec SpecWithSizes(int64_t num_sizes) {
  JobSpec spec = MakeSpec();
  spec.batch_sizes.resize(static_cast<size_t>(num_sizes));
  std::iota(spec.batch_sizes.begin(), spec.batch_sizes.end(), 1);
  spec.default_batch_size = 1;
  return spec;
}

TEST_CASE_METHOD(RegistrationFixture, "A new job follows the policy that it asks for, or else the default") {
  const PolicyKind asked_for = GENERATE(PolicyKind::kZeus, PolicyKind::kCurves);
  const PolicyKind otherwise = GENERATE(PolicyKind::kZeus, PolicyKind::kCurves);
  CHECK(RegisterWith({.asked_for = asked_for, .otherwise = otherwise}) == asked_for);
  CHECK(RegisterWith({.asked_for = std::nullopt, .otherwise = otherwise}, MakeSpec("other")) == otherwise);
}

TEST_CASE_METHOD(RegistrationFixture, "A registration that asks for no policy finds a job of any") {
  const PolicyKind registered = GENERATE(PolicyKind::kZeus, PolicyKind::kCurves);
  const PolicyKind otherwise = GENERATE(PolicyKind::kZeus, PolicyKind::kCurves);
  RegisterWith({.asked_for = registered});
  const testing::Rows before = StoredRows();
  CHECK(RegisterWith({.asked_for = std::nullopt, .otherwise = otherwise}) == registered);
  CHECK_FALSE(created());
  CHECK(RegisterWith({.asked_for = registered}) == registered);
  CHECK_FALSE(created());
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(RegistrationFixture, "A registration that asks for another policy is a conflict that names it") {
  const bool curves = GENERATE(true, false);
  RegisterWith({.asked_for = curves ? PolicyKind::kCurves : PolicyKind::kZeus});
  const absl::Status status =
      TryRegisterWith({.asked_for = curves ? PolicyKind::kZeus : PolicyKind::kCurves}, MakeSpec());
  CHECK_THAT(status, FailsWith(Reason::kJobExists));
  CHECK(MetadataOf(status)["fields"] == "policy");
}

TEST_CASE_METHOD(RegistrationFixture,
                 "A job that asks for no policy and has too many sizes for curves gets the other") {
  CHECK(RegisterWith({.otherwise = PolicyKind::kCurves}, SpecWithSizes(256)) == PolicyKind::kCurves);
  REQUIRE_THAT(TryDelete("job"), IsOk());
  CHECK(RegisterWith({.otherwise = PolicyKind::kCurves}, SpecWithSizes(257)) == PolicyKind::kZeus);
  CHECK(RegisterWith({.otherwise = PolicyKind::kCurves}, SpecWithSizes(257)) == PolicyKind::kZeus);
}

TEST_CASE_METHOD(CurvesFixture, "A new job of the curves policy knows nothing of its sizes, and has no stage") {
  const Job job = StoredJob();
  CHECK(job.stage == Stage::kNone);
  CHECK(job.curves->state == curves::MakeJobState());
  CHECK_FALSE(job.curves->best_batch_size.has_value());
  CHECK(StoredSizes() == std::vector<CurvesSize>{{.batch_size = 16}, {.batch_size = 32}, {.batch_size = 64}});
  CHECK(job.generator_state == random::Generator(1).state());
}

TEST_CASE_METHOD(CurvesFixture, "The knobs of pruning and bandit are compared, and change no decision") {
  JobSpec spec = CurvesSpec();
  spec.num_pruning_rounds = 7;
  CHECK_THAT(TryRegister(spec), FailsWith(Reason::kJobExists));
  spec.job_id = "other";
  spec.window_size = 1;
  spec.mab_num_explorations = 9;
  spec.mab_prior_mean = -5;
  spec.mab_prior_precision = 3;
  spec.max_failures_per_batch_size = 1;
  CreateJob(spec);
  for (int i = 0; i < 12; ++i) {
    const Trial trial = Start("job"), other = Start("other");
    CHECK(trial.batch_size == other.batch_size);
    CHECK(trial.ticket == other.ticket);
    if (i % 4 == 1) {
      for (const Trial& one : {trial, other}) REQUIRE_THAT(TryEnd(KeyOf(one)), IsOk());
      continue;
    }
    for (const Trial& one : {trial, other}) TakeReport(one, 3, 100 + i, 1);
  }
  CHECK(StoredCurves("job") == StoredCurves("other"));
  CHECK(StoredSizes("job") == StoredSizes("other"));
}

TEST_CASE_METHOD(CurvesFixture, "Arms, stage and default of a curves job cannot be changed, and reading finds none") {
  const Trial trial = StartAt(32);
  const testing::Rows before = StoredRows();
  const auto check = [&](absl::FunctionRef<absl::Status(ZeusService&)> change) {
    const absl::Status status = Run([&](ZeusService& service) {
      Value(service.GetJob("job"));
      Value(service.GetTrial(KeyOf(trial)));
      return change(service);
    });
    CHECK_THAT(status, FailsWith(Reason::kPolicyMismatch));
    CHECK_THAT(std::string(status.message()), Catch::Contains("POLICY_ZEUS"));
  };
  check([](ZeusService& service) { return service.UpdateExpDefaultBatchSize("job", 16).status(); });
  check([](ZeusService& service) { return service.UpdateJobStage("job", Stage::kMab).status(); });
  check([](ZeusService& service) {
    const std::vector<GaussianTsArm> arms = {{.batch_size = 16}};
    return service.CreateArms("job", arms);
  });
  check([&](ZeusService& service) { return service.UpdateArmState(KeyOf(trial), {.batch_size = 32}); });
  CHECK((StoredRows() == before));
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    CHECK(Value(service.GetArms("job")).empty());
    CHECK(Value(service.GetArm("job", 32)) == nullptr);
    CHECK(Value(service.GetExplorationsOfJob("job")).empty());
  });
}

TEST_CASE_METHOD(CurvesFixture, "A trial of a type of the curves policy cannot be created in a zeus job") {
  CreateJob(MakeSpec("zeus"));
  const TrialType type = GENERATE(TrialType::kFirst, TrialType::kBest, TrialType::kExplore);
  CHECK_THAT(Run([&](ZeusService& service) {
               Value(service.GetJob("zeus"));
               return service.CreateTrial("zeus", 32, type).status();
             }),
             FailsWith(Reason::kPolicyMismatch));
  CHECK(StoredJob("zeus").num_running_trials == 0);
}

}  // namespace
}  // namespace zeus::bso
