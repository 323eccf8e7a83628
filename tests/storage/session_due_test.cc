// What is due: deadlines of trials and answers that are kept; and the trials of clients.
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "catch2/catch.hpp"
#include "storage/session.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/end_trial.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

constexpr absl::Duration kMinute = absl::Minutes(1);
const std::string kId(kRequestIdBytes, 'i');
const std::string kOtherId(kRequestIdBytes, 'o');

std::string DescribeDue(const Due& due) {
  const int64_t minutes = absl::ToInt64Minutes(due.time - kStart);
  if (const auto* const trial = std::get_if<DueTrial>(&due.what)) {
    return absl::StrCat(minutes, " min: trial ", trial->key.trial_number, " of ", trial->key.job_id);
  }
  return absl::StrCat(minutes, " min: answer ", std::get<DueAnswer>(due.what).request_id.substr(0, 1));
}

class DueFixture : public SessionFixture {
 public:
  DueFixture() { AddJob(); }

  // Starts a trial that is due so many minutes after the start.
  void StartDueTrial(int minutes, const std::string& client_id = "", const std::string& job_id = "job") {
    Run([&](Session& session) {
      REQUIRE(Value(session.FetchJob(job_id)) != nullptr);
      Value(session.InsertTrial(job_id, {.batch_size = 32,
                                         .type = TrialType::kExploration,
                                         .time = kStart,
                                         .deadline = kStart + minutes * kMinute,
                                         .client_id = client_id}));
    });
  }

  void End(int64_t trial_number) {
    Run([&](Session& session) {
      REQUIRE(Value(session.FetchTrial({"job", 32, trial_number})) != nullptr);
      Value(testing::EndTrial(session, {"job", 32, trial_number}, kEnd, TrialFailure::kFailed));
    });
  }

  // Of a trial that was fetched.
  static absl::Status SetDeadline(Session& session, int64_t trial_number, int minutes) {
    Trial trial = *Value(session.FetchedTrial({"job", 32, trial_number}));
    trial.deadline = kStart + minutes * kMinute;
    return session.UpdateRunningTrial(trial);
  }

  void SetDeadline(int64_t trial_number, int minutes) {
    Run([&](Session& session) {
      REQUIRE(Value(session.FetchTrial({"job", 32, trial_number})) != nullptr);
      REQUIRE_THAT(SetDeadline(session, trial_number, minutes), IsOk());
    });
  }

  std::vector<Due> DueAt(int minutes, absl::string_view after = "") {
    std::vector<Due> rows;
    Session session = Begin();
    REQUIRE_THAT(session.ScanDue(
                     after, kStart + minutes * kMinute,
                     [&](const Due& due) {
                       rows.push_back(due);
                       return true;
                     },
                     next),
                 IsOk());
    return rows;
  }

  std::string DescribeDueAt(int minutes, absl::string_view after = "") {
    return absl::StrJoin(DueAt(minutes, after), ", ",
                         [](std::string* text, const Due& due) { text->append(DescribeDue(due)); });
  }

  std::string ClientsTrial(const std::string& client_id) {
    Session session = Begin();
    const Trial* const trial = Value(session.FetchTrialOfClient("job", client_id));
    return trial == nullptr ? "none" : storage::Describe(*trial);
  }

  absl::Time next;  // As ScanDue said it last.
};

TEST_CASE_METHOD(DueFixture, "Trials are due in the order of their deadlines, and what is later is named as next") {
  StartDueTrial(20);
  StartDueTrial(10);
  StartDueTrial(30);
  StartTrial(32);
  CHECK(DescribeDueAt(20) == "10 min: trial 2 of job, 20 min: trial 1 of job");
  CHECK(next == kStart + 30 * kMinute);
  CHECK(DescribeDueAt(9).empty());
  CHECK(next == kStart + 10 * kMinute);
  CHECK(DescribeDueAt(30, DueRowKey(DueAt(20).back())) == "30 min: trial 3 of job");
  CHECK(next == absl::InfiniteFuture());
}

TEST_CASE_METHOD(DueFixture, "A trial that has ended is not due") {
  StartDueTrial(10);
  End(1);
  CHECK(CountRows(engine(), Table::kDue) == 0);
}

TEST_CASE_METHOD(DueFixture, "A trial is due at its latest deadline only, also after a restart") {
  StartDueTrial(10);
  SetDeadline(1, 25);
  Reopen();
  CHECK(DescribeDueAt(60) == "25 min: trial 1 of job");
  Session session = Begin();
  CHECK(Value(session.FetchDueTrial(DueAt(60).front()))->deadline == kStart + 25 * kMinute);
  CHECK(Value(session.ReadExplorations("job")).at(32).front().deadline == kStart + 25 * kMinute);
}

