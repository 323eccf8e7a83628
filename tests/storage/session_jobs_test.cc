// Jobs and arms within a session: registered, listed, deleted, registered again.
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

// The ids that a scan visits, at most `limit`.
std::string ScanIds(Session& session, absl::string_view prefix, absl::string_view after, size_t limit = 100) {
  std::vector<std::string> ids;
  REQUIRE_THAT(session.ScanJobs(prefix, after,
                                [&](const Job& job, const std::optional<JobSummary>&) {
                                  ids.push_back(job.spec.job_id);
                                  return ids.size() < limit;
                                }),
               IsOk());
  return absl::StrJoin(ids, " ");
}

// Adds what a job can have below it.
void FillJob(SessionFixture& fixture) {
  fixture.AddTrial(32, MakeResult(5), TrialType::kExploration);
  fixture.AddTrial(32, std::nullopt);
  fixture.AddArm(32, -5);
}

void CheckNothingBelowJob(Session& session) {
  CHECK(DescribeTrials(session).empty());
  CHECK(DescribeExplorations(session).empty());
  CHECK(DescribeResults(session, 32).empty());
  CHECK(DescribeArms(session).empty());
  CHECK(Value(session.FetchTrial({"job", 32, 1})) == nullptr);
  CHECK(Value(session.FetchArm("job", 32)) == nullptr);
}

TEST_CASE_METHOD(SessionFixture, "A job is read back as it was inserted, also after a restart") {
  Job job = MakeJob();
  job.stage = Stage::kMab;
  job.min_cost = 5;
  job.min_cost_batch_size = 64;
  job.exp_default_batch_size = 16;
  job.generator_state = Pcg64State{.state_high = 1, .state_low = 2, .inc_high = 3, .inc_low = 5};
  Run([&](Session& session) { REQUIRE_THAT(session.InsertJob(job), IsOk()); });
  Reopen();
  Session session = Begin();
  const Job* const read = Value(session.FetchJob("job"));
  REQUIRE(read != nullptr);
  CHECK(read->spec == job.spec);
  CHECK(read->stage == Stage::kMab);
  CHECK(read->min_cost == 5);
  CHECK(read->min_cost_batch_size == 64);
  CHECK(read->exp_default_batch_size == 16);
  CHECK(read->create_time == kStart);
  CHECK(read->generator_state == job.generator_state);
}

TEST_CASE_METHOD(SessionFixture, "A job id is taken only once") {
  AddJob();
  Session session = Begin();
  CHECK_THAT(session.InsertJob(MakeJob()), FailsWith(Reason::kJobExists));
  CHECK_FALSE(session.has_changes());
  CHECK_THAT(session.InsertJob(MakeJob("job2")), IsOk());
  CHECK_THAT(session.InsertJob(MakeJob("job2")), FailsWith(Reason::kJobExists));
}

TEST_CASE_METHOD(SessionFixture, "A job holds at the commit what was last made of it") {
  AddJob();
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    Job* const job = Value(session.MutableJob("job"));
    job->min_cost = 7;
    job->min_cost = 6;
    job->stage = Stage::kMab;
  });
  Session session = Begin();
  const Job* const job = Value(session.FetchJob("job"));
  CHECK(job->min_cost == 6);
  CHECK(job->stage == Stage::kMab);
}

TEST_CASE_METHOD(SessionFixture, "Jobs are scanned in the order of their bytes, prefix by prefix") {
  for (const char* id : {"b", "a", "ab", "a\xc3\xbf", "B", "a-1", "a-10", "a-2"}) AddJob(id);
  Session session = Begin();
  CHECK(ScanIds(session, "", "") == "B a a-1 a-10 a-2 ab a\xc3\xbf b");
  CHECK(ScanIds(session, "a", "") == "a a-1 a-10 a-2 ab a\xc3\xbf");
  CHECK(ScanIds(session, "a-", "") == "a-1 a-10 a-2");
  CHECK(ScanIds(session, "a\xc3\xbf", "") == "a\xc3\xbf");
  CHECK(ScanIds(session, "c", "").empty());
}

TEST_CASE_METHOD(SessionFixture, "A scan of jobs goes on after the last one that was seen") {
  for (const char* id : {"a", "a-1", "a-2", "b"}) AddJob(id);
  Session session = Begin();
  CHECK(ScanIds(session, "", "", 2) == "a a-1");
  CHECK(ScanIds(session, "", "a-1", 2) == "a-2 b");
  CHECK(ScanIds(session, "", "b").empty());
  CHECK(ScanIds(session, "a", "a") == "a-1 a-2");
  CHECK(ScanIds(session, "a", "a-15") == "a-2");
  CHECK(ScanIds(session, "a-", "A") == "a-1 a-2");
  CHECK(ScanIds(session, "a", "b").empty());
}

