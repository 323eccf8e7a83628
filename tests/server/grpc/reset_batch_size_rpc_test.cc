// ResetBatchSize.
#include <algorithm>
#include <vector>

#include "tests/server/grpc/correction_fixture.h"

namespace zeus::bso::rpc {
namespace {

TEST_CASE_METHOD(CorrectionFixture,
                 "A size that was out of memory once is tried again after a reset, with POLICY_ZEUS") {
  RegisterAs(v1::POLICY_ZEUS);
  Fail(32, v1::TRIAL_FAILURE_INFEASIBLE);
  Fail(64, v1::TRIAL_FAILURE_FAILED);
  Fail(16, v1::TRIAL_FAILURE_FAILED);
  const v1::ResetBatchSizeResponse response = Reset(32);
  CHECK(std::vector<int64_t>(response.batch_sizes().begin(), response.batch_sizes().end()) ==
        std::vector<int64_t>{32, 64});
  REQUIRE(response.job().failures_size() == 1);
  CHECK(response.job().failures(0).batch_size() == 16);
  CHECK(StartTrial().batch_size() == 32);
  CHECK(Reset(64).batch_sizes().empty());
  CHECK(GetJob().num_corrections() == 1);
  CheckRefused(Call(Optimizer::ResetBatchSize, OfSize<v1::ResetBatchSizeRequest>(33)), grpc::FAILED_PRECONDITION,
               "BATCH_SIZE_NOT_IN_JOB");
  CheckRefused(Call(Optimizer::ResetBatchSize, OfSize<v1::ResetBatchSizeRequest>(0)), grpc::INVALID_ARGUMENT,
               "INVALID_FIELD");
  CheckRefused(Call(Optimizer::ResetBatchSize, OfSize<v1::ResetBatchSizeRequest>(32, "none")), grpc::NOT_FOUND,
               "JOB_NOT_FOUND");
}

TEST_CASE_METHOD(CorrectionFixture, "At work, the bandit picks a size that was reset") {
  RegisterAs(v1::POLICY_ZEUS);
  // Pruning finds that 64 does not fit.
  while (GetJob().stage() == v1::STAGE_PRUNING) {
    const v1::Trial trial = StartTrial();
    if (trial.batch_size() == 64) {
      EndAs(*this, trial, v1::TRIAL_FAILURE_INFEASIBLE);
    } else {
      Answer(ReportConverged(trial, 100));
    }
  }
  CHECK(Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).arms_size() == 2);
  Reset(64);
  CHECK(Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).arms_size() == 3);
  bool picked = false;
  for (int i = 0; i < 20 && !picked; ++i) {
    const v1::Trial trial = StartTrial();
    picked = trial.batch_size() == 64;
    Answer(ReportConverged(trial, 100));
  }
  CHECK(picked);
  CheckMovable();
}

TEST_CASE_METHOD(CorrectionFixture, "Sizes that rest are tried again after a reset, with POLICY_CURVES") {
  RegisterAs(v1::POLICY_CURVES);
  Fail(32, v1::TRIAL_FAILURE_INFEASIBLE);
  const auto standings = [&] {
    std::vector<v1::Standing> all;
    const auto explained = Answer(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>()));
    for (const v1::BatchSizeExplanation& size : explained.batch_sizes()) all.push_back(size.standing());
    return all;
  };
  const std::vector<v1::Standing> before = standings();
  CHECK(std::count(before.begin(), before.end(), v1::STANDING_RESTING) == 2);
  const v1::ResetBatchSizeResponse response = Reset(32);
  CHECK(std::vector<int64_t>(response.batch_sizes().begin(), response.batch_sizes().end()) ==
        std::vector<int64_t>{32, 64});
  const std::vector<v1::Standing> after = standings();
  CHECK(std::count(after.begin(), after.end(), v1::STANDING_RESTING) == 0);
  CHECK(Reset(32).batch_sizes().empty());
  // It stays so when the job is learned anew.
  Void(Run(16, 10));
  AwaitLearned();
  const std::vector<v1::Standing> learned = standings();
  CHECK(std::count(learned.begin(), learned.end(), v1::STANDING_RESTING) == 0);
  CheckMovable();
}

TEST_CASE_METHOD(CorrectionFixture,
                 "With POLICY_ZEUS a size that fits cannot be infeasible, nor can the smallest one") {
  RegisterAs(v1::POLICY_ZEUS);
  Fail(16, v1::TRIAL_FAILURE_INFEASIBLE);
  CHECK(GetJob().failures(0).num_failures() == 1);
  CHECK_FALSE(GetJob().failures(0).infeasible());
  CHECK(StartTrial().batch_size() == 32);
  Run(32, 10);
  Reset(16);
  CHECK(GetJob().failures().empty());
  SECTION("converged") { Fail(32, v1::TRIAL_FAILURE_INFEASIBLE); }
  SECTION("larger than what converged") {
    Fail(64, v1::TRIAL_FAILURE_INFEASIBLE);
    CHECK(GetJob().failures(0).infeasible());
    Run(64, 15);
    CHECK(GetJob().failures().empty());
    Fail(64, v1::TRIAL_FAILURE_INFEASIBLE);
  }
  REQUIRE(GetJob().failures_size() == 1);
  CHECK(GetJob().failures(0).num_failures() == 1);
  CHECK_FALSE(GetJob().failures(0).infeasible());
}

}  // namespace
}  // namespace zeus::bso::rpc
