// The fetch-first rule: a change needs its record fetched before in the same session.
#include "catch2/catch.hpp"
#include "storage/session.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/end_trial.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

// A job with a running trial 1 and an arm, both of batch size 32.
class JobFixture : public SessionFixture {
 public:
  JobFixture() {
    AddJob();
    StartTrial(32);
    AddArm(32, -5);
  }
};

const TrialKey kTrial = {"job", 32, 1};

TEST_CASE_METHOD(JobFixture, "A job is changed only after it was fetched") {
  Session session = Begin();
  CHECK_THAT(session.FetchedJob("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.MutableJob("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status(),
             FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.InsertArm("job", {.batch_size = 64}), FailsWith(Reason::kJobNotFetched));
  CHECK_FALSE(session.has_changes());

  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  CHECK_THAT(session.FetchedJob("job").status(), IsOk());
  CHECK_THAT(session.MutableJob("job").status(), IsOk());
  CHECK_THAT(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status(), IsOk());
  CHECK_THAT(session.InsertArm("job", {.batch_size = 64}), IsOk());
}

TEST_CASE_METHOD(JobFixture, "A trial is changed only after it was fetched") {
  Session session = Begin();
  CHECK_THAT(session.FetchedTrial(kTrial).status(), FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(testing::EndTrial(session, kTrial, kEnd, TrialFailure::kFailed).status(),
             FailsWith(Reason::kTrialNotFetched));
  CHECK_FALSE(session.has_changes());

  REQUIRE(Value(session.FetchTrial(kTrial)) != nullptr);
  CHECK_THAT(session.FetchedTrial(kTrial).status(), IsOk());
  CHECK_THAT(testing::EndTrial(session, kTrial, kEnd, TrialFailure::kFailed).status(), IsOk());
}

TEST_CASE_METHOD(JobFixture, "An arm is changed only after it was fetched") {
  Session session = Begin();
  CHECK_THAT(session.FetchedArm("job", 32).status(), FailsWith(Reason::kArmNotFetched));
  CHECK_THAT(session.ReplaceArm("job", {.batch_size = 32}), FailsWith(Reason::kArmNotFetched));
  CHECK_FALSE(session.has_changes());

  REQUIRE(Value(session.FetchArm("job", 32)) != nullptr);
  CHECK_THAT(session.FetchedArm("job", 32).status(), IsOk());
  CHECK_THAT(session.ReplaceArm("job", {.batch_size = 32}), IsOk());
}

TEST_CASE_METHOD(JobFixture, "Fetching a job fetches neither its trials nor its arms") {
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  CHECK_THAT(testing::EndTrial(session, kTrial, kEnd, TrialFailure::kFailed).status(),
             FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(session.ReplaceArm("job", {.batch_size = 32}), FailsWith(Reason::kArmNotFetched));
}

TEST_CASE_METHOD(JobFixture, "Fetching a trial or an arm does not fetch the job") {
  Session session = Begin();
  REQUIRE(Value(session.FetchTrial(kTrial)) != nullptr);
  REQUIRE(Value(session.FetchArm("job", 32)) != nullptr);
  CHECK_THAT(session.FetchedJob("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.MutableJob("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status(),
             FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(JobFixture, "Reading without remembering fetches nothing") {
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 32 Dispatched");
  CHECK(DescribeArms(session) == "32: mean -5");
  CHECK(DescribeExplorations(session).empty());
  CHECK(DescribeResults(session, 32).empty());
  REQUIRE_THAT(session.ScanJobs("", "", [](const Job&, const std::optional<JobSummary>&) { return true; }), IsOk());
  CHECK_THAT(session.FetchedJob("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.FetchedTrial(kTrial).status(), FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(session.FetchedArm("job", 32).status(), FailsWith(Reason::kArmNotFetched));
}

TEST_CASE_METHOD(JobFixture, "What another session fetched is not fetched in this one") {
  Session other = Begin();
  REQUIRE(Value(other.FetchJob("job")) != nullptr);
  Session session = Begin();
  CHECK_THAT(session.MutableJob("job").status(), FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(JobFixture, "A record that does not exist is fetched as nothing and stays not fetched") {
  Session session = Begin();
  CHECK(Value(session.FetchJob("other")) == nullptr);
  CHECK(Value(session.FetchTrial({"job", 32, 2})) == nullptr);
  CHECK(Value(session.FetchTrial({"other", 32, 1})) == nullptr);
  CHECK(Value(session.FetchArm("job", 64)) == nullptr);
  CHECK(Value(session.FetchArm("other", 32)) == nullptr);
  CHECK_THAT(session.MutableJob("other").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.FetchedTrial({"job", 32, 2}).status(), FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(session.ReplaceArm("job", {.batch_size = 64}), FailsWith(Reason::kArmNotFetched));
}

TEST_CASE_METHOD(JobFixture, "A trial of another batch size than it was started with does not exist") {
  Session session = Begin();
  CHECK(Value(session.FetchTrial({"job", 64, 1})) == nullptr);
  CHECK_THAT(session.FetchedTrial(kTrial).status(), FailsWith(Reason::kTrialNotFetched));

  REQUIRE(Value(session.FetchTrial(kTrial)) != nullptr);
  CHECK(Value(session.FetchTrial({"job", 64, 1})) == nullptr);
  CHECK_THAT(session.FetchedTrial({"job", 64, 1}).status(), FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(testing::EndTrial(session, {"job", 64, 1}, kEnd, TrialFailure::kFailed).status(),
             FailsWith(Reason::kTrialNotFetched));
}

TEST_CASE_METHOD(JobFixture, "Records of several jobs are fetched at once, each as itself") {
  AddJob("other");
  StartTrial(64);
  AddArm(64, -7);
  Session session = Begin();
  const Job* const job = Value(session.FetchJob("job"));
  const Job* const other = Value(session.FetchJob("other"));
  const Trial* const first = Value(session.FetchTrial(kTrial));
  const Trial* const second = Value(session.FetchTrial({"job", 64, 2}));
  const GaussianTsArm* const small = Value(session.FetchArm("job", 32));
  const GaussianTsArm* const large = Value(session.FetchArm("job", 64));
  CHECK(job->spec.job_id == "job");
  CHECK(other->spec.job_id == "other");
  CHECK(Describe(*first) == "1: 32 Dispatched");
  CHECK(Describe(*second) == "2: 64 Dispatched");
  CHECK(small->param_mean == -5);
  CHECK(large->param_mean == -7);
  CHECK(Value(session.FetchedJob("job")) == job);
  CHECK(Value(session.FetchedTrial(kTrial)) == first);
  CHECK(Value(session.FetchedArm("job", 32)) == small);
}

TEST_CASE_METHOD(JobFixture, "Changes of several records of several jobs are made by one commit") {
  AddJob("other");
  StartTrial(64);
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    REQUIRE(Value(session.FetchJob("other")) != nullptr);
    REQUIRE(Value(session.FetchTrial(kTrial)) != nullptr);
    REQUIRE(Value(session.FetchTrial({"job", 64, 2})) != nullptr);
    REQUIRE(Value(session.FetchArm("job", 32)) != nullptr);
    Value(session.MutableJob("job"))->min_cost = 1;
    Value(session.MutableJob("other"))->min_cost = 2;
    Value(testing::EndTrial(session, kTrial, kEnd, MakeResult(3)));
    Value(testing::EndTrial(session, {"job", 64, 2}, kEnd, TrialFailure::kFailed));
    REQUIRE_THAT(session.ReplaceArm("job", {.batch_size = 32, .param_mean = -4}), IsOk());
  });
  Session session = Begin();
  CHECK(Value(session.FetchJob("job"))->min_cost == 1);
  CHECK(Value(session.FetchJob("other"))->min_cost == 2);
  CHECK(DescribeTrials(session) == "1: 32 Succeeded 3 J, 2: 64 Failed");
  CHECK(DescribeArms(session) == "32: mean -4");
}

TEST_CASE_METHOD(SessionFixture, "A record that the session created counts as fetched") {
  Session session = Begin();
  REQUIRE_THAT(session.InsertJob(MakeJob()), IsOk());
  CHECK_THAT(session.MutableJob("job").status(), IsOk());
  REQUIRE_THAT(session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status(),
               IsOk());
  CHECK_THAT(testing::EndTrial(session, kTrial, kEnd, TrialFailure::kFailed).status(), IsOk());
  REQUIRE_THAT(session.InsertArm("job", {.batch_size = 32}), IsOk());
  CHECK_THAT(session.ReplaceArm("job", {.batch_size = 32, .param_mean = -1}), IsOk());
}

}  // namespace
}  // namespace zeus::bso::storage
