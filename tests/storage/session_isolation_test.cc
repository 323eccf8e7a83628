// What a session sees, what it leaves, and when its commit loses a race.
#include "catch2/catch.hpp"
#include "storage/session.h"
#include "storage/tables.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/end_trial.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

class TwoJobs : public SessionFixture {
 public:
  TwoJobs() {
    AddJob("job");
    AddJob("other");
  }

  // Commits a change of a job by somebody else.
  void ChangeJob(const std::string& job_id) {
    Run([&](Session& session) {
      REQUIRE(Value(session.FetchJob(job_id)) != nullptr);
      Value(session.MutableJob(job_id))->min_cost = 99;
    });
  }
};

// Makes a change in the session that has nothing to do with the others' changes.
void ChangeSomethingElse(Session& session) { REQUIRE_THAT(session.InsertJob(MakeJob("something else")), IsOk()); }

TEST_CASE_METHOD(TwoJobs, "Reads see what the session has written") {
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  Value(session.MutableJob("job"))->min_cost = 3;
  Value(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
  Value(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
  Value(session.InsertTrial("job", {.batch_size = 16, .type = TrialType::kExploration, .time = kStart}));
  Value(testing::EndTrial(session, {"job", 32, 1}, kEnd, MakeResult(5)));
  Value(testing::EndTrial(session, {"job", 32, 2}, kEnd, TrialFailure::kFailed));
  REQUIRE_THAT(session.InsertArm("job", {.batch_size = 32, .param_mean = -5}), IsOk());
  CHECK(Value(session.FetchJob("job"))->min_cost == 3);
  CHECK(DescribeTrials(session) == "1: 32 Succeeded 5 J, 2: 32 Failed, 3: 16 Dispatched");
  CHECK(DescribeExplorations(session) == "16: 3, 32: 1");
  CHECK(DescribeResults(session, 32) == "1: 5 J");
  CHECK(DescribeArms(session) == "32: mean -5");
  CHECK(Describe(*Value(session.FetchTrial({"job", 32, 1}))) == "1: 32 Succeeded 5 J");
}

TEST_CASE_METHOD(TwoJobs, "Own writes and what was there before are read as one") {
  AddTrial(32, MakeResult(1), TrialType::kExploration);
  AddArm(64, -7);
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  Value(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
  Value(testing::EndTrial(session, {"job", 32, 2}, kEnd, MakeResult(2)));
  REQUIRE_THAT(session.InsertArm("job", {.batch_size = 16, .param_mean = -5}), IsOk());
  CHECK(DescribeExplorations(session) == "32: 1 2");
  CHECK(DescribeResults(session, 32) == "2: 2 J, 1: 1 J");
  CHECK(DescribeResults(session, 32, 1) == "2: 2 J");
  CHECK(DescribeArms(session) == "16: mean -5, 64: mean -7");
}

TEST_CASE_METHOD(SessionFixture, "Nothing remains of a session that was dropped") {
  {
    Session dropped = Begin();
    REQUIRE_THAT(dropped.InsertJob(MakeJob()), IsOk());
    Value(dropped.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
    Value(testing::EndTrial(dropped, {"job", 32, 1}, kEnd, MakeResult(5)));
    REQUIRE_THAT(dropped.InsertArm("job", {.batch_size = 32}), IsOk());
  }
  for (const TableInfo& table : kTables) {
    CAPTURE(table.name);
    CHECK((CountRows(engine(), table.table) == 0 || table.table == Table::kMeta));
  }
}

TEST_CASE_METHOD(TwoJobs, "Nobody sees a change before its commit") {
  Session writer = Begin();
  REQUIRE(Value(writer.FetchJob("job")) != nullptr);
  Value(writer.MutableJob("job"))->min_cost = 3;
  Value(writer.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}));
  Session before = Begin();
  CHECK(Value(before.FetchJob("job"))->min_cost == std::nullopt);
  CHECK(DescribeTrials(before).empty());
  REQUIRE_THAT(Commit(writer), IsOk());
  Session after = Begin();
  CHECK(Value(after.FetchJob("job"))->min_cost == 3);
  CHECK(DescribeTrials(after) == "1: 32 Dispatched");
}

TEST_CASE_METHOD(TwoJobs, "A session that only reads sees one state while others write") {
  StartTrial(32, TrialType::kExploration);
  AddArm(32, -5);
  Session reader = Begin();
  CHECK(Value(reader.FetchJob("job"))->min_cost == std::nullopt);

  ChangeJob("job");
  ChangeJob("other");
  StartTrial(64, TrialType::kExploration);
  AddTrial(32, MakeResult(1));
  AddArm(64, -7);
  DeleteJob("other");
  AddJob("third");

  CHECK(Value(reader.FetchJob("other"))->min_cost == std::nullopt);
  CHECK(Value(reader.FetchJob("third")) == nullptr);
  CHECK(DescribeTrials(reader) == "1: 32 Dispatched");
  CHECK(DescribeExplorations(reader) == "32: 1");
  CHECK(DescribeResults(reader, 32).empty());
  CHECK(DescribeArms(reader) == "32: mean -5");
  CHECK_FALSE(reader.has_changes());
  CHECK_THAT(Commit(reader), IsOk());
}

TEST_CASE_METHOD(TwoJobs, "A session that began before a deletion still sees the whole job") {
  StartTrial(32);
  Session reader = Begin();
  DeleteJob();
  AddJob();
  CHECK(DescribeTrials(reader) == "1: 32 Dispatched");
}

TEST_CASE_METHOD(TwoJobs, "Two changes of one job race, and one loses") {
  Session first = Begin();
  Session second = Begin();
  REQUIRE(Value(first.FetchJob("job")) != nullptr);
  REQUIRE(Value(second.FetchJob("job")) != nullptr);
  Value(first.MutableJob("job"))->min_cost = 1;
  Value(second.MutableJob("job"))->min_cost = 2;
  CHECK_THAT(Commit(first), IsOk());
  CHECK_THAT(Commit(second), FailsWith(Reason::kLostRace));
  Session session = Begin();
  CHECK(Value(session.FetchJob("job"))->min_cost == 1);
}

TEST_CASE_METHOD(TwoJobs, "Two trials that start at once race for the number") {
  Session first = Begin();
  Session second = Begin();
  REQUIRE(Value(first.FetchJob("job")) != nullptr);
  REQUIRE(Value(second.FetchJob("job")) != nullptr);
  CHECK(Value(first.InsertTrial("job", {.batch_size = 16, .type = TrialType::kMab, .time = kStart}))->trial_number ==
        1);
  CHECK(Value(second.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}))->trial_number ==
        1);
  CHECK_THAT(Commit(second), IsOk());
  CHECK_THAT(Commit(first), FailsWith(Reason::kLostRace));
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 32 Dispatched");
}

