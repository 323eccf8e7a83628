#include <functional>
#include <optional>
#include <vector>

#include "catch2/catch.hpp"
#include "server/service/zeus_service.h"
#include "tests/server/service/fixture.h"

// What each method refuses. That a refusal changes nothing is tested once, in zeus_service_test.cc.
namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::MakeSpec;
using testing::Value;

using Call = std::function<absl::Status(ZeusService&)>;

constexpr int64_t kMabTrial = 1;
constexpr int64_t kExplorationTrial = 2;
const TrialKey kMabKey{"job", 32, kMabTrial};
const TrialKey kExplorationKey{"job", 32, kExplorationTrial};
const TrialEnd kSuccess{TrialStatus::kSucceeded, Result{10, 100, true}};
const TrialEnd kFailure{TrialStatus::kFailed, std::nullopt};
const std::vector<GaussianTsArm> kNewArms = {{.batch_size = 16}};
const std::vector<int64_t> kChoices = {16, 32};

// A job with an arm of size 32 and two running trials of that size.
class RefusalsFixture : public testing::ServiceFixture {
 public:
  RefusalsFixture() {
    CreateJob(MakeSpec());
    CreateTrial(32, TrialType::kMab);
    CreateTrial(32, TrialType::kExploration);
    CreateArms({{.batch_size = 32}});
  }
};

TEST_CASE_METHOD(RefusalsFixture, "What needs the job is refused while the session has not fetched it") {
  const std::vector<Call> calls = {
      [](ZeusService& service) { return service.UpdateTrial(kMabKey, kSuccess).status(); },
      [](ZeusService& service) { return service.UpdateTrial(kMabKey, kFailure).status(); },
      [](ZeusService& service) { return service.UpdateArmState(kMabKey, {.batch_size = 32}); },
      [](ZeusService& service) { return service.UpdateExpDefaultBatchSize("job", 64).status(); },
      [](ZeusService& service) { return service.CreateTrial("job", 32, TrialType::kMab).status(); },
      [](ZeusService& service) { return service.GetRandomChoices("job", kChoices).status(); },
      [](ZeusService& service) { return service.GetNormal("job", 0, 1).status(); },
      [](ZeusService& service) { return service.GetTrialResultsOfBatchSize("job", 32).status(); },
      [](ZeusService& service) { return service.CreateArms("job", kNewArms); },
      [](ZeusService& service) { return service.UpdateJobStage("job", Stage::kMab).status(); },
  };
  for (const Call& call : calls) {
    CHECK_THAT(Run(call), FailsWith(Reason::kJobNotFetched));
    // Nor do the trial and the arm stand for it, reading what is below it, or another job.
    CHECK_THAT(Run([&](ZeusService& service) {
                 CHECK(Value(service.GetTrial(kMabKey)) != nullptr);
                 CHECK(Value(service.GetArm("job", 32)) != nullptr);
                 CHECK(Value(service.GetArms("job")).size() == 1);
                 CHECK(Value(service.GetExplorationsOfJob("job")).size() == 1);
                 Value(service.CreateJob(MakeSpec("another")));
                 return call(service);
               }),
               FailsWith(Reason::kJobNotFetched));
    absl::Status with_the_job = absl::UnknownError("not called");
    Drop([&](ZeusService& service) {
      Value(service.GetJob("job"));
      Value(service.GetTrial(kMabKey));
      Value(service.GetArm("job", 32));
      with_the_job = call(service);
    });
    CHECK_THAT(with_the_job, IsOk());
  }
}

TEST_CASE_METHOD(RefusalsFixture, "What was fetched in an earlier session counts no more") {
  Commit([](ZeusService& service) { Value(service.GetJob("job")); });
  CHECK_THAT(Run([](ZeusService& service) { return service.CreateTrial("job", 32, TrialType::kMab).status(); }),
             FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "A job that does not exist is not fetched by asking for it") {
  CHECK_THAT(Run([](ZeusService& service) {
               CHECK(Value(service.GetJob("another")) == nullptr);
               return service.CreateTrial("another", 32, TrialType::kMab).status();
             }),
             FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "A job that the session deleted is fetched no more") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               CHECK(Value(service.DeleteJob("job")));
               return service.CreateTrial("job", 32, TrialType::kMab).status();
             }),
             FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "A trial that was not fetched cannot end") {
  for (const TrialEnd& end : {kSuccess, kFailure}) {
    CHECK_THAT(Run([&](ZeusService& service) {
                 Value(service.GetJob("job"));
                 Value(service.GetArm("job", 32));
                 Value(service.GetTrial(kExplorationKey));
                 return service.UpdateTrial(kMabKey, end).status();
               }),
               FailsWith(Reason::kTrialNotFetched));
  }
}

TEST_CASE_METHOD(RefusalsFixture,
                 "A trial asked for with another size is not fetched, nor does it end under that size") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               CHECK(Value(service.GetTrial({"job", 16, kMabTrial})) == nullptr);
               return service.UpdateTrial(kMabKey, kSuccess).status();
             }),
             FailsWith(Reason::kTrialNotFetched));
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               CHECK(Value(service.GetTrial(kMabKey)) != nullptr);
               return service.UpdateTrial({"job", 16, kMabTrial}, kSuccess).status();
             }),
             FailsWith(Reason::kTrialNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "Reading the explorations fetches no trial") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               CHECK(Value(service.GetExplorationsOfJob("job")).size() == 1);
               return service.UpdateTrial(kExplorationKey, kSuccess).status();
             }),
             FailsWith(Reason::kTrialNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "An arm is not replaced by a trial that was not fetched") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               Value(service.GetArm("job", 32));
               return service.UpdateArmState(kMabKey, {.batch_size = 32});
             }),
             FailsWith(Reason::kTrialNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "An arm that was not fetched is not replaced, though all were read") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               Value(service.GetTrial(kMabKey));
               CHECK(Value(service.GetArms("job")).size() == 1);
               return service.UpdateArmState(kMabKey, {.batch_size = 32});
             }),
             FailsWith(Reason::kArmNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "An arm that does not exist is not made by replacing it") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               Value(service.GetTrial(kMabKey));
               CHECK(Value(service.GetArm("job", 16)) == nullptr);
               return service.UpdateArmState(kMabKey, {.batch_size = 16});
             }),
             FailsWith(Reason::kArmNotFetched));
}