TEST_CASE_METHOD(SessionFixture, "Arms are read by batch size ascending, each once") {
  AddJob();
  for (const int64_t size : {64, 16, 300}) AddArm(size, static_cast<double>(-size));
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    CHECK_THAT(session.InsertArm("job", {.batch_size = 64, .param_mean = 1}), FailsWith(Reason::kArmExists));
    REQUIRE(Value(session.FetchArm("job", 16)) != nullptr);
    CHECK_THAT(session.ReplaceArm("job", {.batch_size = 16, .param_mean = -1}), IsOk());
  });
  Session session = Begin();
  CHECK(DescribeArms(session) == "16: mean -1, 64: mean -64, 300: mean -300");
}

TEST_CASE_METHOD(SessionFixture, "A job that is not there has nothing below it") {
  Session session = Begin();
  CHECK(Value(session.FetchJob("job")) == nullptr);
  CheckNothingBelowJob(session);
}

TEST_CASE_METHOD(SessionFixture, "Deleting answers whether there was a job") {
  AddJob();
  Session session = Begin();
  CHECK_FALSE(Value(session.DeleteJob("other")));
  CHECK_FALSE(session.has_changes());
  CHECK_FALSE(session.has_garbage());
  CHECK(Value(session.DeleteJob("job")));
  CHECK(session.has_changes());
  CHECK(session.has_garbage());
  CHECK_FALSE(Value(session.DeleteJob("job")));
}

TEST_CASE_METHOD(SessionFixture, "A deleted job is gone with all below it, and no other is") {
  AddJob();
  AddJob("job2");
  FillJob(*this);
  DeleteJob();
  Session session = Begin();
  CHECK(Value(session.FetchJob("job")) == nullptr);
  CheckNothingBelowJob(session);
  CHECK(ScanIds(session, "", "") == "job2");
}

TEST_CASE_METHOD(SessionFixture, "A job that was deleted in the session is gone in it at once") {
  AddJob();
  FillJob(*this);
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  REQUIRE(Value(session.FetchTrial({"job", 32, 1})) != nullptr);
  REQUIRE(Value(session.FetchArm("job", 32)) != nullptr);
  REQUIRE(Value(session.DeleteJob("job")));
  CHECK(Value(session.FetchJob("job")) == nullptr);
  CheckNothingBelowJob(session);
  CHECK_THAT(session.MutableJob("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status(),
             FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(testing::EndTrial(session, {"job", 32, 1}, kEnd, TrialFailure::kFailed).status(),
             FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(session.ReplaceArm("job", {.batch_size = 32}), FailsWith(Reason::kArmNotFetched));
}

TEST_CASE_METHOD(SessionFixture, "Changes made before a deletion in the same session go with the job") {
  AddJob();
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    Value(session.MutableJob("job"))->min_cost = 1;
    Value(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
    REQUIRE(Value(session.DeleteJob("job")));
  });
  Session session = Begin();
  CHECK(Value(session.FetchJob("job")) == nullptr);
  CheckNothingBelowJob(session);
}

TEST_CASE_METHOD(SessionFixture, "A job registered again under the same name sees nothing of the old one") {
  AddJob();
  FillJob(*this);
  DeleteJob();
  AddJob();
  Session session = Begin();
  const Job* const job = Value(session.FetchJob("job"));
  REQUIRE(job != nullptr);
  CHECK(job->min_cost == std::nullopt);
  CheckNothingBelowJob(session);
  CHECK(Value(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}))->trial_number ==
        1);
}

TEST_CASE_METHOD(SessionFixture, "A job deleted and registered again in one session sees nothing of the old one") {
  AddJob();
  FillJob(*this);
  Run([](Session& session) {
    REQUIRE(Value(session.DeleteJob("job")));
    REQUIRE_THAT(session.InsertJob(MakeJob()), IsOk());
    CheckNothingBelowJob(session);
  });
  Session session = Begin();
  CHECK(Value(session.FetchJob("job")) != nullptr);
  CheckNothingBelowJob(session);
}

TEST_CASE_METHOD(SessionFixture, "A job registered and deleted in one session leaves no job") {
  Run([](Session& session) {
    REQUIRE_THAT(session.InsertJob(MakeJob()), IsOk());
    REQUIRE(Value(session.DeleteJob("job")));
  });
  CHECK(CountRows(engine(), Table::kJobs) == 0);
}

TEST_CASE_METHOD(SessionFixture, "Deleting a job of any size writes two rows") {
  AddJob();
  FillJob(*this);
  Session session = Begin();
  REQUIRE(Value(session.DeleteJob("job")));
  CHECK(session.TakeBatch()->writes().size() == 2);
}

}  // namespace
}  // namespace zeus::bso::storage
