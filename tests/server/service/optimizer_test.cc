#include "server/service/optimizer.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/random/generator.h"
#include "tests/server/service/optimizer_fixture.h"

// Starting trials, ending them and deleting jobs. Registration, reports and refits have files of their own.
namespace zeus::bso {
namespace {

using testing::Describe;
using testing::FailsWith;
using testing::IsOk;
using testing::MakeSpec;
using testing::OptimizerFixture;
using testing::PlainSpec;
using testing::Value;

const std::vector<int64_t> kOptimizerSizes = {16, 32, 64};

TEST_CASE_METHOD(OptimizerFixture, "A job explores its sizes round by round, then the bandit picks") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  std::vector<std::string> started;
  for (int i = 0; i < 6; ++i) {
    const Trial trial = Start();
    CHECK(StoredJob().stage == Stage::kPruning);
    CHECK(StoredArms().empty());
    started.push_back(Describe(trial));
    ReachTarget(trial, trial.batch_size == 64 ? 90 : 100);
  }
  CHECK(started ==
        std::vector<std::string>{"trial 1 of 32: exploration, dispatched", "trial 2 of 16: exploration, dispatched",
                                 "trial 3 of 64: exploration, dispatched", "trial 4 of 64: exploration, dispatched",
                                 "trial 5 of 32: exploration, dispatched", "trial 6 of 16: exploration, dispatched"});
  const Trial picked = Start();
  CHECK(picked.type == TrialType::kMab);
  CHECK(picked.trial_number == 7);
  CHECK(StoredJob().stage == Stage::kMab);
  CHECK(StoredArms().size() == 3);
}

TEST_CASE_METHOD(OptimizerFixture, "A started trial is stored as it is answered, and starts now") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const Trial trial = Start();
  CHECK(trial.start_time == now);
  CHECK(Describe(StoredTrial(trial.batch_size, trial.trial_number)) == Describe(trial));
}

TEST_CASE_METHOD(OptimizerFixture, "While an exploration is running others run the best size known") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const Trial first = Start();
  CHECK(Describe(Start()) == "trial 2 of 32: concurrent, dispatched");
  ReachTarget(first, 100);
  const Trial second = Start();
  REQUIRE(Describe(second) == "trial 3 of 16: exploration, dispatched");
  CHECK(Describe(Start()) == "trial 4 of 32: concurrent, dispatched");
  ReachTarget(second, 90);
  REQUIRE(Describe(Start()) == "trial 5 of 64: exploration, dispatched");
  CHECK(Describe(Start()) == "trial 6 of 16: concurrent, dispatched");
}

TEST_CASE_METHOD(OptimizerFixture, "A failed exploration does not count: its size is explored again") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  REQUIRE_THAT(TryEnd(KeyOf(Start())), IsOk());
  CHECK(Describe(Start()) == "trial 2 of 32: exploration, dispatched");
}

TEST_CASE_METHOD(OptimizerFixture, "Only survivors become arms") {
  REQUIRE_THAT(TryRegister(PlainSpec(kOptimizerSizes, 32)), IsOk());
  ReachTarget(Start(), 100);
  RunOut(Start(), 100);
  ReachTarget(Start(), 80);
  Start();
  CHECK(StoredArms() ==
        std::vector<GaussianTsArm>{FitArm(PlainSpec(kOptimizerSizes, 32), 32, std::vector<double>{100}),
                                   FitArm(PlainSpec(kOptimizerSizes, 32), 64, std::vector<double>{80})});
}

TEST_CASE_METHOD(OptimizerFixture,
                 "Arms are fit on the explorations that have not failed, in the order of their numbers") {
  JobSpec spec = PlainSpec({32}, 32);
  spec.num_pruning_rounds = 3;
  spec.mab_prior_mean = -2;
  spec.mab_prior_precision = 1;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  // Costs whose sum depends on the order of the addends.
  const std::vector<double> costs = {0.1, 0.2, 0.3};
  const GaussianTsArm expected = FitArm(spec, 32, costs);
  REQUIRE(expected != FitArm(spec, 32, std::vector<double>(costs.rbegin(), costs.rend())));
  ReachTarget(Start(), costs[0]);
  REQUIRE_THAT(TryEnd(KeyOf(Start())), IsOk());
  const Trial third = Start();
  const Trial concurrent = Start();
  REQUIRE(concurrent.type == TrialType::kConcurrent);
  ReachTarget(concurrent, 1000);
  ReachTarget(third, costs[1]);
  ReachTarget(Start(), costs[2]);
  REQUIRE(Start().type == TrialType::kMab);
  CHECK(StoredArms() == std::vector<GaussianTsArm>{expected});
}

