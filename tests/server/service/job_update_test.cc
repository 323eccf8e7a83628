#include "server/service/job_update.h"

#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesSpec;
using testing::IsOk;
using testing::MakeSpec;
using testing::OptimizerFixture;
using testing::Value;

class JobUpdateFixture : public OptimizerFixture {
 public:
  void Update(const JobSpec& next) {
    Commit([&](ZeusService& service) {
      Value(service.GetJob(next.job_id));
      Value(UpdateJob(service, next));
    });
  }

  int64_t NumPending() {
    int64_t num_pending = 0;
    Read([&](ZeusService& service) {
      num_pending = Value(service.GetJob("job"))->curves.value().num_running_elsewhere;
      for (const CurvesSize& size : Value(service.GetCurvesSizes("job"))) num_pending += size.state.pending;
    });
    return num_pending;
  }
};

TEST_CASE_METHOD(JobUpdateFixture,
                 "A job that follows the curves policy counts trials that run since before they were counted") {
  CreateJob(MakeSpec());
  const Trial uncounted = Start();
  const Trial other = Start();
  Commit([&](ZeusService& service) {
    Value(service.GetJob("job"));
    Job& job = *Value(service.session().MutableJob("job"));
    job.num_running_trials = 0;
    job.oldest_running_trial.reset();
    Trial trial = *Value(service.GetTrial(KeyOf(uncounted)));
    trial.deadline.reset();
    trial.heard.reset();
    REQUIRE_THAT(service.session().UpdateRunningTrial(trial), IsOk());
  });
  ForgetMemory();
  Update(CurvesSpec());
  CHECK(StoredJob().num_running_trials == 2);
  CHECK(StoredJob().oldest_running_trial->trial_number == uncounted.trial_number);
  CHECK(NumPending() == 2);
  // It times out as any other.
  CHECK(StoredTrial(uncounted.batch_size, uncounted.trial_number).deadline.has_value());
  REQUIRE_THAT(TryEnd(KeyOf(uncounted)), IsOk());
  REQUIRE_THAT(TryEnd(KeyOf(other)), IsOk());
  CHECK(NumPending() == 0);
}

TEST_CASE_METHOD(JobUpdateFixture, "A job may follow the curves policy, and change otherwise, in one call") {
  JobSpec spec = MakeSpec();
  for (int64_t size = 65; spec.batch_sizes.size() < 1'024; ++size) spec.batch_sizes.push_back(size);
  CreateJob(spec);
  const Trial removed = CreateTrial(1'000, TrialType::kExploration);
  for (int i = 0; i < 3; ++i) ReachTarget(CreateTrial(64, TrialType::kExploration), 100);
  JobSpec next = spec;
  next.policy = PolicyKind::kCurves;
  next.batch_sizes = {16, 32, 64, 128};
  next.target_metric = 0.75;
  Update(next);
  const Job job = StoredJob();
  CHECK(job.spec == next);
  CHECK(job.curves->num_running_elsewhere == 1);
  // What was needed for the former target is not what the present one needs.
  CHECK_FALSE(job.curves->best_batch_size.has_value());
  CHECK_FALSE(job.min_cost.has_value());
  REQUIRE(job.curves->changes.size() == 1);
  CHECK(job.curves->changes[0].target);
  CHECK(job.curves->first_trial_since_change == 5);
  REQUIRE_THAT(TryEnd(KeyOf(removed)), IsOk());
  CHECK(NumPending() == 0);
  ReachTarget(Start(), 50);
  CHECK(StoredJob().curves->best_batch_size.has_value());
}

}  // namespace
}  // namespace zeus::bso
