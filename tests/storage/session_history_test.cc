// Trials that are collected, and the sums that are kept of them.
#include <limits>

#include "catch2/catch.hpp"
#include "storage/job_integrity.h"
#include "storage/records.h"
#include "storage/session.h"
#include "tests/storage/session_fixture.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

// All fields are set, to different values.
CollectedSize FullCollectedSize(int64_t batch_size) {
  CollectedSize size{.batch_size = batch_size,
                     .counts = {.num_trials = 9,
                                .num_converged = 4,
                                .num_failed = 3,
                                .last_converged_trial = 11,
                                .last_failed_trial = 12,
                                .last_infeasible_trial = 10},
                     .cheapest = Spent{.seconds = 1.5, .joules = 2.5},
                     .failures = {.num_failures = 2, .infeasible = true},
                     .costs = {},
                     .means = {}};
  for (const double cost : {0.1, 0.7, 30.0}) size.costs.Add(cost);
  double value = 0;
  for (RunningMean* const mean :
       {&size.means.energy, &size.means.time, &size.means.cost, &size.means.epochs, &size.means.epoch_cost}) {
    mean->Add(value += 0.1);
    mean->Add(value += 7);
  }
  return size;
}

class History : public SessionFixture {
 public:
  // Trials 1 and 3 of size 32 and trial 2 of size 16 are explorations with results; trial 4 failed, trial 5 runs.
  History() {
    AddJob();
    AddTrial(32, MakeResult(5), TrialType::kExploration);
    AddTrial(16, MakeResult(4), TrialType::kExploration);
    AddTrial(32, MakeResult(3), TrialType::kExploration);
    AddTrial(32, std::nullopt);
    StartTrial(32);
  }

  static void CollectFirst(Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    REQUIRE(Value(session.FetchTrial({"job", 32, 1})) != nullptr);
    REQUIRE_THAT(session.CollectTrial({"job", 32, 1}), IsOk());
    Value(session.MutableJob("job"))->history =
        TrialHistory{.begin = 2, .first = 2, .num_collected = 1, .latest_results = {1, kEnd, 0, 0, false}};
  }

  absl::Status CheckIntegrity() {
    for (const auto& [key, value] : testing::RowsOf(engine(), Table::kJobs)) {
      return CheckJobIntegrity(key, value, [&](Table table, absl::string_view prefix, RowVisitor visit) {
        return engine().TakeSnapshot()->Scan(table, prefix, PrefixEnd(prefix), visit);
      });
    }
    return absl::OkStatus();
  }
};

TEST_CASE_METHOD(History, "A trial that is collected is gone, with its rows") {
  const auto check = [](Session& session) {
    CHECK(DescribeTrials(session) == "2: 16 Succeeded 4 J, 3: 32 Succeeded 3 J, 4: 32 Failed, 5: 32 Dispatched");
    CHECK(DescribeExplorations(session) == "16: 2, 32: 3");
    CHECK(DescribeResults(session, 32) == "3: 3 J");
    CHECK(DescribeResults(session, 32, 2) == "3: 3 J");
    CHECK(Value(session.FetchTrial({"job", 32, 1})) == nullptr);
    Value(session.FetchJob("job"));
    CHECK_THAT(session.FetchedTrial({"job", 32, 1}).status(), FailsWith(Reason::kTrialNotFetched));
    CHECK(Value(session.LastTrialNumber("job")) == 5);
  };
  Run([&](Session& session) {
    // The parts are in memory before.
    DescribeExplorations(session);
    DescribeResults(session, 32, 2);
    CollectFirst(session);
    check(session);
  });
  Run(check);
  Session session = Begin();
  check(session);
  CHECK(CountRows(engine(), Table::kTrials) == 4);
  CHECK(CountRows(engine(), Table::kExplorations) == 2);
  CHECK(CountRows(engine(), Table::kResults) == 2);
  CHECK_THAT(CheckIntegrity(), IsOk());
  StartTrial(16);
  Run([](Session& later) { CHECK(DescribeTrials(later, "job", 5) == "6: 16 Dispatched"); });
}

TEST_CASE_METHOD(History, "A trial is collected only if the session has fetched it") {
  Run([](Session& session) {
    CHECK_THAT(session.CollectTrial({"job", 32, 1}), FailsWith(Reason::kTrialNotFetched));
    Value(session.FetchTrial({"job", 32, 1}));
    CHECK_THAT(session.CollectTrial({"job", 16, 1}), FailsWith(Reason::kTrialNotFetched));
  });
}

TEST_CASE_METHOD(History, "A session that is held open loses the race against a collection, and keeps its view") {
  Session session = Begin();
  Value(session.FetchJob("job"));
  Run(CollectFirst);
  CHECK(DescribeTrials(session, "job").starts_with("1: 32 Succeeded"));
  Value(session.MutableJob("job"))->min_cost = 7;
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
}

