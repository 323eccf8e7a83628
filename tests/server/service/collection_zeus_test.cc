// Jobs of the Zeus policy of which trials are collected.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/server/service/collection_fixture.h"

namespace zeus::bso {
namespace {

using testing::CollectionFixture;
using testing::CurvesSpec;
using testing::IsOk;
using testing::MakeSpec;
using testing::Value;

TEST_CASE_METHOD(CollectionFixture, "POLICY_ZEUS recounts from the sums of collected trials") {
  JobSpec spec = MakeSpec();
  spec.window_size = GENERATE(0, 3);
  CreateTwins(spec);
  Train(40);
  REQUIRE(StoredJob("old").stage == Stage::kMab);
  CollectAll();
  CheckTwins();
  Train(10);
  CheckTwins();
  Void(45);
  Void(47);
  Void(50);
  CheckTwins();
  CollectAll();
  Train(3);
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture,
                 "Explorations are kept until pruning is over, and results while they are in a window") {
  JobSpec spec = MakeSpec();
  spec.window_size = 2;
  CreateTwins(spec);
  Train(4);
  REQUIRE(StoredJob("old").stage == Stage::kPruning);
  CollectAll(1);
  CheckTwins();
  for (const Trial& trial : Kept()) CHECK(IsExploration(trial));
  CHECK(Kept().size() > 1);
  Train(30);
  REQUIRE(StoredJob("old").stage == Stage::kMab);
  CollectAll(1);
  std::map<int64_t, size_t> num_kept;
  for (const Trial& trial : Kept()) {
    CHECK(HasResult(trial));
    ++num_kept[trial.batch_size];
  }
  for (const auto& kept : num_kept) {
    Read([&](ZeusService& service) {
      Value(service.GetJob("twin"));
      CHECK(kept.second == Value(service.GetTrialResultsOfBatchSize("twin", kept.first)).size());
    });
  }
  CheckTwins();
  Train(10);
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture, "Failures that were collected still count when a later one does not any more") {
  JobSpec spec = MakeSpec();
  spec.max_failures_per_batch_size = 0;
  CreateTwins(spec);
  for (int i = 0; i < 12; ++i) {
    for (const std::string& job_id : jobs) {
      const Trial trial = CreateTrial(64, TrialType::kConcurrent, job_id);
      REQUIRE_THAT(TryEnd(KeyOf(trial), i == 3 ? TrialFailure::kInfeasible : TrialFailure::kFailed), IsOk());
    }
  }
  CollectAll(4);
  Void(10);
  CHECK(StoredJob("old").failures.at(64).num_failures == 10);
  CHECK(StoredJob("old").failures.at(64).infeasible);
  CHECK(StoredJob("old").latest_results.num_not_converged == 11);
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture,
                 "A job can be started with, or become, what a collected job of POLICY_ZEUS would know") {
  JobSpec spec = MakeSpec();
  spec.window_size = GENERATE(0, 2);
  CreateTwins(spec);
  Train(30);
  CollectAll(5);
  Train(6);
  CollectAll(5);
  for (const std::string& job_id : jobs) {
    Commit([&](ZeusService& service) { Value(service.CreateJob(CurvesSpec("from " + job_id), job_id)); });
  }
  // Of collected trials, those without epochs have taught something, too: which sizes crash.
  for (const int64_t batch_size : spec.batch_sizes) {
    const curves::SizeState state = StoredSize(batch_size, "from old").state;
    const curves::SizeState twin = StoredSize(batch_size, "from twin").state;
    CHECK(state.log_epochs == twin.log_epochs);
    CHECK(state.log_cost == Approx(twin.log_cost));
    CHECK(state.timed == twin.timed);
  }
  Update([](JobSpec& changed) {
    changed.policy = PolicyKind::kCurves;
    changed.batch_sizes.push_back(128);
    changed.target_metric = 0.75;
  });
  CheckTwins();
  Train(5);
  Void(41);
  Relearn();
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture,
                 "With more sizes than the curves policy allows, what a warm start learns from is kept") {
  JobSpec spec = MakeSpec();
  spec.batch_sizes.clear();
  for (int64_t size = 1; size <= 1'000; ++size) spec.batch_sizes.push_back(size);
  CreateTwins(spec);
  Train(12);
  CollectAll(1);
  CHECK_FALSE(StoredJob("old").history->num_collected == 0);
  for (const std::string& job_id : jobs) {
    Commit([&](ZeusService& service) { Value(service.CreateJob(CurvesSpec("from " + job_id), job_id)); });
  }
  CHECK(Knowledge("from old") == Knowledge("from twin"));
}

TEST_CASE_METHOD(CollectionFixture, "What ran when a base was made does not run any more") {
  CreateTwins(MakeSpec());
  Train(20);
  CollectAll();
  // As an import could have it.
  Commit([&](ZeusService& service) {
    Value(service.GetJob("old"));
    CurvesBase base = Value(service.GetCurvesBase("old")).value();
    for (CurvesSize& size : base.sizes) size.state.pending = 5;
    REQUIRE_THAT(service.session().PutCurvesBase("old", base), IsOk());
  });
  Update([](JobSpec& spec) { spec.policy = PolicyKind::kCurves; });
  for (const CurvesSize& size : StoredSizes("old")) CHECK(size.state.pending == 0);
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture, "Sums of a job whose server kept none survive its trials") {
  CreateTwins(MakeSpec());
  Train(30);
  EraseTable(storage::Table::kCostMoments);
  CollectAll(1);
  Train(10);
  CheckTwins();
}

}  // namespace
}  // namespace zeus::bso
