// Jobs of the curves policy of which trials are collected.
#include "server/service/collection.h"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/server/service/collection_fixture.h"

namespace zeus::bso {
namespace {

using testing::CollectionFixture;
using testing::CurvesSpec;
using testing::IsOk;
using testing::Value;

TEST_CASE_METHOD(CollectionFixture, "The oldest trials are collected in the order of their ends, and none that runs") {
  CreateTwins(CurvesSpec());
  const Trial lasting = Start("old");
  std::vector<Trial> running;
  for (int i = 0; i < 3; ++i) running.push_back(Start("old"));
  Train(20);
  for (const Trial& trial : running) Run(trial);
  CHECK_FALSE(Find("old", 24).has_value());
  CollectAll();
  CHECK(KeptNumbers() == std::vector<int64_t>{1, 2, 3, 4, 19, 20, 21, 22, 23, 24});
  const TrialHistory history = StoredJob("old").history.value();
  CHECK(history.begin == 19);
  CHECK(history.first == 1);
  CHECK(history.num_collected == 14);
  CHECK(history.latest_results.last_trial_number == 18);
  Run(lasting);
  CollectAll(2);
  CHECK(KeptNumbers() == std::vector<int64_t>{1, 4});
  CHECK(StoredJob("old").history->begin == 25);
  Start("old");
  CHECK(KeptNumbers() == std::vector<int64_t>{1, 4, 25});
}

TEST_CASE_METHOD(CollectionFixture, "What collected trials taught is the base from which a job is learned anew") {
  CreateTwins(CurvesSpec());
  Train(40);
  CollectAll();
  CheckTwins();
  Train(10);
  Void(45);
  Void(48);
  Relearn();
  CheckTwins();
  CollectAll();
  Void(46);
  Relearn();
  CheckTwins();
  Train(10);
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture, "What was done to a job between its trials is part of the base, once") {
  CreateTwins(CurvesSpec());
  Train(15);
  Update([](JobSpec& spec) { spec.target_metric = 0.75; });
  Train(15);
  for (const std::string& job_id : jobs) {
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      Value(service.ProfileJob(job_id, std::vector<curves::EpochProfile>{{.batch_size = 64, .epoch = {1, 70, 0.05}}}));
    });
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      Value(ResetBatchSize(service, job_id, 32));
    });
  }
  Train(5);
  CollectAll(20);
  Update([](JobSpec& spec) { spec.gpu_model = "another"; });
  Train(10);
  CollectAll(3);
  Void(44);
  Relearn();
  CheckTwins();
  Update([](JobSpec& spec) { spec.eta_knob = 0.5; });
  Train(5);
  Void(50);
  Relearn();
  CHECK(StoredJob("old").min_cost.has_value());
  CHECK(Knowledge("old").second[1].num_converged == Knowledge("twin").second[1].num_converged);
}

TEST_CASE_METHOD(CollectionFixture, "What was done before a collected trial that taught nothing is in the base once") {
  CreateTwins(CurvesSpec());
  Train(22);
  Update([](JobSpec& spec) { spec.target_metric = 0.75; });
  Train(11);
  CollectAll();
  REQUIRE(StoredJob("old").history->latest_results.last_trial_number == 23);
  REQUIRE(Kept("twin").at(22).failure == TrialFailure::kCancelled);
  Void(30);
  Relearn();
  CheckTwins();
}

TEST_CASE_METHOD(CollectionFixture,
                 "Sizes that are removed and added again begin anew, also if trials were collected") {
  CreateTwins(CurvesSpec());
  Train(30);
  CollectAll();
  Update([](JobSpec& spec) { spec.batch_sizes = {32, 64}; });
  Train(5);
  Update([](JobSpec& spec) { spec.batch_sizes = {16, 32, 64, 128}; });
  CheckTwins();
  Train(15);
  CollectAll(4);
  CheckTwins();
  Void(50);
  Relearn();
  // The base has also learned from the trials at the size that was removed.
  for (const std::string& job_id : jobs) {
    const CurvesSize size = StoredSize(16, job_id);
    int64_t num_trials = 0;
    for (const Trial& trial : Kept("twin")) num_trials += trial.trial_number > 35 && trial.batch_size == 16 ? 1 : 0;
    CHECK(size.num_trials == num_trials);
    CHECK(size.state.runs == StoredSize(16, "twin").state.runs);
  }
  CHECK(StoredJob("old").min_cost == StoredJob("twin").min_cost);
}

TEST_CASE_METHOD(CollectionFixture, "What was found before a correction is not collected after it") {
  CreateTwins(CurvesSpec());
  Train(20);
  const Collection found = Find().value();
  SECTION("a void trial") { Void(15); }
  SECTION("an update") {
    Update([](JobSpec& spec) { spec.target_metric = 0.6; });
  }
  SECTION("the job was registered again") {
    REQUIRE_THAT(TryDelete("old"), IsOk());
    CreateJob(CurvesSpec("old"));
    for (int i = 0; i < 20; ++i) Run(Start("old"));
  }
  CHECK_FALSE(Take(found));
  CHECK(KeptNumbers().size() == 20);
  CHECK_FALSE(StoredJob("old").history.has_value());
  REQUIRE_THAT(TryDelete("old"), IsOk());
  CHECK_FALSE(Take(found));
}

TEST_CASE_METHOD(CollectionFixture, "Many trials are collected in parts, each with the base after it") {
  CreateTwins(CurvesSpec());
  Train(450);
  std::vector<Collection> parts;
  Read([&](ZeusService& service) {
    parts = Value(FindCollections(service, "old", 5, [] { return false; }));
    CHECK(Value(FindCollections(service, "old", 5, [] { return true; })).empty());
  });
  REQUIRE(parts.size() == 3);
  for (const Collection& part : parts) {
    CHECK(part.trials.back().trial_number == part.history.latest_results.last_trial_number);
  }
  REQUIRE(Take(parts[0]));
  REQUIRE(Take(parts[1]));
  CHECK(StoredJob("old").history->num_collected == 400);
  Void(440);
  Relearn();
  CheckTwins();
  CHECK_FALSE(Take(parts[2]));
  CollectAll(5);
  CHECK(StoredJob("old").history->num_collected == 445);
}

TEST_CASE_METHOD(CollectionFixture, "Nothing is collected while a job is to be learned anew") {
  CreateTwins(CurvesSpec());
  Train(20);
  Void(15);
  REQUIRE(StoredJob("old").relearning.has_value());
  CHECK_FALSE(Find().has_value());
  Relearn();
  CHECK(Find().has_value());
}

TEST_CASE_METHOD(CollectionFixture, "A trial whose late result came in between is not collected") {
  CreateTwins(CurvesSpec());
  const Trial silent = Start("old");
  now += absl::Hours(48);
  Train(20);
  REQUIRE(Stored(silent).failure == TrialFailure::kTimedOut);
  const Collection found = Find().value();
  REQUIRE(found.trials.front().trial_number == silent.trial_number);
  CHECK(TakeReport(silent, 100, 900, 0).stop_train);
  CHECK_FALSE(Take(found));
  CollectAll(1);
  CHECK(KeptNumbers() == std::vector<int64_t>{1});
}

}  // namespace
}  // namespace zeus::bso