TEST_CASE_METHOD(DueFixture, "A new deadline is a change that needs no disk, and none of the job") {
  StartDueTrial(10);
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  REQUIRE(Value(session.FetchTrial({"job", 32, 1})) != nullptr);
  const int64_t revision = Value(session.VersionOf("job")).revision;
  REQUIRE_THAT(SetDeadline(session, 1, 20), IsOk());
  CHECK(session.has_changes());
  session.AllowUnwritten();
  CHECK(session.may_leave_early());
  REQUIRE_THAT(Commit(session), IsOk());
  Session later = Begin();
  REQUIRE(Value(later.FetchJob("job")) != nullptr);
  CHECK(Value(later.VersionOf("job")).revision == revision);
}

TEST_CASE_METHOD(DueFixture, "A new deadline loses the race against the end of its trial") {
  StartDueTrial(10);
  Session session = Begin();
  REQUIRE(Value(session.FetchTrial({"job", 32, 1})) != nullptr);
  REQUIRE_THAT(SetDeadline(session, 1, 20), IsOk());
  End(1);
  CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
  CHECK(CountRows(engine(), Table::kDue) == 0);
}

TEST_CASE_METHOD(DueFixture, "A deadline needs its trial fetched") {
  StartDueTrial(10);
  Session session = Begin();
  CHECK_THAT(session.UpdateRunningTrial({.job_id = "job", .trial_number = 1, .batch_size = 32}),
             FailsWith(Reason::kTrialNotFetched));
}

TEST_CASE_METHOD(DueFixture, "A row of a trial that ended, moved on or whose job is gone leads to none") {
  StartDueTrial(10);
  const Due due = DueAt(10).front();
  SECTION("ended") { End(1); }
  SECTION("another deadline") { SetDeadline(1, 20); }
  SECTION("deleted") { DeleteJob(); }
  SECTION("deleted and registered again, with a trial of the same name") {
    DeleteJob();
    AddJob();
    StartDueTrial(10);
  }
  Session session = Begin();
  CHECK(Value(session.FetchDueTrial(due)) == nullptr);
  REQUIRE_THAT(session.Forget(due), IsOk());
  REQUIRE_THAT(Commit(session), IsOk());
  for (const Due& row : DueAt(15)) CHECK(DueRowKey(row) != DueRowKey(due));
}

TEST_CASE_METHOD(DueFixture, "A client finds its running trial, and nobody else's") {
  StartDueTrial(10, "a");
  StartDueTrial(10, "b");
  StartDueTrial(10);
  Reopen();
  CHECK(ClientsTrial("a") == "1: 32 Dispatched");
  CHECK(ClientsTrial("b") == "2: 32 Dispatched");
  CHECK(ClientsTrial("c") == "none");
  End(1);
  CHECK(ClientsTrial("a") == "none");
  StartDueTrial(10, "a");
  CHECK(ClientsTrial("a") == "4: 32 Dispatched");
  DeleteJob();
  CHECK(ClientsTrial("a") == "none");
}

TEST_CASE_METHOD(DueFixture, "An answer is kept, needs the disk, is due and then forgotten") {
  Run([](Session& session) {
    CHECK_FALSE(Value(session.FindAnswer(kId)).has_value());
    REQUIRE_THAT(session.KeepAnswer(kId, {"Type", "request", "response"}, kStart + 5 * kMinute), IsOk());
    session.AllowUnwritten();
    CHECK_FALSE(session.may_leave_early());
  });
  StartDueTrial(10);
  Reopen();
  CHECK(Value(Begin().FindAnswer(kId))->response == "response");
  CHECK_FALSE(Value(Begin().FindAnswer(kOtherId)).has_value());
  CHECK(DescribeDueAt(10) == "5 min: answer i, 10 min: trial 1 of job");
  Run([&](Session& forgetting) { REQUIRE_THAT(forgetting.Forget(DueAt(5).front()), IsOk()); });
  CHECK_FALSE(Value(Begin().FindAnswer(kId)).has_value());
  CHECK(DescribeDueAt(10) == "10 min: trial 1 of job");
}

TEST_CASE_METHOD(DueFixture, "The alarm is set to what was committed") {
  StartDueTrial(10);
  StartDueTrial(5);
  CHECK(alarm().Wait(kStart + 5 * kMinute, absl::Hours(1), {}));
}

TEST_CASE_METHOD(DueFixture, "Running trials are counted from their start to their end") {
  StartDueTrial(10);
  StartTrial(16);
  End(1);
  AddTrial(16, MakeResult(5));
  CHECK(Value(Begin().FetchJob("job"))->num_running_trials == 1);
}

TEST_CASE_METHOD(DueFixture, "Jobs are counted, also those that were there at the start") {
  AddJob("b");
  AddJob("c");
  DeleteJob("b");
  CHECK(Begin().num_jobs() == 2);
  Reopen();
  CHECK(Begin().num_jobs() == 2);
  DeleteJob("c");
  Session dropped = Begin();
  REQUIRE_THAT(dropped.InsertJob(MakeJob("d")), IsOk());
  CHECK(Begin().num_jobs() == 1);
}

}  // namespace
}  // namespace zeus::bso::storage
