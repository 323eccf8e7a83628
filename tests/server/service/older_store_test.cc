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
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "server/service/optimizer.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/schema.h"
#include "storage/store.h"
#include "tests/server/model/printers.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"
#include "tests/support/unpack.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

class OlderStore {
 public:
  OlderStore() {
    testing::Unpack(ZEUS_BSO_TEST_DATA_DIR "/storage/schema_3.tar.gz", directory_.path());
    Open();
  }

  // Soon after that server has ended.
  absl::Time now = absl::FromUnixSeconds(1'795'870'000);

  void Reopen() {
    store_.reset();
    Open();
  }

  void Commit(absl::FunctionRef<void(ZeusService&)> body) {
    REQUIRE_THAT(testing::Transact(*store_,
                                   [&](storage::Session& session) {
                                     ZeusService service(session, now, {}, &memory_);
                                     body(service);
                                     return absl::OkStatus();
                                   }),
                 IsOk());
  }

  Job GetJob(const std::string& job_id) {
    Job job;
    Commit([&](ZeusService& service) { job = *Value(service.GetJob(job_id)); });
    return job;
  }

  Trial Start(const std::string& job_id, const std::string& client_id = "") {
    Trial trial;
    Commit([&](ZeusService& service) { trial = *Value(Optimizer(service).StartTrial(job_id, client_id)); });
    return trial;
  }

  Verdict TakeReport(const TrialKey& key, double energy, double metric, int64_t epoch) {
    Verdict verdict;
    Commit([&](ZeusService& service) {
      verdict = Value(Optimizer(service).TakeReport({key, /*time_seconds=*/10, energy, metric, epoch}));
    });
    return verdict;
  }

  Trial End(const TrialKey& key, TrialFailure failure) {
    Trial trial;
    Commit([&](ZeusService& service) { trial = *Value(Optimizer(service).EndTrial(key, failure)); });
    return trial;
  }

  std::vector<Trial> Trials(const std::string& job_id) {
    std::vector<Trial> trials;
    REQUIRE_THAT(testing::Transact(*store_,
                                   [&](storage::Session& session) {
                                     return session.ScanTrials(job_id, 0, [&](const Trial& trial) {
                                       trials.push_back(trial);
                                       return true;
                                     });
                                   }),
                 IsOk());
    return trials;
  }

  std::string SchemaVersion() {
    return Value(engine_->Begin(storage::Isolation::kSnapshot)->Get(storage::Table::kMeta, storage::kSchemaVersionKey))
        .value_or("");
  }

 private:
  void Open() {
    auto engine = Value(storage::OpenRocksDb(directory_.path()));
    engine_ = engine.get();
    version_before = SchemaVersion();
    store_ = Value(storage::Store::Open(std::move(engine), storage::Durability::kSync));
  }

  testing::TempDir directory_;
  Memory memory_;
  storage::Engine* engine_ = nullptr;  // Owned by the store.
  std::unique_ptr<storage::Store> store_;

 public:
  std::string version_before;  // Before the store was opened.
};

TEST_CASE_METHOD(OlderStore, "Opening a store of an older schema raises its version, so that older servers refuse it") {
  CHECK(version_before == "3");
  CHECK(SchemaVersion() == std::to_string(storage::kSchemaVersion));
  Reopen();
  CHECK(version_before == std::to_string(storage::kSchemaVersion));
}

TEST_CASE_METHOD(OlderStore, "Its jobs follow the Zeus policy, with all that they know") {
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

TEST_CASE_METHOD(OlderStore, "Its trials are there as they ended") {
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

TEST_CASE_METHOD(OlderStore, "A repeated final report gets the sentence that it got there") {
  CHECK(TakeReport({"bandit", 32, 7}, 1, 0.9, 1).message == "Stopped early: 250 J so far, over the limit of 180 J");
  CHECK(TakeReport({"bandit", 16, 10}, 1, 0.9, 1).converged);
}

TEST_CASE_METHOD(OlderStore, "Its running trials go on: they report, are found by their clients, and end") {
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

TEST_CASE_METHOD(OlderStore, "Its jobs go on in pruning and in the bandit, beside new jobs of either policy") {
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
