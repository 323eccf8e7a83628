// The sizes of jobs of the curves policy, and what their trials keep, in sessions.
#include <cstdint>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/storage/session_fixture.h"
#include "tests/support/curves_values.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::FullTicket;
using testing::IsOk;
using testing::Value;

Job MakeCurvesJob(const std::string& job_id = "job") {
  Job job = MakeJob(job_id);
  job.spec.policy = PolicyKind::kCurves;
  job.stage = Stage::kNone;
  job.curves = testing::FullCurvesJob();
  job.curves->num_running_elsewhere = 0;
  return job;
}

// Without running trials, as the jobs here have none.
CurvesSize SizeAtRest(int64_t batch_size = 16) {
  CurvesSize size = testing::FullCurvesSize(batch_size);
  size.state.pending = 0;
  return size;
}

class CurvesFixture : public SessionFixture {
 public:
  // Adds a job with a record for each of these sizes.
  void AddCurvesJob(const std::vector<int64_t>& sizes = {16, 32, 64}, const std::string& job_id = "job") {
    Run([&](Session& session) {
      REQUIRE_THAT(session.InsertJob(MakeCurvesJob(job_id)), IsOk());
      for (const int64_t size : sizes) REQUIRE_THAT(session.PutCurvesSize(job_id, SizeAtRest(size)), IsOk());
    });
  }

  absl::StatusOr<std::vector<CurvesSize>> FetchSizes(const std::string& job_id = "job") {
    Session session = Begin();
    REQUIRE(Value(session.FetchJob(job_id)) != nullptr);
    return session.FetchCurvesSizes(job_id);
  }
};

TEST_CASE_METHOD(CurvesFixture, "The sizes of a job are read in order, after a restart too") {
  AddCurvesJob({64, 16, 32});
  const std::vector<CurvesSize> expected = {SizeAtRest(16), SizeAtRest(32), SizeAtRest(64)};
  CHECK(Value(FetchSizes()) == expected);
  Reopen();
  CHECK(Value(FetchSizes()) == expected);
}

TEST_CASE_METHOD(CurvesFixture, "A session that has read the sizes sees what it writes afterwards") {
  AddCurvesJob();
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  REQUIRE(Value(session.FetchCurvesSizes("job")).size() == 3);
  REQUIRE_THAT(session.PutCurvesSize("job", {.batch_size = 32}), IsOk());
  CHECK(Value(session.FetchCurvesSizes("job"))[1] == CurvesSize{.batch_size = 32});
}

TEST_CASE_METHOD(CurvesFixture, "A session reads the sizes that it has written itself") {
  AddCurvesJob();
  Session session = Begin();
  REQUIRE(Value(session.FetchJob("job")) != nullptr);
  REQUIRE_THAT(session.PutCurvesSize("job", {.batch_size = 32}), IsOk());
  CHECK(Value(session.FetchCurvesSizes("job")) ==
        std::vector<CurvesSize>{SizeAtRest(16), {.batch_size = 32}, SizeAtRest(64)});
  CHECK(Value(FetchSizes())[1] == SizeAtRest(32));
}

