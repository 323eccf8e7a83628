// Trials that fail, and what their sizes are offered for after that.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "catch2/catch.hpp"
#include "server/service/optimizer.h"
#include "tests/server/service/optimizer_fixture.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::OptimizerFixture;
using testing::PlainSpec;

// A job in stage kMab with an arm for each of 16, 32 and 64.
class BanditFixture : public OptimizerFixture {
 public:
  BanditFixture() {
    JobSpec spec = PlainSpec({16, 32, 64}, 32);
    spec.mab_num_explorations = 1;
    REQUIRE_THAT(TryRegister(spec), IsOk());
    for (int i = 0; i < 3; ++i) ReachTarget(Start(), 100);
    const Trial first = Start();
    REQUIRE(first.type == TrialType::kMab);
    ReachTarget(first, 100);
  }

  // Begins again, with arms of which nothing is known.
  void BeginAgain() {
    REQUIRE_THAT(TryDelete("job"), IsOk());
    JobSpec spec = PlainSpec({16, 32, 64}, 32);
    spec.num_pruning_rounds = 0;
    REQUIRE_THAT(TryRegister(spec), IsOk());
    StartAndFail(TrialFailure::kCancelled);
  }

  // Fails trials of this size, whatever the bandit would pick.
  void Fail(int64_t batch_size, TrialFailure failure, int times) {
    for (int i = 0; i < times; ++i) {
      const Trial trial = CreateTrial(batch_size, TrialType::kMab);
      REQUIRE_THAT(TryEnd(KeyOf(trial), failure), IsOk());
    }
  }

  // The sizes of so many trials that all converge, each once.
  std::string SizesPicked(int num_trials) {
    std::set<int64_t> sizes;
    for (int i = 0; i < num_trials; ++i) {
      const Trial trial = Start();
      sizes.insert(trial.batch_size);
      ReachTarget(trial, 100 + i % 7);
    }
    return absl::StrJoin(sizes, ",");
  }
};

TEST_CASE_METHOD(OptimizerFixture, "A trial that fails says how, and its size is explored again") {
  REQUIRE_THAT(TryRegister(PlainSpec({16, 32, 64}, 32)), IsOk());
  const Trial failed = StartAndFail(TrialFailure::kCancelled);
  CHECK(StoredTrial(32, failed.trial_number).failure == TrialFailure::kCancelled);
  CHECK(Start().batch_size == 32);
  CHECK_THAT(TryReport({KeyOf(failed), 1, 1, 1, 1}).status(), FailsWith(Reason::kTrialFailed));
  CHECK(MetadataOf(TryReport({KeyOf(failed), 1, 1, 1, 1}).status()).at("failure") == "CANCELLED");
}

TEST_CASE_METHOD(OptimizerFixture, "A size is offered until it has failed as often as it may, then pruning goes on") {
  JobSpec spec = PlainSpec({16, 32, 64}, 32);
  spec.max_failures_per_batch_size = 2;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  CHECK(StartAndFail(TrialFailure::kFailed).batch_size == 32);
  CHECK(StartAndFail(TrialFailure::kFailed).batch_size == 32);
  CHECK(Start().batch_size == 64);
}

TEST_CASE_METHOD(OptimizerFixture, "With a limit of 0 a size that always fails is offered again and again") {
  JobSpec spec = PlainSpec({16, 32, 64}, 32);
  spec.max_failures_per_batch_size = 0;
  REQUIRE_THAT(TryRegister(spec), IsOk());
  for (int i = 0; i < 20; ++i) CHECK(StartAndFail(TrialFailure::kFailed).batch_size == 32);
}

TEST_CASE_METHOD(OptimizerFixture, "An infeasible size is never offered again, nor is any greater one") {
  REQUIRE_THAT(TryRegister(PlainSpec({8, 16, 32, 64, 128}, 32)), IsOk());
  for (int i = 0; i < 3; ++i) ReachTarget(Start(), 100);
  CHECK(StartAndFail(TrialFailure::kInfeasible).batch_size == 64);
  for (int i = 0; i < 20; ++i) {
    const Trial trial = Start();
    CHECK(trial.type == TrialType::kMab);
    CHECK(trial.batch_size <= 32);
    ReachTarget(trial, 100);
  }
}

TEST_CASE_METHOD(OptimizerFixture, "When every size has failed the error says which, and why") {
  REQUIRE_THAT(TryRegister(PlainSpec({32, 64}, 32)), IsOk());
  for (int i = 0; i < 3; ++i) CHECK(StartAndFail(TrialFailure::kFailed).batch_size == 32);
  CHECK(StartAndFail(TrialFailure::kInfeasible).batch_size == 64);
  const absl::Status status = TryStart();
  CHECK_THAT(status, FailsWith(Reason::kNothingConverged));
  CHECK_THAT(std::string(status.message()), Catch::EndsWith("32 (failed 3 times), 64 (infeasible)"));
  CHECK(MetadataOf(status).at("failed_batch_sizes") == "32");
  CHECK(MetadataOf(status).at("infeasible_batch_sizes") == "64");
}

TEST_CASE_METHOD(OptimizerFixture,
                 "While the default size is ruled out, concurrent trials run the size being explored") {
  REQUIRE_THAT(TryRegister(PlainSpec({16, 32, 64}, 32)), IsOk());
  for (int i = 0; i < 3; ++i) CHECK(StartAndFail(TrialFailure::kFailed).batch_size == 32);
  CHECK(Start().batch_size == 64);
  const Trial concurrent = Start();
  CHECK(concurrent.type == TrialType::kConcurrent);
  CHECK(concurrent.batch_size == 64);
}

TEST_CASE_METHOD(BanditFixture, "The bandit does not pick an arm that failed too often, until it has a result") {
  Fail(32, TrialFailure::kFailed, 2);
  const Trial running = CreateTrial(32, TrialType::kMab);
  Fail(32, TrialFailure::kTimedOut, 1);
  CHECK(SizesPicked(50) == "16,64");
  ReachTarget(running, 100);
  CHECK(SizesPicked(50) == "16,32,64");
}

TEST_CASE_METHOD(BanditFixture, "The bandit does not pick an arm that is infeasible, nor a greater one") {
  BeginAgain();
  Fail(32, TrialFailure::kInfeasible, 1);
  CHECK(SizesPicked(20) == "16");
}

TEST_CASE_METHOD(BanditFixture, "An arm of a size that has converged is picked after it ran out of memory") {
  Fail(32, TrialFailure::kInfeasible, 1);
  CHECK(StoredJob().failures.at(32) == BatchSizeFailures{.num_failures = 1});
  CHECK(SizesPicked(50) == "16,32,64");
}

TEST_CASE_METHOD(BanditFixture, "The bandit goes on picking arms of trials that were cancelled") {
  Fail(32, TrialFailure::kCancelled, 10);
  CHECK(SizesPicked(50) == "16,32,64");
}

TEST_CASE_METHOD(BanditFixture, "When no arm is left the error says which failed, and why") {
  BeginAgain();
  Fail(16, TrialFailure::kFailed, 3);
  Fail(32, TrialFailure::kInfeasible, 1);
  const absl::Status status = TryStart();
  CHECK_THAT(status, FailsWith(Reason::kNoBatchSizeLeft));
  CHECK_THAT(std::string(status.message()), Catch::EndsWith("16 (failed 3 times), 32 (infeasible), 64 (infeasible)"));
}

}  // namespace
}  // namespace zeus::bso
