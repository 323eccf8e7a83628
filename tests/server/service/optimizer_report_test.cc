#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "model/error.h"
#include "server/service/optimizer.h"
#include "tests/server/service/optimizer_fixture.h"

namespace zeus::bso {
namespace {

using testing::Describe;
using testing::FailsWith;
using testing::IsOk;
using testing::MakeSpec;
using testing::Value;

// Verdicts as text: "keep training", "stop, converged", "stop, not converged".
std::string Answer(const Verdict& verdict) {
  CHECK_FALSE(verdict.message.empty());
  if (!verdict.stop_train) return verdict.converged ? "converged, yet keep training" : "keep training";
  return verdict.converged ? "stop, converged" : "stop, not converged";
}

// Of the job of MakeSpec: target 0.5, higher is better, 100 epochs, beta_knob 2, eta_knob 1 (the energy is the cost).
class ReportFixture : public testing::OptimizerFixture {
 public:
  // Registers the job and starts its first trial.
  Trial Begin(const JobSpec& spec) {
    REQUIRE_THAT(TryRegister(spec), IsOk());
    return Start(spec.job_id);
  }

  // Registers the job, has its first trial converge at cost 100, and starts the second: its bound is beta_knob * 100.
  Trial BeginWithBound(const JobSpec& spec) {
    CHECK(Answer(ReachTarget(Begin(spec), 100)) == "stop, converged");
    REQUIRE(StoredJob().min_cost == 100);
    return Start();
  }

