#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "server/service/zeus_service.h"
#include "tests/server/service/fixture.h"

namespace zeus::bso {
namespace {

using testing::Describe;
using testing::IsOk;
using testing::MakeSpec;
using testing::Value;

class TrialsFixture : public testing::ServiceFixture {
 public:
  TrialsFixture() { CreateJob(MakeSpec()); }

  std::vector<TrialResult> Results(int64_t batch_size, const std::string& job_id = "job") {
    std::vector<TrialResult> results;
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      results = Value(service.GetTrialResultsOfBatchSize(job_id, batch_size));
    });
    return results;
  }

  CostMoments Moments(int64_t batch_size) {
    CostMoments moments;
    Commit([&](ZeusService& service) {
      Value(service.GetJob("job"));
      moments = Value(service.GetCostMoments("job", batch_size));
    });
    return moments;
  }

  std::vector<int64_t> ResultNumbers(int64_t batch_size, const std::string& job_id = "job") {
    std::vector<int64_t> numbers;
    for (const TrialResult& result : Results(batch_size, job_id)) numbers.push_back(result.trial_number);
    return numbers;
  }
};

TEST_CASE_METHOD(TrialsFixture, "A new trial is dispatched and starts now") {
  const Trial trial = CreateTrial(64, TrialType::kConcurrent);
  CHECK(trial.job_id == "job");
  CHECK(Describe(trial) == "trial 1 of 64: concurrent, dispatched");
  CHECK(trial.start_time == now);
  CHECK_FALSE(trial.end_time.has_value());
  const Trial stored = StoredTrial(64, 1);
  CHECK(stored.job_id == "job");
  CHECK(Describe(stored) == Describe(trial));
  CHECK(stored.start_time == now);
  CHECK_FALSE(stored.end_time.has_value());
}

TEST_CASE_METHOD(TrialsFixture, "Trial numbers are 1, 2, 3 across sizes and types, each job by itself") {
  CreateJob(MakeSpec("another"));
  CHECK(CreateTrial(32, TrialType::kExploration).trial_number == 1);
  CHECK(CreateTrial(16, TrialType::kConcurrent).trial_number == 2);
  CHECK(CreateTrial(32, TrialType::kExploration, "another").trial_number == 1);
  CHECK(CreateTrial(32, TrialType::kMab).trial_number == 3);
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    CHECK(Value(service.CreateTrial("job", 16, TrialType::kMab))->trial_number == 4);
    CHECK(Value(service.CreateTrial("job", 16, TrialType::kMab))->trial_number == 5);
  });
}

TEST_CASE_METHOD(TrialsFixture, "The number of a trial that ended is not used again") {
  Fail(CreateTrial(32, TrialType::kExploration));
  const Trial second = CreateTrial(32, TrialType::kExploration);
  CHECK(second.trial_number == 2);
  Succeed(second, 100, true);
  CHECK(CreateTrial(32, TrialType::kExploration).trial_number == 3);
}

TEST_CASE_METHOD(TrialsFixture, "A trial is found by its own size only") {
  CreateTrial(32, TrialType::kExploration);
  Commit([](ZeusService& service) {
    CHECK(Value(service.GetTrial({"job", 16, 1})) == nullptr);
    CHECK(Value(service.GetTrial({"job", 32, 1})) != nullptr);
    CHECK(Value(service.GetTrial({"job", 16, 1})) == nullptr);
  });
}

TEST_CASE_METHOD(TrialsFixture, "A trial succeeds with its result, converged or not") {
  const Trial good = CreateTrial(32, TrialType::kExploration);
  const Trial bad = CreateTrial(16, TrialType::kMab);
  now += absl::Seconds(60);
  CHECK(Describe(Succeed(good, 200, true)) == "trial 1 of 32: exploration, succeeded, 10 s 200 J converged");
  CHECK(Describe(Succeed(bad, 300, false)) == "trial 2 of 16: mab, succeeded, 10 s 300 J not converged");
  CHECK(Describe(StoredTrial(32, 1)) == "trial 1 of 32: exploration, succeeded, 10 s 200 J converged");
  CHECK(Describe(StoredTrial(16, 2)) == "trial 2 of 16: mab, succeeded, 10 s 300 J not converged");
  CHECK(StoredTrial(32, 1).start_time == now - absl::Seconds(60));
  CHECK(StoredTrial(32, 1).end_time == now);
}

