#include "server/service/zeus_service.h"

#include <optional>
#include <vector>

#include "catch2/catch.hpp"
#include "server/random/generator.h"
#include "tests/server/service/fixture.h"

// The methods about a job, and about sessions as a whole. Trials, arms, draws and refusals have files of their own.
namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::MakeSpec;
using testing::Rows;
using testing::ServiceFixture;
using testing::Value;

TEST_CASE_METHOD(ServiceFixture, "A new job is in stage Pruning and starts at its default") {
  const JobSpec spec = MakeSpec();
  CreateJob(spec);
  const Job job = StoredJob();
  CHECK(job.spec == spec);
  CHECK(job.stage == Stage::kPruning);
  CHECK(job.exp_default_batch_size == 32);
  CHECK_FALSE(job.min_cost.has_value());
  CHECK(job.min_cost_batch_size == 32);
  CHECK(job.create_time == now);
}

TEST_CASE_METHOD(ServiceFixture, "Every field of a specification is stored as it was given") {
  JobSpec spec;
  spec.job_id = "bert-1";
  spec.job_id_prefix = "bert";
  spec.batch_sizes = {8, 1024};
  spec.default_batch_size = 1024;
  spec.eta_knob = 0.25;
  spec.beta_knob = std::nullopt;
  spec.target_metric = -0.5;
  spec.higher_is_better_metric = false;
  spec.max_epochs = 7;
  spec.num_pruning_rounds = 0;
  spec.window_size = 9;
  spec.mab_prior_mean = -3;
  spec.mab_prior_precision = 0.5;
  spec.mab_num_explorations = 5;
  spec.mab_seed = 18446744073709551615u;
  spec.max_power = 1000;
  spec.number_of_gpus = 4;
  spec.gpu_model = "A100";
  CreateJob(spec);
  CHECK(StoredJob("bert-1").spec == spec);
}

TEST_CASE_METHOD(ServiceFixture, "A job with a seed starts with the generator of that seed") {
  JobSpec spec = MakeSpec();
  spec.mab_seed = 12345;
  CreateJob(spec);
  CHECK(StoredJob().generator_state == random::Generator(12345).state());
}

TEST_CASE_METHOD(ServiceFixture, "Seed 0 is a seed, and no seed means no generator") {
  JobSpec zero = MakeSpec("zero");
  zero.mab_seed = 0;
  CreateJob(zero);
  CHECK(StoredJob("zero").generator_state == random::Generator(0).state());
  JobSpec none = MakeSpec("none");
  none.mab_seed = std::nullopt;
  CreateJob(none);
  CHECK_FALSE(StoredJob("none").generator_state.has_value());
}

TEST_CASE_METHOD(ServiceFixture, "Getting a job, a trial or an arm that is not there gives null") {
  CreateJob(MakeSpec());
  const Trial trial = CreateTrial(32, TrialType::kExploration);
  Commit([&](ZeusService& service) {
    CHECK(Value(service.GetJob("another")) == nullptr);
    CHECK(Value(service.GetTrial({"another", 32, 1})) == nullptr);
    CHECK(Value(service.GetTrial({"job", 32, trial.trial_number + 1})) == nullptr);
    CHECK(Value(service.GetArm("another", 32)) == nullptr);
    CHECK(Value(service.GetArm("job", 32)) == nullptr);
  });
}

TEST_CASE_METHOD(ServiceFixture, "A job that is not there has no arms and no explorations") {
  Commit([](ZeusService& service) {
    CHECK(Value(service.GetArms("another")).empty());
    CHECK(Value(service.GetExplorationsOfJob("another")).empty());
  });
}

TEST_CASE_METHOD(ServiceFixture, "The exploration default is set to a size of the job") {
  CreateJob(MakeSpec());
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    CHECK(Value(service.UpdateExpDefaultBatchSize("job", 64))->exp_default_batch_size == 64);
  });
  const Job job = StoredJob();
  CHECK(job.exp_default_batch_size == 64);
  CHECK(job.spec.default_batch_size == 32);
  CHECK(job.min_cost_batch_size == 32);
}

TEST_CASE_METHOD(ServiceFixture, "The stage is set to MAB, once or again") {
  CreateJob(MakeSpec());
  for (int i = 0; i < 2; ++i) {
    Commit([](ZeusService& service) {
      Value(service.GetJob("job"));
      CHECK(Value(service.UpdateJobStage("job", Stage::kMab))->stage == Stage::kMab);
    });
    CHECK(StoredJob().stage == Stage::kMab);
  }
}

TEST_CASE_METHOD(ServiceFixture, "Deleting a job says whether there was one") {
  CreateJob(MakeSpec());
  Commit([](ZeusService& service) {
    CHECK(Value(service.DeleteJob("job")));
    CHECK_FALSE(Value(service.DeleteJob("job")));
    CHECK_FALSE(Value(service.DeleteJob("another")));
  });
  Commit([](ZeusService& service) { CHECK_FALSE(Value(service.DeleteJob("job"))); });
}