TEST_CASE_METHOD(OptimizerFixture, "The costs of arms weigh energy and time by eta_knob") {
  JobSpec spec = PlainSpec({32}, 32);
  spec.eta_knob = 0.5;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  ReachTarget(Start(), 100);
  Start();
  REQUIRE(StoredArms().size() == 1);
  CHECK(StoredArms()[0].param_mean == -(0.5 * 100 + 0.5 * 300 * 10));
}

TEST_CASE_METHOD(OptimizerFixture,
                 "A later round in which nothing converges goes on to the bandit with the survivors") {
  JobSpec spec = PlainSpec(kOptimizerSizes, 32);
  spec.num_pruning_rounds = 2;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  for (const double cost : {100, 90, 110}) ReachTarget(Start(), cost);
  // The cheapest was 16: it ends the walk down, and 32 the walk up.
  for (const int64_t size : {16, 32}) {
    const Trial trial = Start();
    REQUIRE(trial.batch_size == size);
    RunOut(trial, 100);
  }
  CHECK(Start().type == TrialType::kMab);
  CHECK(StoredJob().stage == Stage::kMab);
  CHECK(StoredArms() == std::vector<GaussianTsArm>{FitArm(spec, 16, std::vector<double>{90, 100}),
                                                   FitArm(spec, 32, std::vector<double>{100, 100}),
                                                   FitArm(spec, 64, std::vector<double>{110})});
}

TEST_CASE_METHOD(OptimizerFixture,
                 "When nothing converges in the first round no trial starts, and the job stays as it is") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  RunOut(Start(), 100);
  RunOut(Start(), 100);
  const testing::Rows before = StoredRows();
  const absl::Status status = TryStart();
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK(MetadataOf(status).at("batch_sizes") == "32,64");
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(OptimizerFixture, "The bandit's draws move the generator of the job: first an order, then normals") {
  JobSpec spec = PlainSpec(kOptimizerSizes, 32);
  spec.mab_num_explorations = 1;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  for (const double cost : {100, 90, 110}) ReachTarget(Start(), cost);
  random::Generator expected(*spec.mab_seed);
  CHECK(StoredJob().generator_state == expected.state());
  for (int i = 0; i < 2; ++i) {
    // Each arm has one observation, so that its draw is its mean: the cheapest wins.
    CHECK(Start().batch_size == 16);
    expected.Choice(kOptimizerSizes);
    for (const double mean : {-90, -100, -110}) CHECK(expected.Normal(mean, 0) == mean);
    CHECK(StoredJob().generator_state == expected.state());
  }
}

TEST_CASE_METHOD(OptimizerFixture, "The bandit first tries sizes with too few observations, in the order drawn") {
  REQUIRE_THAT(TryRegister(PlainSpec(kOptimizerSizes, 32)), IsOk());
  for (const double cost : {100, 90, 110}) ReachTarget(Start(), cost);
  random::Generator expected(1);
  CHECK(Start().batch_size == expected.Choice(kOptimizerSizes)[0]);
  CHECK(StoredJob().generator_state == expected.state());
}

TEST_CASE_METHOD(OptimizerFixture, "A job in stage MAB without arms has nothing to pick from") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(service.UpdateJobStage("job", Stage::kMab));
  });
  CHECK_THAT(TryStart(), FailsWith(Reason::kNoArms));
}

