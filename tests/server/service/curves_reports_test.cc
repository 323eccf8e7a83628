// Reports of trials of the curves policy: what is remembered of them, and when they end a trial.
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "catch2/catch.hpp"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::IsOk;
using testing::Rows;
using testing::Value;

class ReportsFixture : public CurvesFixture {
 public:
  // A job whose size 32 converges at 100 J, in 10 epochs.
  void LearnBest(const std::string& job_id = "job") {
    for (int i = 0; i < 3; ++i) Converge(StartAt(32, job_id), 10, 10);
  }

  // Checks that a report that ended a trial is answered again as it was, whatever it says now, also after a restart.
  void CheckRepeated(const Trial& trial, const Verdict& verdict) {
    ForgetMemory();
    const Verdict again = TakeReport(trial, 1, 1, 1);
    CHECK(again.stop_train);
    CHECK(again.converged == verdict.converged);
    CHECK(again.end_reason == verdict.end_reason);
    CHECK(again.message == verdict.message);
  }
};

TEST_CASE_METHOD(ReportsFixture, "What the first epoch cost reaches the policy from memory") {
  const Trial trial = StartAt(32);
  const Rows before = StoredRows();
  REQUIRE_FALSE(TakeReport(trial, 1, 30).stop_train);
  REQUIRE_FALSE(TakeReport(trial, 2, 40).stop_train);
  CHECK(StoredRows() == before);
  REQUIRE(TakeReport(trial, 3, 50, 1).stop_train);
  CHECK(Stored(trial).progress->first_epoch_cost == 30);
  CHECK(StoredSize(32).state.log_cost == Approx(std::log(10)));
  CHECK(StoredCurves().state.warmup.cost == Approx(20));
}

TEST_CASE_METHOD(ReportsFixture, "After a restart, what the first epoch cost is known if the trial was written since") {
  const Trial trial = StartAt(32);
  REQUIRE_FALSE(TakeReport(trial, 1, 30).stop_train);
  const bool written = GENERATE(true, false);
  if (written) {
    CHECK(LookAt(trial));
    CHECK(Stored(trial).progress->epochs == 1);
    CHECK(Stored(trial).progress->energy_joules == 30);
  }
  ForgetMemory();
  REQUIRE(TakeReport(trial, 3, 50, 1).stop_train);
  if (written) {
    CHECK(Stored(trial).progress->first_epoch_cost == 30);
    CHECK(StoredSize(32).state.log_cost == Approx(std::log(10)));
  } else {
    CHECK_FALSE(Stored(trial).progress->first_epoch_cost.has_value());
    CHECK(StoredSize(32).state.log_cost == Approx(std::log(50.0 / 3)));
  }
}

TEST_CASE_METHOD(ReportsFixture, "The first report of epoch 1 says what it cost, whenever it comes") {
  const Trial trial = StartAt(32);
  for (const auto& [epoch, cost] : std::initializer_list<std::pair<int, double>>{{0, 5}, {2, 40}, {1, 30}, {1, 35}}) {
    REQUIRE_FALSE(TakeReport(trial, epoch, cost).stop_train);
  }
  REQUIRE(TakeReport(trial, 3, 50, 1).stop_train);
  CHECK(Stored(trial).progress->first_epoch_cost == 30);
}

TEST_CASE_METHOD(ReportsFixture, "A trial that fails keeps the report of the most epochs, not a late or repeated one") {
  const Trial trial = StartAt(32);
  for (const int epoch : {1, 2, 4, 3, 0}) REQUIRE_FALSE(TakeReport(trial, epoch, 10 * epoch).stop_train);
  REQUIRE_FALSE(TakeReport(trial, 4, 41, 0.25).stop_train);
  REQUIRE_THAT(TryEnd(KeyOf(trial)), IsOk());
  const TrialProgress progress = *Stored(trial).progress;
  CHECK(progress.epochs == 4);
  CHECK(progress.energy_joules == 40);
  CHECK(progress.time_seconds == 4);
  CHECK(progress.metric == 0);
  CHECK(progress.first_epoch_cost == 10);
}

TEST_CASE_METHOD(ReportsFixture, "A late report is judged by its own numbers") {
  LearnBest();
  const Trial trial = StartAt(32);
  REQUIRE(trial.type == TrialType::kBest);
  REQUIRE_FALSE(TakeReport(trial, 19, 190).stop_train);
  CHECK_FALSE(TakeReport(trial, 2, 20).stop_train);
  // A late report may be the one that reached the target: then it counts, with its own epochs and cost.
  CHECK(TakeReport(trial, 3, 30, 1).converged);
  CHECK(Stored(trial).progress->epochs == 3);
  CHECK(Stored(trial).result->energy_joules == 30);
  CHECK(Stored(trial).final_report->epochs == 3);
}

TEST_CASE_METHOD(ReportsFixture, "A run at the best size is stopped beyond beta times its cost") {
  LearnBest();
  const Trial trial = StartAt(32);
  const Verdict verdict = TakeReport(trial, 27, 270);
  CHECK(verdict.stop_train);
  CHECK_FALSE(verdict.converged);
  CHECK(verdict.end_reason == EndReason::kCostOverLimit);
  CHECK_THAT(verdict.message, Catch::StartsWith("Stopped early: 270 J so far, over the limit of 200."));
  CHECK(Stored(trial).final_report->limit_batch_size == 32);
  CheckRepeated(trial, verdict);
}