TEST_CASE_METHOD(RefusalsFixture, "An arm is replaced by a trial of type MAB only") {
  CreateTrial(32, TrialType::kConcurrent);
  for (const int64_t number : {kExplorationTrial, kExplorationTrial + 1}) {
    CHECK_THAT(Run([&](ZeusService& service) {
                 Value(service.GetJob("job"));
                 Value(service.GetTrial({"job", 32, number}));
                 Value(service.GetArm("job", 32));
                 return service.UpdateArmState({"job", 32, number}, {.batch_size = 32});
               }),
               FailsWith(Reason::kTrialNotMab));
  }
}

TEST_CASE_METHOD(RefusalsFixture, "A trial ends once") {
  for (const TrialEnd& first : {kSuccess, kFailure}) {
    const Trial trial = CreateTrial(32, TrialType::kExploration);
    EndTrial(trial, first);
    const testing::Rows before = StoredRows();
    for (const TrialEnd& again : {kSuccess, kFailure}) {
      CHECK_THAT(Run([&](ZeusService& service) {
                   Value(service.GetJob("job"));
                   Value(service.GetTrial({"job", 32, trial.trial_number}));
                   return service.UpdateTrial({"job", 32, trial.trial_number}, again).status();
                 }),
                 FailsWith(Reason::kTrialEnded));
    }
    CHECK((StoredRows() == before));
  }
}

TEST_CASE_METHOD(RefusalsFixture, "A trial ends once within a session, too") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               Value(service.GetTrial(kMabKey));
               CHECK_THAT(service.UpdateTrial(kMabKey, kFailure).status(), IsOk());
               return service.UpdateTrial(kMabKey, kSuccess).status();
             }),
             FailsWith(Reason::kTrialEnded));
}

TEST_CASE_METHOD(RefusalsFixture, "A trial does not succeed without a result") {
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.GetJob("job"));
               Value(service.GetTrial(kMabKey));
               return service.UpdateTrial(kMabKey, {TrialStatus::kSucceeded, std::nullopt}).status();
             }),
             FailsWith(Reason::kResultMissing));
  CHECK(StoredTrial(32, kMabTrial).status == TrialStatus::kDispatched);
}

TEST_CASE_METHOD(RefusalsFixture, "A size that is not one of the job's is refused for trials, defaults and arms") {
  for (const int64_t size : {15, 17, 128, 0, -16}) {
    CAPTURE(size);
    const std::vector<Call> calls = {
        [&](ZeusService& service) { return service.CreateTrial("job", size, TrialType::kMab).status(); },
        [&](ZeusService& service) { return service.UpdateExpDefaultBatchSize("job", size).status(); },
        [&](ZeusService& service) {
          return service.CreateArms("job", std::vector<GaussianTsArm>{{.batch_size = 16}, {.batch_size = size}});
        },
    };
    for (const Call& call : calls) {
      CHECK_THAT(Run([&](ZeusService& service) {
                   Value(service.GetJob("job"));
                   return call(service);
                 }),
                 FailsWith(Reason::kBatchSizeNotInJob));
    }
  }
  CHECK(StoredArms().size() == 1);
}

TEST_CASE_METHOD(RefusalsFixture, "An arm is made once") {
  for (const std::vector<GaussianTsArm>& arms :
       {std::vector<GaussianTsArm>{{.batch_size = 32}}, {{.batch_size = 16}, {.batch_size = 16}}}) {
    CHECK_THAT(Run([&](ZeusService& service) {
                 Value(service.GetJob("job"));
                 return service.CreateArms("job", arms);
               }),
               FailsWith(Reason::kArmExists));
  }
  CHECK(StoredArms().size() == 1);
}

TEST_CASE_METHOD(RefusalsFixture, "A job_id that is taken is refused, and the job stays as it is") {
  JobSpec other = MakeSpec();
  other.max_epochs = 7;
  const testing::Rows before = StoredRows();
  CHECK_THAT(Run([&](ZeusService& service) { return service.CreateJob(other).status(); }),
             FailsWith(Reason::kJobExists));
  CHECK((StoredRows() == before));
  CHECK_THAT(Run([](ZeusService& service) {
               Value(service.CreateJob(MakeSpec("new")));
               return service.CreateJob(MakeSpec("new")).status();
             }),
             FailsWith(Reason::kJobExists));
}

TEST_CASE_METHOD(RefusalsFixture, "The stage goes to MAB only, never back") {
  const auto back = [](ZeusService& service) {
    Value(service.GetJob("job"));
    return service.UpdateJobStage("job", Stage::kPruning).status();
  };
  CHECK_THAT(Run(back), FailsWith(Reason::kStageNotMab));
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(service.UpdateJobStage("job", Stage::kMab));
  });
  CHECK_THAT(Run(back), FailsWith(Reason::kStageNotMab));
  CHECK(StoredJob().stage == Stage::kMab);
}

}  // namespace
}  // namespace zeus::bso