TEST_CASE_METHOD(TwoJobs, "Changes of different rows below one job race all the same") {
  StartTrial(32);
  AddArm(32, -5);
  Session trial = Begin();
  Session arm = Begin();
  REQUIRE(Value(trial.FetchTrial({"job", 32, 1})) != nullptr);
  Value(testing::EndTrial(trial, {"job", 32, 1}, kEnd, MakeResult(5)));
  REQUIRE(Value(arm.FetchArm("job", 32)) != nullptr);
  REQUIRE_THAT(arm.ReplaceArm("job", {.batch_size = 32, .param_mean = -6}), IsOk());
  CHECK_THAT(Commit(trial), IsOk());
  CHECK_THAT(Commit(arm), FailsWith(Reason::kLostRace));
  Session session = Begin();
  CHECK(DescribeArms(session) == "32: mean -5");
}

TEST_CASE_METHOD(TwoJobs, "Changes of different jobs do not race") {
  Session first = Begin();
  Session second = Begin();
  REQUIRE(Value(first.FetchJob("job")) != nullptr);
  REQUIRE(Value(second.FetchJob("other")) != nullptr);
  Value(first.InsertTrial("job", {.batch_size = 16, .type = TrialType::kMab, .time = kStart}));
  Value(second.InsertTrial("other", {.batch_size = 16, .type = TrialType::kMab, .time = kStart}));
  CHECK_THAT(Commit(first), IsOk());
  CHECK_THAT(Commit(second), IsOk());
}