TEST_CASE_METHOD(History, "What is kept of collected trials is what was put there, until it is deleted with the job") {
  Run(CollectFirst);
  Run([](Session& session) {
    Value(session.FetchJob("job"));
    CHECK(Value(session.ReadCollectedSizes("job")).empty());
    for (const int64_t size : {16, 32}) {
      REQUIRE_THAT(session.PutCollectedSize("job", FullCollectedSize(size)), IsOk());
    }
    CHECK(Value(session.ReadCollectedSize("job", 32)) == FullCollectedSize(32));
  });
  Run([](Session& session) {
    Value(session.FetchJob("job"));
    CHECK(Value(session.ReadCollectedSizes("job")) ==
          std::vector<CollectedSize>{FullCollectedSize(16), FullCollectedSize(32)});
    CHECK(Value(session.FetchJob("job"))->history->begin == 2);
    REQUIRE_THAT(session.DeleteCollectedSize("job", 16), IsOk());
  });
  CHECK_THAT(CheckIntegrity(), IsOk());
  Run([](Session& session) {
    Value(session.FetchJob("job"));
    CHECK_FALSE(Value(session.ReadCollectedSize("job", 16)).has_value());
    Value(session.DeleteJob("job"));
  });
  while (CountRows(engine(), Table::kCollectedSizes) > 0) absl::SleepFor(absl::Milliseconds(1));
}

TEST_CASE_METHOD(History, "A check finds trials that are missing, or should have been collected") {
  const auto change = [&](void (*spoil)(TrialHistory&)) {
    Run(CollectFirst);
    Run([&](Session& session) {
      Value(session.FetchJob("job"));
      spoil(*Value(session.MutableJob("job"))->history);
    });
    CHECK_THAT(CheckIntegrity(), FailsWith(Reason::kStorageCorrupted));
  };
  SECTION("more were collected") {
    change([](TrialHistory& history) { history = {3, 2, 2, 0, history.latest_results}; });
  }
  SECTION("it begins later") {
    change([](TrialHistory& history) { history.first = history.begin = 3; });
  }
  SECTION("no trial is as old") {
    change([](TrialHistory& history) { history.first = history.begin = 4; });
  }
}

TEST_CASE("Records of collected trials that are out of their bounds are damaged") {
  using Spoil = void (*)(CollectedSize&);
  const std::vector<Spoil> spoils = {
      [](CollectedSize& size) { size.counts.num_trials = -1; },
      [](CollectedSize& size) { size.counts.num_converged = 10; },
      [](CollectedSize& size) { size.counts.num_failed = 6; },
      [](CollectedSize& size) { size.counts.last_failed_trial = -1; },
      [](CollectedSize& size) { size.cheapest->joules = -1; },
      [](CollectedSize& size) { size.cheapest->seconds = std::numeric_limits<double>::quiet_NaN(); },
      [](CollectedSize& size) { size.failures.num_failures = -1; },
      [](CollectedSize& size) { size.costs.count = -1; },
      [](CollectedSize& size) { size.costs.deviation_sum.high = std::numeric_limits<double>::infinity(); },
      [](CollectedSize& size) { size.means.time.count = -1; },
      [](CollectedSize& size) { size.means.epoch_cost.mean = -1; },
      [](CollectedSize& size) { size.means.energy.sum_of_squares = -1; }};
  CHECK(Value(DecodeCollectedSize(32, EncodeCollectedSize(FullCollectedSize(32)))) == FullCollectedSize(32));
  for (size_t i = 0; i < spoils.size(); ++i) {
    CAPTURE(i);
    CollectedSize size = FullCollectedSize(32);
    spoils[i](size);
    CHECK_THAT(DecodeCollectedSize(32, EncodeCollectedSize(size)).status(), FailsWith(Reason::kStorageCorrupted));
  }
  CHECK_THAT(DecodeCollectedSize(32, "\xff").status(), FailsWith(Reason::kStorageCorrupted));
  CHECK(Value(DecodeCollectedSize(32, "")) == CollectedSize{.batch_size = 32});
}

TEST_CASE("Histories that are out of their bounds are damaged") {
  JobRow row{.uid = 1, .job = MakeJob()};
  const TrialHistory good{
      .begin = 9, .first = 2, .num_collected = 7, .end_revision = 30, .latest_results = {8, kEnd, 1, 2, true}};
  row.job.history = good;
  CHECK(Value(DecodeJob("job", EncodeJob(row))).job.history == good);
  using Spoil = void (*)(TrialHistory&);
  const std::vector<Spoil> spoils = {[](TrialHistory& history) { history.begin = 1; },
                                     [](TrialHistory& history) { history.first = 0; },
                                     [](TrialHistory& history) { history.first = 10; },
                                     [](TrialHistory& history) { history.num_collected = 9; },
                                     [](TrialHistory& history) { history.num_collected = -1; },
                                     [](TrialHistory& history) { history.end_revision = -1; },
                                     [](TrialHistory& history) { history.latest_results.last_end_time.reset(); },
                                     [](TrialHistory& history) { history.latest_results.num_not_converged = -1; }};
  for (size_t i = 0; i < spoils.size(); ++i) {
    CAPTURE(i);
    row.job.history = good;
    spoils[i](*row.job.history);
    CHECK_THAT(DecodeJob("job", EncodeJob(row)).status(), FailsWith(Reason::kStorageCorrupted));
  }
}

}  // namespace
}  // namespace zeus::bso::storage
