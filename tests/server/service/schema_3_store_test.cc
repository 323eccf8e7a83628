// A store that a server of schema version 3 has written, before there was more than one policy.
//
// tests/storage/schema_3.tar.gz is its data directory. The server had these jobs of the sizes 16, 32 and 64, each with
// eta_knob 1 and beta_knob 2:
//   pruning  trial 1 converged; trial 2 of client node-1 runs and has reported; trial 3 runs beside it.
//   bandit   trials 1 to 3 converged in pruning, 4 and 5 in the bandit; 6 did all its epochs, 7 cost too much, 8
//   failed,
//            9 was cancelled; ZeusService ended 10 as converged and 11 as infeasible; 12 of client node-2 runs.
//   silent   trial 1 timed out.
//   timed    trial 1 of client node-3 runs, with a trial_timeout of a day.
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/model/printers.h"
#include "tests/server/service/older_store.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

class SchemaThree : public testing::OlderStore {
 public:
  // Soon after that server has ended.
  SchemaThree() : OlderStore("schema_3.tar.gz", absl::FromUnixSeconds(1'795'870'000)) {}
};

TEST_CASE_METHOD(SchemaThree,
                 "Opening a store of an older schema raises its version, so that older servers refuse it") {
  CHECK(version_before == "3");
  CHECK(SchemaVersion() == std::to_string(storage::kSchemaVersion));
  Reopen();
  CHECK(version_before == std::to_string(storage::kSchemaVersion));
}

TEST_CASE_METHOD(SchemaThree, "Its jobs follow the Zeus policy, with all that they know") {
  for (const std::string job_id : {"pruning", "bandit", "silent", "timed"}) {
    CAPTURE(job_id);
    const Job job = GetJob(job_id);
    CHECK(job.spec.policy == PolicyKind::kZeus);
    CHECK_FALSE(job.curves.has_value());
    CHECK(job.spec.batch_sizes == std::vector<int64_t>{16, 32, 64});
    CHECK(job.spec.beta_knob == 2);
    CHECK(job.generator_state.has_value());
  }
  CHECK(GetJob("pruning").stage == Stage::kPruning);
  CHECK(GetJob("pruning").min_cost == 100);
  CHECK(GetJob("pruning").num_running_trials == 2);
  CHECK(GetJob("bandit").stage == Stage::kMab);
  CHECK(GetJob("bandit").min_cost == 90);
  CHECK(GetJob("bandit").num_running_trials == 1);
  CHECK(GetJob("bandit").failures.at(64).infeasible);
  CHECK(GetJob("silent").num_running_trials == 0);
  Commit([](ZeusService& service) {
    CHECK(Value(service.GetArms("bandit")).size() == 3);
    Value(service.GetJob("bandit"));
    CHECK(Value(service.GetCurvesSizes("bandit")).empty());
  });
}

TEST_CASE_METHOD(SchemaThree, "Its trials are there as they ended") {
  CHECK(testing::Describe(Trials("bandit")) == std::vector<std::string>{
                                                   "trial 1 of 32: exploration, succeeded, 10 s 100 J converged",
                                                   "trial 2 of 16: exploration, succeeded, 10 s 90 J converged",
                                                   "trial 3 of 64: exploration, succeeded, 10 s 110 J converged",
                                                   "trial 4 of 16: mab, succeeded, 10 s 105 J converged",
                                                   "trial 5 of 32: mab, succeeded, 10 s 95 J converged",
                                                   "trial 6 of 64: mab, succeeded, 10 s 120 J not converged",
                                                   "trial 7 of 32: mab, succeeded, 10 s 250 J not converged",
                                                   "trial 8 of 16: mab, failed",
                                                   "trial 9 of 16: mab, failed",
                                                   "trial 10 of 16: concurrent, succeeded, 10 s 99 J converged",
                                                   "trial 11 of 64: concurrent, failed",
                                                   "trial 12 of 16: mab, dispatched",
                                               });
  const std::vector<Trial> trials = Trials("bandit");
  CHECK(trials[0].final_report->reason == EndReason::kTargetReached);
  CHECK(trials[5].final_report->reason == EndReason::kMaxEpochsDone);
  CHECK(trials[6].final_report->reason == EndReason::kCostOverLimit);
  CHECK(trials[6].final_report->cost_limit == 180);
  CHECK(trials[7].failure == TrialFailure::kFailed);
  CHECK(trials[8].failure == TrialFailure::kCancelled);
  CHECK_FALSE(trials[9].final_report.has_value());
  CHECK(trials[10].failure == TrialFailure::kInfeasible);
  CHECK(Trials("silent")[0].failure == TrialFailure::kTimedOut);
  for (const Trial& trial : trials) {
    CAPTURE(trial.trial_number);
    CHECK_FALSE(trial.ticket.has_value());
    CHECK_FALSE(trial.progress.has_value());
    CHECK_FALSE(trial.end_revision.has_value());
  }
}

TEST_CASE_METHOD(SchemaThree, "A repeated final report gets the sentence that it got there") {
  CHECK(TakeReport({"bandit", 32, 7}, 1, 0.9, 1).message == "Stopped early: 250 J so far, over the limit of 180 J");
  CHECK(TakeReport({"bandit", 16, 10}, 1, 0.9, 1).converged);
}

TEST_CASE_METHOD(SchemaThree, "Its running trials go on: they report, are found by their clients, and end") {
  CHECK(Start("pruning", "node-1").trial_number == 2);
  CHECK(Start("bandit", "node-2").trial_number == 12);
  CHECK(Start("timed", "node-3").trial_number == 1);

  CHECK_FALSE(TakeReport({"pruning", 16, 2}, 40, 0.1, 2).stop_train);
  CHECK(TakeReport({"pruning", 16, 2}, 60, 0.9, 3).converged);
  CHECK(GetJob("pruning").min_cost == 60);
  CHECK(Trials("pruning")[1].end_revision.has_value());
  CHECK(Trials("pruning")[1].progress->epochs == 3);
  CHECK(End({"pruning", 32, 3}, TrialFailure::kNotConverged).failure == TrialFailure::kNotConverged);
  CHECK(GetJob("pruning").num_running_trials == 0);

  CHECK(TakeReport({"bandit", 16, 12}, 500, 0.1, 9).end_reason == EndReason::kCostOverLimit);
  Commit([](ZeusService& service) {
    const GaussianTsArm* const arm = Value(service.GetArm("bandit", 16));
    CHECK(arm->num_observations == 4);  // Trials 2, 4, 10 and 12.
  });

  now += absl::Hours(49);
  CHECK(Start("timed", "node-3").trial_number == 2);
  CHECK(Trials("timed")[0].failure == TrialFailure::kTimedOut);
}

TEST_CASE_METHOD(SchemaThree, "Its jobs go on in pruning and in the bandit, beside new jobs of either policy") {
  CHECK(TakeReport({"pruning", 16, 2}, 60, 0.9, 3).converged);
  CHECK(Start("pruning").type == TrialType::kExploration);
  CHECK(Start("bandit").type == TrialType::kMab);
  JobSpec spec = GetJob("pruning").spec;
  Commit([&](ZeusService& service) { CHECK_FALSE(Value(Optimizer(service).Register(spec)).created); });
  spec.job_id = "new";
  Commit([&](ZeusService& service) {
    CHECK(Value(Optimizer(service).Register(spec, {.asked_for = PolicyKind::kCurves})).job->curves.has_value());
  });
  CHECK(Start("new").type == TrialType::kFirst);
}

}  // namespace
}  // namespace zeus::bso