TEST_CASE_METHOD(TrialsFixture, "A trial fails without a result, even when one is given, and lowers no cost") {
  const Trial trial = CreateTrial(16, TrialType::kExploration);
  now += absl::Seconds(60);
  EndTrial(trial, {.status = TrialStatus::kFailed, .result = Result{10, 100, true}});
  const Trial stored = StoredTrial(16, 1);
  CHECK(Describe(stored) == "trial 1 of 16: exploration, failed");
  CHECK_FALSE(stored.result.has_value());
  CHECK(stored.end_time == now);
  CHECK(Results(16).empty());
  CHECK_FALSE(StoredJob().min_cost.has_value());
  CHECK(StoredJob().min_cost_batch_size == 32);
}

TEST_CASE_METHOD(TrialsFixture, "The end of a trial is never before its start, though the clock steps back") {
  const absl::Time start = now;
  const Trial to_succeed = CreateTrial(32, TrialType::kExploration);
  const Trial to_fail = CreateTrial(16, TrialType::kExploration);
  now -= absl::Hours(1);
  CHECK(Succeed(to_succeed, 100, true).end_time == start);
  CHECK(Fail(to_fail).end_time == start);
  CHECK(StoredTrial(32, 1).end_time == start);
  CHECK(StoredTrial(16, 2).end_time == start);
}

TEST_CASE_METHOD(TrialsFixture, "The first converged trial sets the least cost and its size") {
  Succeed(CreateTrial(16, TrialType::kExploration), 200, true);
  CHECK(StoredJob().min_cost == 200);
  CHECK(StoredJob().min_cost_batch_size == 16);
}

TEST_CASE_METHOD(TrialsFixture, "A cheaper converged trial of any type lowers the least cost") {
  Succeed(CreateTrial(16, TrialType::kExploration), 200, true);
  Succeed(CreateTrial(64, TrialType::kConcurrent), 150, true);
  CHECK(StoredJob().min_cost == 150);
  CHECK(StoredJob().min_cost_batch_size == 64);
  Succeed(CreateTrial(16, TrialType::kMab), 100, true);
  CHECK(StoredJob().min_cost == 100);
  CHECK(StoredJob().min_cost_batch_size == 16);
}

TEST_CASE_METHOD(TrialsFixture, "A dearer converged trial, or one of equal cost, leaves the least cost and its size") {
  Succeed(CreateTrial(16, TrialType::kExploration), 200, true);
  Succeed(CreateTrial(64, TrialType::kExploration), std::nextafter(200, 1e9), true);
  Succeed(CreateTrial(64, TrialType::kExploration), 200, true);
  CHECK(StoredJob().min_cost == 200);
  CHECK(StoredJob().min_cost_batch_size == 16);
}

// The reference let a cheap failure lower the least cost, which stopped every later good run early.
TEST_CASE_METHOD(TrialsFixture, "A trial that did not converge leaves the least cost, however cheap") {
  Succeed(CreateTrial(64, TrialType::kExploration), 1, false);
  CHECK_FALSE(StoredJob().min_cost.has_value());
  CHECK(StoredJob().min_cost_batch_size == 32);
  Succeed(CreateTrial(16, TrialType::kExploration), 200, true);
  Succeed(CreateTrial(64, TrialType::kExploration), 1, false);
  CHECK(StoredJob().min_cost == 200);
  CHECK(StoredJob().min_cost_batch_size == 16);
}

TEST_CASE_METHOD(TrialsFixture, "The least cost is a cost: energy and time weighed by eta_knob") {
  JobSpec spec = MakeSpec("mixed");
  spec.eta_knob = 0.25;
  CreateJob(spec);
  const Trial trial = CreateTrial(16, TrialType::kExploration, "mixed");
  EndTrial(trial, {.status = TrialStatus::kSucceeded,
                   .result = Result{.time_seconds = 10, .energy_joules = 1000, .converged = true}});
  CHECK(StoredJob("mixed").min_cost == 0.25 * 1000 + 0.75 * 300 * 10);
}

TEST_CASE_METHOD(TrialsFixture, "Explorations are those of type Exploration that have not failed, ascending") {
  const Trial first = CreateTrial(32, TrialType::kExploration);
  const Trial failed = CreateTrial(32, TrialType::kExploration);
  CreateTrial(32, TrialType::kConcurrent);
  CreateTrial(32, TrialType::kMab);
  CreateTrial(16, TrialType::kExploration);
  const Trial last = CreateTrial(32, TrialType::kExploration);
  const Trial only_failed = CreateTrial(64, TrialType::kExploration);
  Succeed(last, 300, false);
  Succeed(first, 200, true);
  Fail(failed);
  Fail(only_failed);
  Commit([](ZeusService& service) {
    Explorations explorations = Value(service.GetExplorationsOfJob("job"));
    CHECK(Describe(explorations[16]) == std::vector<std::string>{"trial 5 of 16: exploration, dispatched"});
    CHECK(Describe(explorations[32]) ==
          std::vector<std::string>{"trial 1 of 32: exploration, succeeded, 10 s 200 J converged",
                                   "trial 6 of 32: exploration, succeeded, 10 s 300 J not converged"});
    CHECK(explorations[64].empty());
    CHECK(explorations.size() == 3);
  });
}