TEST_CASE_METHOD(ServiceFixture, "A deleted job takes its trials and arms along, and its neighbours stay") {
  for (const char* job_id : {"job", "job2"}) {
    CreateJob(MakeSpec(job_id));
    Succeed(CreateTrial(32, TrialType::kExploration, job_id), 100, true);
    CreateArms({{.batch_size = 32}}, job_id);
  }
  Commit([](ZeusService& service) { CHECK(Value(service.DeleteJob("job"))); });
  Commit([](ZeusService& service) {
    CHECK(Value(service.GetJob("job")) == nullptr);
    CHECK(Value(service.GetTrial({"job", 32, 1})) == nullptr);
    CHECK(Value(service.GetArm("job", 32)) == nullptr);
    CHECK(Value(service.GetArms("job")).empty());
    CHECK(Value(service.GetExplorationsOfJob("job")).empty());
    CHECK(Value(service.GetJob("job2")) != nullptr);
    CHECK(Value(service.GetTrial({"job2", 32, 1})) != nullptr);
    CHECK(Value(service.GetArms("job2")).size() == 1);
  });
}

TEST_CASE_METHOD(ServiceFixture, "A job made again under a deleted name sees nothing of the old one") {
  CreateJob(MakeSpec());
  Succeed(CreateTrial(32, TrialType::kExploration), 100, true);
  CreateArms({{.batch_size = 32}});
  Commit([](ZeusService& service) {
    CHECK(Value(service.DeleteJob("job")));
    Value(service.CreateJob(MakeSpec()));
  });
  CHECK_FALSE(StoredJob().min_cost.has_value());
  CHECK(StoredArms().empty());
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    CHECK(Value(service.GetExplorationsOfJob("job")).empty());
    CHECK(Value(service.GetTrialResultsOfBatchSize("job", 32)).empty());
    CHECK(Value(service.GetTrial({"job", 32, 1})) == nullptr);
  });
  CHECK(CreateTrial(64, TrialType::kMab).trial_number == 1);
}

// Every kind of change, in one session.
void ChangeEverything(ZeusService& service) {
  Value(service.GetJob("job"));
  Value(service.GetTrial({"job", 32, 1}));
  Value(service.UpdateTrial({"job", 32, 1}, {TrialStatus::kSucceeded, Result{10, 100, true}}));
  Value(service.CreateTrial("job", 64, TrialType::kMab));
  Value(service.UpdateExpDefaultBatchSize("job", 64));
  Value(service.GetNormal("job", 0, 1));
  const std::vector<GaussianTsArm> arms = {{.batch_size = 16}, {.batch_size = 64}};
  CHECK_THAT(service.CreateArms("job", arms), testing::IsOk());
  CHECK_THAT(service.UpdateArmState({"job", 64, 2}, {.batch_size = 64, .param_mean = 5}), testing::IsOk());
  Value(service.UpdateJobStage("job", Stage::kMab));
  Value(service.CreateJob(MakeSpec("another")));
  Value(service.DeleteJob("old"));
}

TEST_CASE_METHOD(ServiceFixture, "The changes of a session are seen in it, by others only after its commit, then all") {
  CreateJob(MakeSpec());
  CreateJob(MakeSpec("old"));
  CreateTrial(32, TrialType::kExploration);
  const Rows before = StoredRows();
  Commit([&](ZeusService& service) {
    ChangeEverything(service);
    CHECK(Value(service.GetJob("job"))->stage == Stage::kMab);
    CHECK(Value(service.GetTrial({"job", 32, 1}))->status == TrialStatus::kSucceeded);
    CHECK(Value(service.GetArms("job")).size() == 2);
    CHECK(Value(service.GetExplorationsOfJob("job")).at(32).at(0).status == TrialStatus::kSucceeded);
    CHECK(Value(service.GetTrialResultsOfBatchSize("job", 32)).size() == 1);
    CHECK(Value(service.GetJob("old")) == nullptr);
    CHECK((StoredRows() == before));
  });
  const Job job = StoredJob();
  CHECK(job.stage == Stage::kMab);
  CHECK(job.min_cost == 100);
  CHECK(job.exp_default_batch_size == 64);
  CHECK(job.generator_state != random::Generator(1).state());
  CHECK(StoredTrial(32, 1).status == TrialStatus::kSucceeded);
  CHECK(StoredTrial(64, 2).status == TrialStatus::kDispatched);
  CHECK(StoredArms() == std::vector<GaussianTsArm>{{.batch_size = 16}, {.batch_size = 64, .param_mean = 5}});
  CHECK(StoredJob("another").stage == Stage::kPruning);
  Commit([](ZeusService& service) { CHECK(Value(service.GetJob("old")) == nullptr); });
}

TEST_CASE_METHOD(ServiceFixture, "A session that is dropped leaves nothing behind") {
  CreateJob(MakeSpec());
  CreateJob(MakeSpec("old"));
  CreateTrial(32, TrialType::kExploration);
  const Rows before = StoredRows();
  Drop(ChangeEverything);
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(ServiceFixture, "A refusal takes all changes of its session back") {
  CreateJob(MakeSpec());
  CreateJob(MakeSpec("old"));
  CreateTrial(32, TrialType::kExploration);
  const Rows before = StoredRows();
  const absl::Status status = Run([](ZeusService& service) {
    ChangeEverything(service);
    return service.CreateTrial("job", 17, TrialType::kMab).status();
  });
  CHECK_THAT(status, FailsWith(Reason::kBatchSizeNotInJob));
  CHECK((StoredRows() == before));
}

}  // namespace
}  // namespace zeus::bso
