// A new job that is made in parts: written before anybody sees it, and gone if it is never whole.
#include <optional>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "storage/collector.h"
#include "storage/committer.h"
#include "storage/session.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

void WaitForRows(Engine& engine, Table table, int count) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (CountRows(engine, table) != count) {
    REQUIRE(absl::Now() < deadline);
    absl::SleepFor(absl::Milliseconds(1));
  }
}

class Parts : public SessionFixture {
 public:
  // A session with a new job.
  Session BeginJob() {
    Session session = Begin();
    REQUIRE_THAT(session.InsertJob(MakeJob()), IsOk());
    return session;
  }

  static void AddTrials(Session& session, int count) {
    for (int i = 0; i < count; ++i) {
      Trial trial;
      trial.job_id = "job";
      trial.trial_number = Value(session.LastTrialNumber("job")) + 1;
      trial.batch_size = 32;
      trial.status = TrialStatus::kSucceeded;
      trial.start_time = kStart;
      trial.end_time = kEnd;
      trial.result = MakeResult(5);
      REQUIRE_THAT(session.RestoreTrial(trial), IsOk());
    }
  }

  absl::Status WritePart(Session& session) {
    absl::Status outcome;
    absl::Notification written;
    const absl::Status queued = store().WritePart(session, "job", [&](const absl::Status& status) {
      outcome = status;
      written.Notify();
    });
    if (!queued.ok()) return queued;
    written.WaitForNotification();
    return outcome;
  }
};

TEST_CASE_METHOD(Parts, "A job that is made in parts is there when it is whole, and not before") {
  {
    Session session = BeginJob();
    AddTrials(session, 3);
    REQUIRE_THAT(WritePart(session), IsOk());
    CHECK(session.num_bytes() == 0);
    AddTrials(session, 2);
    REQUIRE_THAT(WritePart(session), IsOk());
    AddTrials(session, 1);
    CHECK(CountRows(engine(), Table::kTrials) == 5);
    CHECK(CountRows(engine(), Table::kGarbage) == 1);
    Session reader = Begin();
    CHECK(Value(reader.FetchJob("job")) == nullptr);
    CHECK(DescribeTrials(reader).empty());
    REQUIRE_THAT(Commit(session), IsOk());
  }
  CHECK(CountRows(engine(), Table::kGarbage) == 0);
  Reopen();
  Session reader = Begin();
  REQUIRE(Value(reader.FetchJob("job")) != nullptr);
  CHECK(Value(reader.LastTrialNumber("job")) == 6);
  CHECK(DescribeTrials(reader, "job", 4) == "5: 32 Succeeded 5 J, 6: 32 Succeeded 5 J");
  CHECK(CountRows(engine(), Table::kResults) == 6);
}

TEST_CASE_METHOD(Parts, "A job that is never whole is collected") {
  {
    Session session = BeginJob();
    AddTrials(session, 3);
    REQUIRE_THAT(WritePart(session), IsOk());
  }
  WaitForRows(engine(), Table::kGarbage, 0);
  CHECK(CountRows(engine(), Table::kTrials) == 0);
  CHECK(CountRows(engine(), Table::kResults) == 0);
}

TEST_CASE_METHOD(Parts, "While a job is made its parts are not collected") {
  Session session = BeginJob();
  AddTrials(session, 3);
  REQUIRE_THAT(WritePart(session), IsOk());
  // Makes the collector look.
  Run([](Session& other) { REQUIRE_THAT(other.InsertJob(MakeJob("other")), IsOk()); });
  Run([](Session& other) { REQUIRE(Value(other.DeleteJob("other"))); });
  WaitForRows(engine(), Table::kGarbage, 1);
  REQUIRE_THAT(Commit(session), IsOk());
  Session reader = Begin();
  CHECK(DescribeTrials(reader, "job", 2) == "3: 32 Succeeded 5 J");
}

TEST_CASE_METHOD(Parts, "What a server that ended left of a job in parts is collected by the next one") {
  Session session = BeginJob();
  AddTrials(session, 3);
  REQUIRE_THAT(WritePart(session), IsOk());
  Committer next(engine(), {.clear_cache = [] {}});
  const Collector collector(engine(), next);
  WaitForRows(engine(), Table::kGarbage, 0);
  CHECK(CountRows(engine(), Table::kTrials) == 0);
}

TEST_CASE_METHOD(Parts, "A job in parts that another one has overtaken is refused and collected") {
  {
    Session session = BeginJob();
    AddTrials(session, 3);
    REQUIRE_THAT(WritePart(session), IsOk());
    Run([](Session& other) { REQUIRE_THAT(other.InsertJob(MakeJob()), IsOk()); });
    CHECK_THAT(Commit(session), FailsWith(Reason::kLostRace));
  }
  WaitForRows(engine(), Table::kGarbage, 0);
  Session reader = Begin();
  CHECK(Value(reader.FetchJob("job")) != nullptr);
  CHECK(DescribeTrials(reader).empty());
}

TEST_CASE_METHOD(Parts, "A part needs its job") {
  Session session = Begin();
  CHECK_THAT(store().WritePart(session, "job", [](const absl::Status&) {}), FailsWith(Reason::kJobNotFetched));
}

}  // namespace
}  // namespace zeus::bso::storage