TEST_CASE_METHOD(TrialsFixture, "Results of a size are of its succeeded trials of all types, latest number first") {
  const Trial first = CreateTrial(32, TrialType::kExploration);
  const Trial second = CreateTrial(32, TrialType::kConcurrent);
  const Trial third = CreateTrial(32, TrialType::kMab);
  const Trial failed = CreateTrial(32, TrialType::kMab);
  CreateTrial(32, TrialType::kMab);
  Succeed(CreateTrial(16, TrialType::kMab), 1, true);
  Succeed(third, 300, true);
  Succeed(first, 100, true);
  Succeed(second, 200, false);
  Fail(failed);
  CHECK(Results(32) == std::vector<TrialResult>{{3, {10, 300, true}}, {2, {10, 200, false}}, {1, {10, 100, true}}});
  CHECK(Results(64).empty());
}

TEST_CASE_METHOD(TrialsFixture, "A window limits the results to the latest numbers, a window of 0 does not") {
  JobSpec windowed = MakeSpec("windowed");
  windowed.window_size = 2;
  CreateJob(windowed);
  for (const char* job_id : {"job", "windowed"}) {
    std::vector<Trial> trials;
    for (int i = 0; i < 3; ++i) trials.push_back(CreateTrial(32, TrialType::kMab, job_id));
    for (const size_t i : {2, 0, 1}) Succeed(trials[i], 100, true);
  }
  CHECK(ResultNumbers(32) == std::vector<int64_t>{3, 2, 1});
  CHECK(ResultNumbers(32, "windowed") == std::vector<int64_t>{3, 2});
}

CostMoments MomentsOfCosts(const std::vector<double>& costs) {
  CostMoments moments;
  for (const double cost : costs) moments.Add(cost);
  return moments;
}

TEST_CASE_METHOD(TrialsFixture,
                 "The moments of a size are those of all its results, of no other size and no other job") {
  CreateJob(MakeSpec("another"));
  CHECK(Moments(32) == CostMoments());
  Succeed(CreateTrial(32, TrialType::kExploration), 100, true);
  Succeed(CreateTrial(16, TrialType::kMab), 1, true);
  Succeed(CreateTrial(32, TrialType::kExploration, "another"), 7, true);
  Fail(CreateTrial(32, TrialType::kMab));
  Succeed(CreateTrial(32, TrialType::kMab), 300, false);
  CHECK(Moments(32) == MomentsOfCosts({100, 300}));
  CHECK(Moments(16) == MomentsOfCosts({1}));
}

TEST_CASE_METHOD(TrialsFixture, "Results of a server that kept no moments count as all others do") {
  Succeed(CreateTrial(32, TrialType::kExploration), 100, true);
  Succeed(CreateTrial(32, TrialType::kConcurrent), 200, true);
  EraseTable(storage::Table::kCostMoments);
  // Latest first, as the results are read.
  CHECK(Moments(32) == MomentsOfCosts({200, 100}));
  Succeed(CreateTrial(32, TrialType::kMab), 300, true);
  CHECK(Moments(32) == MomentsOfCosts({200, 100, 300}));
}

TEST_CASE_METHOD(TrialsFixture, "The moments are read without the results, however many there are") {
  Succeed(CreateTrial(32, TrialType::kExploration), 100, true);
  EraseTable(storage::Table::kResults);
  Succeed(CreateTrial(32, TrialType::kMab), 300, true);
  CHECK(Moments(32) == MomentsOfCosts({100, 300}));
}

TEST_CASE_METHOD(TrialsFixture, "A trial created in a session can end in it without being fetched") {
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(service.CreateTrial("job", 32, TrialType::kExploration));
    CHECK_THAT(service.UpdateTrial({"job", 32, 1}, {TrialStatus::kFailed, std::nullopt}).status(), IsOk());
  });
  CHECK(Describe(StoredTrial(32, 1)) == "trial 1 of 32: exploration, failed");
}

}  // namespace
}  // namespace zeus::bso
