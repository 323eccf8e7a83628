#include <map>
#include <vector>

#include "catch2/catch.hpp"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/service/optimizer.h"
#include "tests/server/service/optimizer_fixture.h"

namespace zeus::bso {
namespace {

using testing::Describe;
using testing::IsOk;
using testing::PlainSpec;
using testing::Value;

// A job of one size, so that every trial is of arm 32, with a prior that every fit starts from.
JobSpec OneSizeSpec(int64_t window_size) {
  JobSpec spec = PlainSpec({32}, 32);
  spec.mab_prior_mean = -20;
  spec.mab_prior_precision = 0.125;
  spec.window_size = window_size;
  return spec;
}

class RefitFixture : public testing::OptimizerFixture {
 public:
  void Register(const JobSpec& spec) {
    spec_ = spec;
    REQUIRE_THAT(TryRegister(spec), IsOk());
  }

  // The arm of `batch_size` fit on these costs.
  GaussianTsArm Fit(std::vector<double> costs, int64_t batch_size = 32) const {
    return FitArm(spec_, batch_size, costs);
  }

  GaussianTsArm StoredArm() {
    const std::vector<GaussianTsArm> arms = StoredArms();
    REQUIRE(arms.size() == 1);
    return arms[0];
  }

  Trial StartMab() {
    Trial trial = Start();
    REQUIRE(trial.type == TrialType::kMab);
    return trial;
  }