TEST_CASE_METHOD(OptimizerFixture, "Without pruning arms start at the prior") {
  JobSpec spec = PlainSpec(kOptimizerSizes, 32);
  spec.num_pruning_rounds = 0;
  spec.mab_prior_mean = -50;
  spec.mab_prior_precision = 2;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  const Trial trial = Start();
  CHECK(trial.type == TrialType::kMab);
  CHECK(trial.trial_number == 1);
  CHECK(StoredJob().stage == Stage::kMab);
  CHECK(StoredArms() == std::vector<GaussianTsArm>{{16, -50, 2, 0, 0}, {32, -50, 2, 0, 0}, {64, -50, 2, 0, 0}});
}

TEST_CASE_METHOD(OptimizerFixture,
                 "Without pruning each size is tried mab_num_explorations times, at least once, at first") {
  for (const int64_t num_explorations : {0, 1, 3}) {
    JobSpec spec = PlainSpec(kOptimizerSizes, 32);
    spec.job_id = absl::StrCat("job-", num_explorations);
    spec.num_pruning_rounds = 0;
    spec.mab_num_explorations = num_explorations;
    REQUIRE_THAT(TryRegister(spec), IsOk());
    const int64_t times = std::max<int64_t>(num_explorations, 1);
    std::map<int64_t, int64_t> tried;
    // One size is by far the best, so that only the rule brings the others on.
    for (int64_t i = 0; i < 3 * times; ++i) {
      const Trial trial = Start(spec.job_id);
      ++tried[trial.batch_size];
      ReachTarget(trial, trial.batch_size == 16 ? 1 : 1000);
    }
    CHECK(tried == std::map<int64_t, int64_t>{{16, times}, {32, times}, {64, times}});
    CHECK(Start(spec.job_id).batch_size == 16);
  }
}

TEST_CASE_METHOD(OptimizerFixture, "A job that does not exist starts no trial") {
  CHECK_THAT(TryStart("another"), FailsWith(Reason::kJobNotFound));
}

TEST_CASE_METHOD(OptimizerFixture, "A running trial that is ended has failed, now and without a result") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const Trial trial = Start();
  now += absl::Seconds(5);
  CHECK_THAT(TryEnd(KeyOf(trial)), IsOk());
  const Trial ended = StoredTrial(32, 1);
  CHECK(Describe(ended) == "trial 1 of 32: exploration, failed");
  CHECK(ended.end_time == now);
}

TEST_CASE_METHOD(OptimizerFixture, "A trial that has ended stays as it is when it is ended again") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const Trial failed = Start();
  REQUIRE_THAT(TryEnd(KeyOf(failed)), IsOk());
  const Trial succeeded = Start();
  ReachTarget(succeeded, 100);
  const testing::Rows before = StoredRows();
  now += absl::Seconds(5);
  Commit([&](ZeusService& service) {
    CHECK(Value(Optimizer(service).EndTrial(KeyOf(failed)))->status == TrialStatus::kFailed);
    CHECK(Value(Optimizer(service).EndTrial(KeyOf(succeeded)))->status == TrialStatus::kSucceeded);
  });
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(OptimizerFixture, "Ending what does not exist says what that is") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  Start();
  CHECK_THAT(TryEnd({"another", 32, 1}), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(TryEnd({"job", 32, 2}), FailsWith(Reason::kTrialNotFound));
  CHECK_THAT(TryEnd({"job", 16, 1}), FailsWith(Reason::kTrialNotFound));
  CHECK(StoredTrial(32, 1).status == TrialStatus::kDispatched);
}

TEST_CASE_METHOD(OptimizerFixture, "A deleted job is unknown to every call, and can be registered anew") {
  REQUIRE_THAT(TryRegister(MakeSpec()), IsOk());
  const Trial trial = Start();
  CHECK_THAT(TryDelete("job"), IsOk());
  CHECK_THAT(TryDelete("job"), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(TryStart(), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(TryEnd(KeyOf(trial)), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(TryReport({KeyOf(trial), 10, 100, 1, 1}).status(), FailsWith(Reason::kJobNotFound));
  bool created = false;
  REQUIRE_THAT(TryRegister(MakeSpec(), &created), IsOk());
  CHECK(created);
  CHECK(Describe(Start()) == "trial 1 of 32: exploration, dispatched");
}

}  // namespace
}  // namespace zeus::bso
