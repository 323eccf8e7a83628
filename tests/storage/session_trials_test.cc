// Trials within a session: their numbers, their ends, and what is read by batch size.
#include <vector>

#include "catch2/catch.hpp"
#include "storage/session.h"
#include "tests/storage/session_fixture.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::Value;

class SessionTrialsFixture : public SessionFixture {
 public:
  SessionTrialsFixture() { AddJob(); }
};

TEST_CASE_METHOD(SessionTrialsFixture, "Trials of a job are numbered from 1 whatever their batch size") {
  StartTrial(32);
  StartTrial(16);
  StartTrial(32);
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 32 Dispatched, 2: 16 Dispatched, 3: 32 Dispatched");
}

TEST_CASE_METHOD(SessionTrialsFixture, "Each job numbers its own trials") {
  AddJob("other");
  StartTrial(32);
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("other")) != nullptr);
    CHECK(Value(session.InsertTrial("other", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}))
              ->trial_number == 1);
  });
}

TEST_CASE_METHOD(SessionTrialsFixture, "Several trials of one session have numbers that follow each other") {
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    CHECK(
        Value(session.InsertTrial("job", {.batch_size = 16, .type = TrialType::kMab, .time = kStart}))->trial_number ==
        1);
    CHECK(
        Value(session.InsertTrial("job", {.batch_size = 16, .type = TrialType::kMab, .time = kStart}))->trial_number ==
        2);
  });
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 16 Dispatched, 2: 16 Dispatched");
}

TEST_CASE_METHOD(SessionTrialsFixture, "The number of a trial that failed is not used again") {
  AddTrial(32, std::nullopt, TrialType::kExploration);
  AddTrial(32, std::nullopt, TrialType::kExploration);
  StartTrial(32, TrialType::kExploration);
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 32 Failed, 2: 32 Failed, 3: 32 Dispatched");
}

TEST_CASE_METHOD(SessionTrialsFixture, "Numbers go on after a restart") {
  AddTrial(32, std::nullopt);
  StartTrial(16);
  Reopen();
  StartTrial(64);
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 32 Failed, 2: 16 Dispatched, 3: 64 Dispatched");
}

TEST_CASE_METHOD(SessionTrialsFixture, "A trial of a session that was dropped leaves no gap in the numbers") {
  {
    Session dropped = Begin();
    REQUIRE(Value(dropped.FetchJob("job")) != nullptr);
    REQUIRE(
        Value(dropped.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}))->trial_number ==
        1);
  }
  StartTrial(16);
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 16 Dispatched");
}

TEST_CASE_METHOD(SessionTrialsFixture, "A new trial runs since its start") {
  const TrialType type = GENERATE(TrialType::kExploration, TrialType::kConcurrent, TrialType::kMab);
  StartTrial(32, type);
  Session session = Begin();
  const Trial* const trial = Value(session.FetchTrial({"job", 32, 1}));
  REQUIRE(trial != nullptr);
  CHECK(trial->job_id == "job");
  CHECK(trial->type == type);
  CHECK(trial->status == TrialStatus::kDispatched);
  CHECK(trial->start_time == kStart);
  CHECK(trial->end_time == std::nullopt);
  CHECK(trial->result == std::nullopt);
}

TEST_CASE_METHOD(SessionTrialsFixture, "A trial that ends with a result has succeeded") {
  AddTrial(32, Result{.time_seconds = 3, .energy_joules = 4, .converged = false});
  Session session = Begin();
  const Trial* const trial = Value(session.FetchTrial({"job", 32, 1}));
  REQUIRE(trial != nullptr);
  CHECK(trial->status == TrialStatus::kSucceeded);
  CHECK(trial->start_time == kStart);
  CHECK(trial->end_time == kEnd);
  CHECK(trial->result == Result{.time_seconds = 3, .energy_joules = 4, .converged = false});
}

TEST_CASE_METHOD(SessionTrialsFixture, "A trial that ends without a result has failed") {
  AddTrial(32, std::nullopt);
  Session session = Begin();
  const Trial* const trial = Value(session.FetchTrial({"job", 32, 1}));
  REQUIRE(trial != nullptr);
  CHECK(trial->status == TrialStatus::kFailed);
  CHECK(trial->end_time == kEnd);
  CHECK(trial->result == std::nullopt);
}