 private:
  JobSpec spec_;
};

TEST_CASE_METHOD(RefitFixture, "The report of a MAB trial refits its arm from the prior on all its results") {
  Register(OneSizeSpec(/*window_size=*/0));
  ReachTarget(Start(), 100);
  const Trial second = StartMab();
  CHECK(StoredArm() == Fit({100}));
  ReachTarget(second, 140);
  CHECK(StoredArm() == Fit({100, 140}));
  // Not converged counts as well.
  RunOut(StartMab(), 60);
  CHECK(StoredArm() == Fit({140, 100, 60}));
}

TEST_CASE_METHOD(RefitFixture, "A trial that was stopped early counts in the refit with what it cost so far") {
  JobSpec spec = OneSizeSpec(/*window_size=*/0);
  spec.beta_knob = 1.5;
  Register(spec);
  ReachTarget(Start(), 100);
  CHECK_FALSE(ReachTarget(StartMab(), 180).converged);
  CHECK(StoredArm() == Fit({100, 180}));
}

TEST_CASE_METHOD(RefitFixture, "Only the arm of the trial's size changes") {
  Register(PlainSpec({16, 32, 64}, 32));
  for (const double cost : {100, 90, 110}) ReachTarget(Start(), cost);
  const Trial trial = StartMab();
  std::vector<GaussianTsArm> expected = {Fit({90}, 16), Fit({100}, 32), Fit({110}, 64)};
  REQUIRE(StoredArms() == expected);
  ReachTarget(trial, 200);
  for (GaussianTsArm& arm : expected) {
    if (arm.batch_size == trial.batch_size) arm = Fit({-arm.param_mean, 200}, arm.batch_size);
  }
  CHECK(StoredArms() == expected);
}

TEST_CASE_METHOD(RefitFixture, "While training goes on the arm stays, and so it does when a report is repeated") {
  Register(OneSizeSpec(/*window_size=*/0));
  ReachTarget(Start(), 100);
  const Trial trial = StartMab();
  CHECK_FALSE(Value(TryReport({KeyOf(trial), 10, 140, 0, 1})).stop_train);
  CHECK(StoredArm() == Fit({100}));
  ReachTarget(trial, 140);
  ReachTarget(trial, 140);
  CHECK(StoredArm() == Fit({100, 140}));
}

TEST_CASE_METHOD(RefitFixture, "A trial that ended without a result leaves its arm and no later refit sees it") {
  Register(OneSizeSpec(/*window_size=*/0));
  ReachTarget(Start(), 100);
  REQUIRE_THAT(TryEnd(KeyOf(StartMab())), IsOk());
  CHECK(StoredArm() == Fit({100}));
  ReachTarget(StartMab(), 140);
  CHECK(StoredArm() == Fit({100, 140}));
}

TEST_CASE_METHOD(RefitFixture, "A window keeps as many of the latest results, the present one included") {
  Register(OneSizeSpec(/*window_size=*/2));
  ReachTarget(Start(), 100);
  ReachTarget(StartMab(), 140);
  CHECK(StoredArm() == Fit({100, 140}));
  ReachTarget(StartMab(), 60);
  CHECK(StoredArm() == Fit({140, 60}));
  ReachTarget(StartMab(), 80);
  CHECK(StoredArm() == Fit({60, 80}));
}

TEST_CASE_METHOD(RefitFixture, "A window of one keeps only the present result") {
  Register(OneSizeSpec(/*window_size=*/1));
  ReachTarget(Start(), 100);
  ReachTarget(StartMab(), 140);
  CHECK(StoredArm() == Fit({140}));
}

TEST_CASE_METHOD(RefitFixture, "The oldest result, which goes from a full window, is that of the least trial number") {
  Register(OneSizeSpec(/*window_size=*/2));
  ReachTarget(Start(), 100);
  const Trial second = StartMab();
  const Trial third = StartMab();
  const Trial fourth = StartMab();
  ReachTarget(third, 140);
  CHECK(StoredArm() == Fit({100, 140}));
  ReachTarget(second, 60);
  CHECK(StoredArm() == Fit({140, 60}));
  // The second was reported last, and yet it is older than the third.
  ReachTarget(fourth, 80);
  CHECK(StoredArm() == Fit({140, 80}));
}

// The reference adds the present result behind the others: these latest first, or ascending when the window is full.
// Another order has another rounding, which a variance of nearly equal costs makes large.
TEST_CASE_METHOD(RefitFixture, "A refit adds its costs up in the order of the reference") {
  const std::vector<double> costs = {0.2, 0.7, 0.1, 1.1, 0.3};
  Register(OneSizeSpec(/*window_size=*/4));
  ReachTarget(Start(), costs[0]);
  ReachTarget(StartMab(), costs[1]);
  ReachTarget(StartMab(), costs[2]);
  const GaussianTsArm in_order = Fit({costs[1], costs[0], costs[2]});
  REQUIRE(in_order != Fit({costs[2], costs[1], costs[0]}));
  CHECK(StoredArm() == in_order);
  ReachTarget(StartMab(), costs[3]);
  ReachTarget(StartMab(), costs[4]);
  const GaussianTsArm in_order_when_full = Fit({costs[1], costs[2], costs[3], costs[4]});
  REQUIRE(in_order_when_full != Fit({costs[3], costs[2], costs[1], costs[4]}));
  REQUIRE(in_order_when_full != Fit({costs[4], costs[3], costs[2], costs[1]}));
  CHECK(StoredArm() == in_order_when_full);
}

TEST_CASE_METHOD(RefitFixture, "The window of one size does not see the results of others") {
  JobSpec spec = PlainSpec({16, 32}, 32);
  spec.window_size = 2;
  Register(spec);
  for (const double cost : {100, 90}) ReachTarget(Start(), cost);
  // Both sizes lack one observation of the two asked for: each is picked once.
  std::map<int64_t, double> latest;
  for (const double cost : {120, 130}) {
    const Trial trial = StartMab();
    latest[trial.batch_size] = cost;
    ReachTarget(trial, cost);
  }
  CHECK(StoredArms() == std::vector<GaussianTsArm>{Fit({90, latest[16]}, 16), Fit({100, latest[32]}, 32)});
}

// The reference answered 400 and left such a trial dispatched for ever.
TEST_CASE_METHOD(RefitFixture, "A concurrent trial reported in stage MAB is recorded and taken in at the next refit") {
  Register(OneSizeSpec(/*window_size=*/0));
  const Trial exploration = Start();
  const Trial concurrent = Start();
  REQUIRE(concurrent.type == TrialType::kConcurrent);
  ReachTarget(exploration, 100);
  const Trial mab = StartMab();
  const Verdict verdict = ReachTarget(concurrent, 90);
  CHECK(verdict.stop_train);
  CHECK(verdict.converged);
  CHECK(Describe(StoredTrial(32, 2)) == "trial 2 of 32: concurrent, succeeded, 10 s 90 J converged");
  CHECK(StoredJob().min_cost == 90);
  CHECK(StoredArm() == Fit({100}));
  ReachTarget(mab, 140);
  CHECK(StoredArm() == Fit({90, 100, 140}));
}

TEST_CASE_METHOD(RefitFixture, "An exploration reported in stage MAB is recorded and taken in at the next refit") {
  Register(OneSizeSpec(/*window_size=*/0));
  const Trial first = Start();
  const Trial late = CreateTrial(32, TrialType::kExploration);
  ReachTarget(first, 100);
  const Trial mab = StartMab();
  // Running when the arms were built: no part of them.
  CHECK(StoredArm() == Fit({100}));
  CHECK_FALSE(RunOut(late, 90).converged);
  CHECK(Describe(StoredTrial(32, 2)) == "trial 2 of 32: exploration, succeeded, 10 s 90 J not converged");
  CHECK(StoredArm() == Fit({100}));
  ReachTarget(mab, 140);
  CHECK(StoredArm() == Fit({90, 100, 140}));
}

TEST_CASE_METHOD(RefitFixture, "A trial of a size that has no arm is recorded and makes none") {
  Register(PlainSpec({16, 32}, 32));
  ReachTarget(Start(), 100);
  RunOut(Start(), 100);
  StartMab();
  REQUIRE(StoredArms() == std::vector<GaussianTsArm>{Fit({100})});
  for (const TrialType type : {TrialType::kConcurrent, TrialType::kMab}) {
    CHECK(ReachTarget(CreateTrial(16, type), 90).converged);
  }
  CHECK(StoredArms() == std::vector<GaussianTsArm>{Fit({100})});
  CHECK(StoredJob().min_cost_batch_size == 16);
}

}  // namespace
}  // namespace zeus::bso