TEST_CASE_METHOD(ReportsFixture, "A run is stopped before an epoch that would pass the limit") {
  LearnBest();
  const Trial trial = StartAt(32);
  REQUIRE_FALSE(TakeReport(trial, 19, 190).stop_train);
  const Verdict verdict = TakeReport(trial, 20, 200);
  CHECK(verdict.end_reason == EndReason::kNextEpochOverLimit);
  CHECK_THAT(verdict.message,
             Catch::StartsWith("Stopped early: 200 J so far; one more epoch would pass the limit of 200."));
  CHECK_FALSE(Stored(trial).final_report->expected_rest.has_value());
  CheckRepeated(trial, verdict);
}

TEST_CASE_METHOD(ReportsFixture, "An exploring run is stopped when starting over is expected to cost less") {
  LearnBest();
  const Trial trial = StartAt(64);
  REQUIRE(trial.type == TrialType::kExplore);
  const Verdict verdict = TakeReport(trial, 1, 60);
  CHECK(verdict.end_reason == EndReason::kDearerThanStartingOver);
  const FinalReport report = *Stored(trial).final_report;
  CHECK(report.cost_limit.value() == Approx(100).epsilon(0.01));
  CHECK(report.expected_rest.value() > 100);
  CHECK(report.limit_batch_size == 32);
  CHECK_THAT(verdict.message, Catch::StartsWith("Stopped early: about ") &&
                                  Catch::Contains(" J more expected; a new run at batch size 32 costs about 100."));
  CheckRepeated(trial, verdict);
}

TEST_CASE_METHOD(ReportsFixture, "A first run is stopped when another has converged at a far lower cost") {
  const Trial slow = StartAt(64);
  REQUIRE(slow.type == TrialType::kFirst);
  REQUIRE_FALSE(TakeReport(slow, 1, 300).stop_train);
  Converge(StartAt(32), 10, 10);
  const Verdict verdict = TakeReport(slow, 2, 600);
  CHECK(verdict.end_reason == EndReason::kSlowerThanAnother);
  CHECK_THAT(verdict.message,
             Catch::StartsWith("Stopped early: 600 J so far; another run at batch size 32 has converged meanwhile"));
  CHECK(Stored(slow).final_report->cost_limit.value() == Approx(2 * StoredCurves().best_cost.value()).epsilon(0.5));
  CheckRepeated(slow, verdict);
}

TEST_CASE_METHOD(ReportsFixture, "A final report that is repeated for another reason is answered again, too") {
  const Trial reached = StartAt(32);
  CheckRepeated(reached, TakeReport(reached, 3, 30, 1));
  const Trial done = StartAt(32);
  const Verdict verdict = TakeReport(done, 100, 30);
  CHECK(verdict.end_reason == EndReason::kMaxEpochsDone);
  CheckRepeated(done, verdict);
}

TEST_CASE_METHOD(ReportsFixture, "Without early stop nothing is stopped for its cost, and picks are those of beta 2") {
  JobSpec spec = CurvesSpec("free");
  spec.beta_knob.reset();
  CreateJob(spec);
  for (const std::string& job_id : {std::string("job"), std::string("free")}) LearnBest(job_id);
  const Trial trial = StartAt(32, "free"), other = StartAt(64, "free");
  for (const Trial& one : {trial, other}) {
    REQUIRE(one.ticket == StartAt(one.batch_size).ticket);
    for (const double cost : {1e3, 1e6, 1e20, 1e40}) CHECK_FALSE(TakeReport(one, 3, cost).stop_train);
  }
  CHECK(TakeReport(trial, 4, 1e20, 1).converged);
  CHECK(TakeReport(other, 100, 1e20).end_reason == EndReason::kMaxEpochsDone);
}

TEST_CASE_METHOD(ReportsFixture, "A metric of NaN is no target, and ends nothing") {
  const Trial trial = StartAt(32);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(TakeReport(trial, 1, 10, nan).stop_train);
  const Verdict verdict = TakeReport(trial, 100, 10, nan);
  CHECK(verdict.end_reason == EndReason::kMaxEpochsDone);
  CHECK(std::isnan(*Stored(trial).progress->metric));
}

TEST_CASE_METHOD(ReportsFixture, "Reports of a zeus job keep how far it has come, too") {
  CreateJob(testing::MakeSpec("zeus"));
  const Trial trial = Start("zeus");
  REQUIRE_FALSE(TakeReport(trial, 1, 30, 0.25).stop_train);
  REQUIRE_THAT(TryEnd(KeyOf(trial)), IsOk());
  CHECK(Stored(trial).progress->epochs == 1);
  CHECK(Stored(trial).progress->metric == 0.25);
  CHECK(Stored(trial).end_revision == 3);
  const Trial second = Start("zeus");
  REQUIRE(TakeReport(second, 7, 30, 1).stop_train);
  CHECK(Stored(second).progress->epochs == 7);
}

}  // namespace
}  // namespace zeus::bso