  std::string ReportOf(const Trial& trial, double energy_joules, double metric, int64_t current_epoch) {
    return Answer(Value(TryReport({KeyOf(trial), /*time_seconds=*/10, energy_joules, metric, current_epoch})));
  }
};

TEST_CASE_METHOD(ReportFixture,
                 "Training goes on while target, epochs and bound are not reached, and nothing is stored") {
  const Trial trial = BeginWithBound(MakeSpec());
  const testing::Rows before = StoredRows();
  for (const int64_t epoch : {0, 1, 50, 99}) {
    CHECK(ReportOf(trial, 150, 0.499999, epoch) == "keep training");
  }
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(ReportFixture, "A metric at its target converges") {
  const Trial trial = Begin(MakeSpec());
  CHECK(ReportOf(trial, 100, 0.5, 1) == "stop, converged");
  CHECK(Describe(StoredTrial(32, 1)) == "trial 1 of 32: exploration, succeeded, 10 s 100 J converged");
}

TEST_CASE_METHOD(ReportFixture, "A metric beyond its target converges") {
  CHECK(ReportOf(Begin(MakeSpec()), 100, 0.9, 1) == "stop, converged");
}

TEST_CASE_METHOD(ReportFixture, "Where lower is better a metric at or below its target converges, one above does not") {
  JobSpec spec = MakeSpec();
  spec.higher_is_better_metric = false;
  const Trial at = Begin(spec);
  CHECK(ReportOf(at, 100, 0.500001, 1) == "keep training");
  CHECK(ReportOf(at, 100, 0.5, 1) == "stop, converged");
  CHECK(ReportOf(Start(), 100, 0.1, 1) == "stop, converged");
}

TEST_CASE_METHOD(ReportFixture, "The last epoch ends a trial that did not reach its target") {
  CHECK(ReportOf(Begin(MakeSpec()), 100, 0.4, 100) == "stop, not converged");
  CHECK(Describe(StoredTrial(32, 1)) == "trial 1 of 32: exploration, succeeded, 10 s 100 J not converged");
  CHECK_FALSE(StoredJob().min_cost.has_value());
}

TEST_CASE_METHOD(ReportFixture, "An epoch past the last ends a trial, too") {
  CHECK(ReportOf(Begin(MakeSpec()), 100, 0.4, 101) == "stop, not converged");
}

TEST_CASE_METHOD(ReportFixture, "A target reached in the last epoch counts") {
  CHECK(ReportOf(Begin(MakeSpec()), 100, 0.5, 100) == "stop, converged");
}

TEST_CASE_METHOD(ReportFixture, "A cost equal to the bound is within it") {
  const Trial trial = BeginWithBound(MakeSpec());
  CHECK(ReportOf(trial, 200, 0.4, 1) == "keep training");
  CHECK(ReportOf(trial, 200, 0.5, 1) == "stop, converged");
}

TEST_CASE_METHOD(ReportFixture, "A cost over the bound stops a trial at once, with its result") {
  const Trial trial = BeginWithBound(MakeSpec());
  CHECK(ReportOf(trial, std::nextafter(200, 300), 0.4, 1) == "stop, not converged");
  CHECK(StoredTrial(trial.batch_size, 2).result == Result{10, std::nextafter(200, 300), false});
}

TEST_CASE_METHOD(ReportFixture, "A target reached over the bound does not count as converged") {
  const Trial trial = BeginWithBound(MakeSpec());
  CHECK(ReportOf(trial, 201, 0.9, 1) == "stop, not converged");
  CHECK(StoredTrial(trial.batch_size, 2).result == Result{10, 201, false});
}

TEST_CASE_METHOD(ReportFixture, "The bound is on the cost: energy and time weighed by eta_knob") {
  JobSpec spec = MakeSpec();
  spec.eta_knob = 0.5;
  // The first trial costs 0.5 * 100 + 0.5 * 300 * 10 = 1550, so that the bound is 3100.
  ReachTarget(Begin(spec), 100);
  const Trial trial = Start();
  CHECK(Answer(Value(TryReport({KeyOf(trial), 20, 200, 0.4, 1}))) == "keep training");
  CHECK(Answer(Value(TryReport({KeyOf(trial), 21, 200, 0.4, 1}))) == "stop, not converged");
}

TEST_CASE_METHOD(ReportFixture, "Nothing is stopped early while nothing has converged") {
  const Trial first = Begin(MakeSpec());
  CHECK(ReportOf(first, 1, 0.4, 100) == "stop, not converged");
  CHECK(ReportOf(Start(), 1e50, 0.4, 1) == "keep training");
}

TEST_CASE_METHOD(ReportFixture, "A job without beta_knob is never stopped early") {
  JobSpec spec = MakeSpec();
  spec.beta_knob = std::nullopt;
  const Trial trial = BeginWithBound(spec);
  CHECK(ReportOf(trial, 1e50, 0.4, 1) == "keep training");
  CHECK(ReportOf(trial, 1e50, 0.5, 1) == "stop, converged");
}

// The reference let a cheap failure set the bound.
TEST_CASE_METHOD(ReportFixture, "A cheap trial that did not converge tightens no bound") {
  const Trial cheap = BeginWithBound(MakeSpec());
  CHECK(ReportOf(cheap, 1, 0.4, 100) == "stop, not converged");
  CHECK(ReportOf(Start(), 200, 0.5, 1) == "stop, converged");
}

TEST_CASE_METHOD(ReportFixture, "A report ends the trial at the present") {
  const Trial trial = Begin(MakeSpec());
  now += absl::Seconds(60);
  ReachTarget(trial, 100);
  CHECK(StoredTrial(32, 1).end_time == now);
}

TEST_CASE_METHOD(ReportFixture, "A repeated report gets the recorded answer, whatever it says, and changes nothing") {
  const Trial good = Begin(MakeSpec());
  ReachTarget(good, 100);
  const Trial bad = Start();
  RunOut(bad, 150);
  const testing::Rows before = StoredRows();
  CHECK(ReportOf(good, 100, 1, 1) == "stop, converged");
  CHECK(ReportOf(good, 1e9, 0, 100) == "stop, converged");
  CHECK(ReportOf(bad, 150, 0, 100) == "stop, not converged");
  CHECK(ReportOf(bad, 1, 1, 1) == "stop, not converged");
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(ReportFixture, "A repeated final report gets the recorded reason and sentence") {
  const Trial good = Begin(MakeSpec());
  const Verdict reached = ReachTarget(good, 100);
  const Trial long_one = Start();
  const Verdict ran_out = RunOut(long_one, 150);
  const Trial dear = Start();
  const Verdict over = Value(TryReport({KeyOf(dear), 10, 263, 0.1, 3}));
  CHECK(reached.end_reason == EndReason::kTargetReached);
  CHECK(ran_out.end_reason == EndReason::kMaxEpochsDone);
  CHECK(over.end_reason == EndReason::kCostOverLimit);
  CHECK(over.message == "Stopped early: 263 J so far, over the limit of 200 J");
  // A lower least cost moves the limit of the job, but not the one that was recorded.
  ReachTarget(Start(), 50);
  for (const auto& [trial, recorded] :
       {std::pair(good, reached), std::pair(long_one, ran_out), std::pair(dear, over)}) {
    const Verdict again = Value(TryReport({KeyOf(trial), 1, 1, 1, 1}));
    CHECK(again.end_reason == recorded.end_reason);
    CHECK(again.message == recorded.message);
  }
}

TEST_CASE_METHOD(ReportFixture, "The record of a trial has the report that ended it") {
  const auto final_report = [this](const Trial& trial) {
    return StoredTrial(trial.batch_size, trial.trial_number).final_report.value();
  };
  const Trial first = Begin(MakeSpec());
  Value(TryReport({KeyOf(first), 10, 100, 0.75, 7}));
  CHECK(final_report(first).reason == EndReason::kTargetReached);
  CHECK(final_report(first).metric == 0.75);
  CHECK(final_report(first).epochs == 7);
  CHECK_FALSE(final_report(first).cost_limit.has_value());  // Nothing had converged before.
  const Trial second = Start();
  RunOut(second, 150);
  CHECK(final_report(second).reason == EndReason::kMaxEpochsDone);
  CHECK(final_report(second).cost_limit == 200);
}

TEST_CASE_METHOD(ReportFixture, "Training goes on without a reason, and a trial that failed has none") {
  const Trial trial = Begin(MakeSpec());
  CHECK_FALSE(Value(TryReport({KeyOf(trial), 10, 100, 0.1, 1})).end_reason.has_value());
  CHECK_FALSE(StoredTrial(32, 1).final_report.has_value());
  REQUIRE_THAT(TryEnd(KeyOf(trial)), IsOk());
  CHECK_FALSE(StoredTrial(32, 1).final_report.has_value());
}

TEST_CASE_METHOD(ReportFixture, "The cost decides before the target, the target before the epochs") {
  const Trial trial = BeginWithBound(MakeSpec());
  CHECK(Value(TryReport({KeyOf(trial), 10, 201, 1, 100})).end_reason == EndReason::kCostOverLimit);
  CHECK(Value(TryReport({KeyOf(Start()), 10, 100, 1, 100})).end_reason == EndReason::kTargetReached);
}

TEST_CASE_METHOD(ReportFixture, "NaN is a metric that has not reached its target, whichever side is better") {
  JobSpec spec = MakeSpec();
  spec.higher_is_better_metric = GENERATE(true, false);
  const Trial trial = Begin(spec);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(ReportOf(trial, 100, nan, 99) == "keep training");
  CHECK(ReportOf(trial, 100, nan, 100) == "stop, not converged");
  CHECK(std::isnan(StoredTrial(32, 1).final_report->metric));
}

// The fields of an INVALID_FIELD.
std::vector<std::string> RefusedFields(const absl::Status& status) {
  CHECK_THAT(status, FailsWith(Reason::kInvalidField));
  std::vector<std::string> fields;
  for (const auto& [field, rule] : FieldRulesOf(status)) {
    CHECK_FALSE(rule.empty());
    fields.push_back(field);
  }
  return fields;
}

TEST_CASE_METHOD(ReportFixture, "An absent time or energy is refused where the cost depends on it") {
  using Fields = std::vector<std::string>;
  JobSpec spec = MakeSpec();
  spec.max_epochs = 2;
  struct Case {
    double eta_knob;
    bool needs_time;
    bool needs_energy;
  };
  const Case each = GENERATE(Case{1, false, true}, Case{0.5, true, false}, Case{0, true, false});
  spec.eta_knob = each.eta_knob;
  const Trial trial = Begin(spec);
  const testing::Rows before = StoredRows();
  const auto refused = [&](const Report& report) {
    const auto verdict = TryReport(report);
    return verdict.ok() ? Fields{} : RefusedFields(verdict.status());
  };
  CHECK(refused({.trial = KeyOf(trial), .energy_joules = 1, .metric = 0, .current_epoch = 1}) ==
        (each.needs_time ? Fields{"time_seconds"} : Fields{}));
  CHECK(refused({.trial = KeyOf(trial), .time_seconds = 1, .metric = 0, .current_epoch = 1}) ==
        (each.needs_energy ? Fields{"energy_joules"} : Fields{}));
  CHECK(
      refused({.trial = KeyOf(trial), .time_seconds = 0, .energy_joules = 0, .metric = 0, .current_epoch = 0}).empty());
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(ReportFixture, "An absent metric is refused where 0 would reach the target") {
  struct Case {
    double target;
    bool higher_is_better;
    bool is_refused;
  };
  const Case each = GENERATE(Case{0.5, true, false}, Case{0, true, true}, Case{-1, true, true}, Case{0.5, false, true},
                             Case{0, false, true}, Case{-1, false, false});
  CAPTURE(each.target, each.higher_is_better);
  JobSpec spec = MakeSpec();
  spec.target_metric = each.target;
  spec.higher_is_better_metric = each.higher_is_better;
  const Trial trial = Begin(spec);
  Report report = {.trial = KeyOf(trial), .time_seconds = 1, .energy_joules = 1, .current_epoch = 1};
  if (each.is_refused) {
    CHECK(RefusedFields(TryReport(report).status()) == std::vector<std::string>{"metric"});
    report.metric = 0;
    CHECK(Value(TryReport(report)).converged);
  } else {
    CHECK_FALSE(Value(TryReport(report)).stop_train);
  }
}

TEST_CASE_METHOD(ReportFixture, "A report names all fields that are absent, and an absent epoch is 0") {
  JobSpec spec = MakeSpec();
  spec.eta_knob = 0.5;
  spec.higher_is_better_metric = false;
  const Trial trial = Begin(spec);
  CHECK(RefusedFields(TryReport({.trial = KeyOf(trial)}).status()) ==
        std::vector<std::string>{"metric", "time_seconds"});
  REQUIRE(Value(TryReport({.trial = KeyOf(trial), .time_seconds = 1, .metric = 0})).stop_train);
  CHECK(StoredTrial(32, 1).result == Result{1, 0, true});
  CHECK(StoredTrial(32, 1).final_report->epochs == 0);
  // A trial that has ended answers what was recorded, also to a report without fields.
  CHECK(Value(TryReport({.trial = KeyOf(trial)})).converged);
}

TEST_CASE_METHOD(ReportFixture, "A report on a trial that failed is refused and changes nothing") {
  const Trial trial = Begin(MakeSpec());
  REQUIRE_THAT(TryEnd(KeyOf(trial)), IsOk());
  const testing::Rows before = StoredRows();
  CHECK_THAT(TryReport({KeyOf(trial), 10, 100, 1, 1}).status(), FailsWith(Reason::kTrialFailed));
  CHECK_THAT(TryReport({KeyOf(trial), 10, 100, 0, 1}).status(), FailsWith(Reason::kTrialFailed));
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(ReportFixture, "A report on what does not exist says what that is") {
  const Trial trial = Begin(MakeSpec());
  CHECK_THAT(TryReport({{"another", 32, 1}, 10, 100, 1, 1}).status(), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(TryReport({{"job", 32, 2}, 10, 100, 1, 1}).status(), FailsWith(Reason::kTrialNotFound));
  CHECK_THAT(TryReport({{"job", 16, 1}, 10, 100, 1, 1}).status(), FailsWith(Reason::kTrialNotFound));
  CHECK(StoredTrial(32, trial.trial_number).status == TrialStatus::kDispatched);
}

}  // namespace
}  // namespace zeus::bso