TEST_CASE_METHOD(TwoJobs, "A change that rests on a job that was only fetched loses when that job changes") {
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  ChangeSomethingElse(session);
  ChangeJob("job");
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
  Session after = Begin();
  CHECK(Value(after.FetchJob("something else")) == nullptr);
}

TEST_CASE_METHOD(TwoJobs, "A change that rests on what is below a job loses when anything below it changes") {
  StartTrial(32);
  AddArm(32, -5);
  Session session = Begin();
  SECTION("read as arms") { DescribeArms(session); }
  SECTION("read as explorations") { DescribeExplorations(session); }
  SECTION("read as results") { DescribeResults(session, 32); }
  SECTION("read as trials") { DescribeTrials(session); }
  SECTION("fetched as a trial") { Value(session.FetchTrial({"job", 32, 1})); }
  SECTION("fetched as an arm") { Value(session.FetchArm("job", 32)); }
  ChangeSomethingElse(session);
  StartTrial(64);
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
}

TEST_CASE_METHOD(TwoJobs, "A change that rests on the absence of a job loses when somebody registers it") {
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("third")) == nullptr);
  ChangeSomethingElse(session);
  AddJob("third");
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
}

TEST_CASE_METHOD(TwoJobs, "A change that rests on one job does not mind changes of others") {
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  ChangeSomethingElse(session);
  ChangeJob("other");
  AddJob("third");
  CHECK_THAT(Commit(session), IsOk());
}

TEST_CASE_METHOD(TwoJobs, "A change of a job that is deleted meanwhile is lost") {
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  Value(session.InsertTrial("job", {.batch_size = 16, .type = TrialType::kMab, .time = kStart}));
  DeleteJob("job");
  SECTION("and the job stays away") {}
  SECTION("also when it is registered again") { AddJob("job"); }
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
  CHECK(CountRows(engine(), Table::kTrials) == 0);
}

TEST_CASE_METHOD(TwoJobs, "A deletion of a job that changes meanwhile is lost") {
  Session session = Begin();
  REQUIRE(Value(session.DeleteJob("job")));
  StartTrial(32);
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
  CHECK(CountRows(engine(), Table::kGarbage) == 0);
  Session after = Begin();
  CHECK(DescribeTrials(after) == "1: 32 Dispatched");
}

TEST_CASE_METHOD(SessionFixture, "Two registrations of one name race, and one loses") {
  Session first = Begin();
  Session second = Begin();
  REQUIRE_THAT(first.InsertJob(MakeJob()), IsOk());
  REQUIRE_THAT(second.InsertJob(MakeJob()), IsOk());
  CHECK_THAT(Commit(first), IsOk());
  CHECK_THAT(Commit(second), FailsWith(Reason::kLostRace));
  CHECK(CountRows(engine(), Table::kJobs) == 1);
}

TEST_CASE_METHOD(TwoJobs, "A response may leave early if the session says so, and changes deadlines at most") {
  Session reader = Begin();
  REQUIRE(Value(reader.FetchJob("job")) != nullptr);
  CHECK_FALSE(reader.may_leave_early());
  reader.AllowUnwritten();
  CHECK(reader.may_leave_early());
  Value(reader.MutableJob("job"));
  CHECK_FALSE(reader.may_leave_early());
}

}  // namespace
}  // namespace zeus::bso::storage