TEST_CASE_METHOD(CurvesFixture, "Sizes that are missing, or that the job does not have, are corrupted") {
  const std::vector<int64_t> sizes = GENERATE(
      as<std::vector<int64_t>>(), std::vector<int64_t>{}, std::vector<int64_t>{16, 32}, std::vector<int64_t>{32, 64},
      std::vector<int64_t>{16, 33, 64}, std::vector<int64_t>{16, 32, 64, 128}, std::vector<int64_t>{8, 16, 32, 64});
  AddCurvesJob(sizes);
  CHECK_THAT(FetchSizes().status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE_METHOD(CurvesFixture, "A stored size that no job can have is corrupted") {
  AddCurvesJob();
  CurvesSize size = SizeAtRest(32);
  size.state.last = testing::FullCurvesJob().state.run + 1;
  Run([&](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    REQUIRE_THAT(session.PutCurvesSize("job", size), IsOk());
  });
  CHECK_THAT(FetchSizes().status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE_METHOD(CurvesFixture, "Sizes belong to their job, and a job of another policy has none") {
  AddCurvesJob({16, 32, 64}, "a");
  AddJob("b");
  AddCurvesJob({16, 32, 64}, "c");
  CHECK(Value(FetchSizes("a")).size() == 3);
  CHECK(Value(FetchSizes("b")).empty());
  CHECK(Value(FetchSizes("c")).size() == 3);
}

TEST_CASE_METHOD(CurvesFixture, "Sizes are read and written only of a job that was fetched") {
  AddCurvesJob();
  Session session = Begin();
  CHECK_THAT(session.FetchCurvesSizes("job").status(), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.PutCurvesSize("job", SizeAtRest()), FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(CurvesFixture, "A change of a size is one of its job: of two sessions, one loses the race") {
  AddCurvesJob();
  Session first = Begin(), second = Begin();
  for (Session* session : {&first, &second}) {
    REQUIRE(Value(session->FetchJob("job")) != nullptr);
    Value(session->FetchCurvesSizes("job"));
  }
  REQUIRE_THAT(first.PutCurvesSize("job", {.batch_size = 16}), IsOk());
  REQUIRE_THAT(second.PutCurvesSize("job", {.batch_size = 64}), IsOk());
  CHECK_THAT(Commit(first), IsOk());
  CHECK_THAT(Commit(second), FailsWith(Reason::kLostRace));
  CHECK(Value(FetchSizes())[2] == SizeAtRest(64));
}

TEST_CASE_METHOD(CurvesFixture, "A job that is made anew under the same name has sizes of its own") {
  AddCurvesJob();
  DeleteJob();
  AddCurvesJob({16});
  CHECK_THAT(FetchSizes().status(), FailsWith(Reason::kStorageCorrupted));
}

TEST_CASE_METHOD(CurvesFixture, "A trial keeps its ticket, its progress, and the revision of its end") {
  AddCurvesJob();
  Run([](Session& session) {
    REQUIRE(Value(session.FetchJob("job")) != nullptr);
    Value(session.InsertTrial("job", {.batch_size = 16,
                                      .type = TrialType::kBest,
                                      .time = kStart,
                                      .deadline = kEnd,
                                      .ticket = FullTicket(curves::Kind::kBest)}));
  });
  const auto stored = [&] {
    Session session = Begin();
    return *Value(session.FetchTrial({"job", 16, 1}));
  };
  CHECK(stored().ticket == FullTicket(curves::Kind::kBest));
  CHECK_FALSE(stored().progress.has_value());
  CHECK_FALSE(stored().end_revision.has_value());

  const TrialProgress progress = {.epochs = 2, .energy_joules = 5, .metric = 0.25, .first_epoch_cost = 3};
  Run([&](Session& session) {
    Trial trial = *Value(session.FetchTrial({"job", 16, 1}));
    trial.deadline = kEnd + absl::Hours(1);
    trial.progress = progress;
    REQUIRE_THAT(session.UpdateRunningTrial(trial), IsOk());
  });
  CHECK(stored().progress->epochs == 2);
  CHECK(stored().progress->first_epoch_cost == 3);
  CHECK(stored().ticket == FullTicket(curves::Kind::kBest));

  Run([](Session& session) {
    REQUIRE(Value(session.FetchTrial({"job", 16, 1})) != nullptr);
    Value(testing::EndTrial(session, {"job", 16, 1}, kEnd, TrialFailure::kFailed));
  });
  CHECK(stored().end_revision == 3);  // The commits that changed the job: it was made, the trial started and ended.
  CHECK(stored().progress->epochs == 2);
  CHECK(stored().ticket == FullTicket(curves::Kind::kBest));
}

TEST_CASE_METHOD(CurvesFixture, "Ends of one session have the same revision, later ones a greater") {
  AddJob();
  for (int i = 0; i < 3; ++i) StartTrial(32);
  const auto end = [](Session& session, int64_t number) {
    REQUIRE(Value(session.FetchTrial({"job", 32, number})) != nullptr);
    return *Value(testing::EndTrial(session, {"job", 32, number}, kEnd, TrialFailure::kFailed))->end_revision;
  };
  Run([&](Session& session) {
    const int64_t revision = end(session, 3);
    CHECK(end(session, 1) == revision);
    CHECK(Value(session.VersionOf("job")).revision == revision - 1);
  });
  Run([&](Session& session) { CHECK(end(session, 2) == Value(session.VersionOf("job")).revision + 1); });
  Session session = Begin();
  CHECK(Value(session.FetchTrial({"job", 32, 2}))->end_revision >
        Value(session.FetchTrial({"job", 32, 3}))->end_revision);
}

}  // namespace
}  // namespace zeus::bso::storage
