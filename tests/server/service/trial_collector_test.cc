#include "server/service/trial_collector.h"

#include <string>

#include "absl/time/clock.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::MakeSpec;
using testing::Value;

class CollectorFixture : public CurvesFixture {
 public:
  CollectorFixture() { limits.max_trials_per_job = 5; }

  void Train(const std::string& job_id, int num_trials) {
    for (int i = 0; i < num_trials; ++i) ReachTarget(Start(job_id), 100);
  }

  size_t NumKept(const std::string& job_id) {
    size_t num_kept = 0;
    Read([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      num_kept = Value(service.GetNewestTrials(job_id, 10'000)).size();
    });
    return num_kept;
  }

  void AwaitKept(const std::string& job_id, size_t num_kept) {
    while (NumKept(job_id) != num_kept) absl::SleepFor(absl::Milliseconds(1));
  }
};

TEST_CASE_METHOD(CollectorFixture, "Soon after a trial has ended, its job has no more trials than it may have") {
  const TrialCollector collector(
      store(), [this] { return now; }, limits);
  CreateJob(CurvesSpec("other"));
  Train("job", 3);
  Train("other", 12);
  AwaitKept("other", 5);
  CHECK(NumKept("job") == 3);
  CHECK(StoredJob("other").history->begin == 8);
  Train("job", 4);
  AwaitKept("job", 5);
}

TEST_CASE_METHOD(CollectorFixture, "Jobs that had too many trials before are found") {
  for (int i = 0; i < 3; ++i) {
    CreateJob(MakeSpec(absl::StrCat("job-", i)));
    Train(absl::StrCat("job-", i), 30);
  }
  // Several pages of jobs with few trials come before.
  for (int i = 0; i < 600; ++i) CreateJob(MakeSpec(absl::StrCat("a-", i)));
  const TrialCollector collector(
      store(), [this] { return now; }, limits);
  for (int i = 0; i < 3; ++i) AwaitKept(absl::StrCat("job-", i), 5);
}

TEST_CASE_METHOD(CollectorFixture, "More trials than one batch takes are collected one batch after the other") {
  Train("job", 450);
  const TrialCollector collector(
      store(), [this] { return now; }, limits);
  AwaitKept("job", 5);
  CHECK(StoredJob().history->num_collected == 445);
}

TEST_CASE_METHOD(CollectorFixture, "It goes on once a job has been learned anew") {
  Train("job", 12);
  Commit([&](ZeusService& service) {
    Value(service.GetJob("job"));
    REQUIRE_THAT(service.session().AskToRelearn("job", now), testing::IsOk());
  });
  const TrialCollector collector(
      store(), [this] { return now; }, limits);
  Train("job", 1);
  REQUIRE_THAT(Run([&](ZeusService& service) -> absl::Status {
                 ZB_RETURN_IF_ERROR(service.GetJob("job").status());
                 ZB_RETURN_IF_ERROR(service.session().FinishRelearning("job"));
                 ZB_ASSIGN_OR_RETURN(Job* const job, service.session().MutableJob("job"));
                 ++job->num_corrections;
                 return absl::OkStatus();
               }),
               testing::IsOk());
  AwaitKept("job", 5);
}

}  // namespace
}  // namespace zeus::bso