TEST_CASE_METHOD(SessionTrialsFixture, "Trials are scanned from a number on, until the visitor has enough") {
  for (int i = 0; i < 300; ++i) StartTrial(32);
  Session session = Begin();
  CHECK(DescribeTrials(session, "job", 298) == "299: 32 Dispatched, 300: 32 Dispatched");
  CHECK(DescribeTrials(session, "job", 300).empty());
  int64_t next = 100;
  REQUIRE_THAT(session.ScanTrials("job", 99,
                                  [&](const Trial& trial) {
                                    CHECK(trial.trial_number == next);
                                    return ++next < 260;
                                  }),
               IsOk());
  CHECK(next == 260);
}

TEST_CASE_METHOD(SessionTrialsFixture, "Explorations are read by batch size, trial number ascending") {
  for (const int64_t size : {64, 16, 32, 16, 64, 16}) StartTrial(size, TrialType::kExploration);
  Session session = Begin();
  CHECK(DescribeExplorations(session) == "16: 2 4 6, 32: 3, 64: 1 5");
}

TEST_CASE_METHOD(SessionTrialsFixture, "Explorations that failed vanish, those that succeeded stay with their result") {
  AddTrial(32, std::nullopt, TrialType::kExploration);
  AddTrial(32, MakeResult(5), TrialType::kExploration);
  AddTrial(64, std::nullopt, TrialType::kExploration);
  StartTrial(32, TrialType::kExploration);
  Session session = Begin();
  CHECK(DescribeExplorations(session) == "32: 2 4");
  const Explorations explorations = Value(session.ReadExplorations("job"));
  REQUIRE(explorations.size() == 1);
  REQUIRE(explorations.at(32).size() == 2);
  CHECK(Describe(explorations.at(32)[0]) == "2: 32 Succeeded 5 J");
  CHECK(Describe(explorations.at(32)[1]) == "4: 32 Dispatched");
}

TEST_CASE_METHOD(SessionTrialsFixture, "Trials of other types are no explorations") {
  StartTrial(32, TrialType::kConcurrent);
  StartTrial(32, TrialType::kMab);
  StartTrial(32, TrialType::kExploration);
  Session session = Begin();
  CHECK(DescribeExplorations(session) == "32: 3");
}

TEST_CASE_METHOD(SessionTrialsFixture, "Results are those of one batch size, the latest trial first") {
  for (const int energy : {1, 2, 3}) {
    AddTrial(16, MakeResult(energy));
    AddTrial(32, MakeResult(10 * energy));
  }
  Session session = Begin();
  CHECK(DescribeResults(session, 16) == "5: 3 J, 3: 2 J, 1: 1 J");
  CHECK(DescribeResults(session, 32) == "6: 30 J, 4: 20 J, 2: 10 J");
  CHECK(DescribeResults(session, 64).empty());
}

TEST_CASE_METHOD(SessionTrialsFixture, "A window of results holds the latest") {
  for (const int energy : {1, 2, 3}) AddTrial(16, MakeResult(energy));
  Session session = Begin();
  CHECK(DescribeResults(session, 16, 1) == "3: 3 J");
  CHECK(DescribeResults(session, 16, 2) == "3: 3 J, 2: 2 J");
  CHECK(DescribeResults(session, 16, 4) == "3: 3 J, 2: 2 J, 1: 1 J");
  CHECK(DescribeResults(session, 16, 0) == "3: 3 J, 2: 2 J, 1: 1 J");
}

TEST_CASE_METHOD(SessionTrialsFixture, "Trials of every type that succeeded have a result, others have none") {
  AddTrial(32, MakeResult(1), TrialType::kExploration);
  AddTrial(32, std::nullopt, TrialType::kMab);
  AddTrial(32, MakeResult(3), TrialType::kConcurrent);
  StartTrial(32);
  AddTrial(32, MakeResult(5), TrialType::kMab);
  Session session = Begin();
  CHECK(DescribeResults(session, 32) == "5: 5 J, 3: 3 J, 1: 1 J");
}

TEST_CASE_METHOD(SessionTrialsFixture, "All that a result says is read back") {
  const Result result = {.time_seconds = 0.5, .energy_joules = 7, .converged = false};
  AddTrial(32, result);
  Session session = Begin();
  const std::vector<TrialResult> results = Value(session.ReadResults("job", 32, 0));
  REQUIRE(results.size() == 1);
  CHECK(results[0] == TrialResult{.trial_number = 1, .result = result});
}

}  // namespace
}  // namespace zeus::bso::storage
