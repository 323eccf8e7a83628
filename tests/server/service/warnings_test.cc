// What a job warns of, when that begins, and when it ends.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "server/service/warning_text.h"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::IsOk;
using testing::MakeSpec;
using testing::PlainSpec;

class WarningsFixture : public CurvesFixture {
 public:
  // The names of a job's warnings.
  std::string Names(const std::string& job_id = "job") {
    std::string names;
    for (const Warning& warning : StoredJob(job_id).warnings) {
      names += std::string(names.empty() ? "" : " ") + std::string(NameOf(warning.reason));
      if (warning.batch_size.has_value()) names += " " + std::to_string(*warning.batch_size);
      if (warning.trial_number.has_value()) names += " " + std::to_string(*warning.trial_number);
    }
    return names;
  }

  void Stop(const Trial& trial) { REQUIRE(TakeReport(trial, 100, 1000).stop_train); }

  void EndAs(const Trial& trial, TrialFailure failure) { REQUIRE_THAT(TryEnd(KeyOf(trial), failure), IsOk()); }

  // A trial of a curves job that reaches the target in three epochs.
  void Train(int64_t batch_size, double epoch_cost) { Converge(StartAt(batch_size), 3, epoch_cost); }
};

TEST_CASE_METHOD(WarningsFixture, "A job warns when 3 results in a row have not converged, until one does") {
  Stop(StartAt(32));
  EndAs(StartAt(32), TrialFailure::kNotConverged);
  EndAs(StartAt(32), TrialFailure::kCancelled);
  CHECK(Names().empty());
  now += absl::Seconds(1);
  EndAs(StartAt(16), TrialFailure::kTimedOut);
  CHECK(Names() == "NOT_CONVERGING");
  const absl::Time since = now;
  now += absl::Seconds(1);
  EndAs(StartAt(32), TrialFailure::kCancelled);
  Stop(StartAt(32));
  REQUIRE(Names() == "NOT_CONVERGING");
  CHECK(StoredJob().warnings[0].since == since);
  Train(32, 10);
  CHECK(Names().empty());
}

TEST_CASE_METHOD(WarningsFixture, "A warning that comes back has the time when it came back") {
  for (int i = 0; i < 3; ++i) Stop(StartAt(32));
  const absl::Time first = StoredJob().warnings.at(0).since;
  Train(32, 10);
  now += absl::Minutes(1);
  for (int i = 0; i < 3; ++i) Stop(StartAt(32));
  CHECK(StoredJob().warnings.at(0).since == first + absl::Minutes(1));
}

TEST_CASE_METHOD(WarningsFixture, "A curves job of which all sizes rest warns that nothing is left") {
  for (int i = 0; i < 2; ++i) {
    for (const int64_t size : {16, 32, 64}) EndAs(StartAt(size), TrialFailure::kFailed);
  }
  CHECK(Names() == "NOT_CONVERGING");
  EndAs(StartAt(16), TrialFailure::kFailed);
  CHECK(Names() == "NOT_CONVERGING SIZE_RESTS 16");
  for (const int64_t size : {32, 64}) EndAs(StartAt(size), TrialFailure::kFailed);
  CHECK(Names() == "NOT_CONVERGING NOTHING_LEFT SIZE_RESTS 16 SIZE_RESTS 32 SIZE_RESTS 64");
  Train(16, 10);
  CHECK(Names() == "SIZE_RESTS 32 SIZE_RESTS 64");
  for (int i = 0; i < 2; ++i) Train(16, 10);
  CHECK(Names().empty());
}

TEST_CASE_METHOD(WarningsFixture, "A size that is out of memory does not fail, so that nothing is to be looked at") {
  Train(16, 10);
  for (const int num_results_of_rest : {2, 8, 32}) {
    EndAs(StartAt(64), TrialFailure::kInfeasible);
    CHECK(Names().empty());
    for (int i = 0; i < num_results_of_rest; ++i) Train(16, 10);
  }
  CHECK(StoredSize(64).state.crashes == 3);
}

TEST_CASE_METHOD(WarningsFixture, "A Zeus job whose sizes all fail warns of each of them, and that none is left") {
  JobSpec spec = PlainSpec({16, 32}, 16);
  spec.job_id = "zeus";
  spec.num_pruning_rounds = GENERATE(0, 1);
  spec.max_failures_per_batch_size = 2;
  CreateJob(spec);
  std::vector<std::string> names;
  while (TryStart("zeus").ok()) {
    // The trial that was started is the only one that runs.
    Trial running;
    Commit([&](ZeusService& service) {
      testing::Value(service.GetJob("zeus"));
      running = testing::Value(service.GetNewestTrials("zeus", 1)).back();
    });
    EndAs(running, TrialFailure::kFailed);
    names.push_back(Names("zeus"));
  }
  REQUIRE(names.size() == 4);
  CHECK(names[0].empty());
  CHECK(names[3] == "NOT_CONVERGING NOTHING_LEFT SIZE_RESTS 16 SIZE_RESTS 32");
}

TEST_CASE_METHOD(WarningsFixture, "A Zeus job in which nothing converges warns that nothing is left") {
  JobSpec spec = PlainSpec({16, 32}, 16);
  spec.job_id = "zeus";
  CreateJob(spec);
  for (int i = 0; i < 2; ++i) {
    CHECK(Names("zeus").empty());
    RunOut(Start("zeus"), 100);
  }
  CHECK(Names("zeus") == "NOTHING_LEFT");
}

TEST_CASE_METHOD(WarningsFixture, "A Zeus job does not warn of a size that is infeasible") {
  JobSpec spec = PlainSpec({16, 32}, 16);
  spec.job_id = "zeus";
  CreateJob(spec);
  ReachTarget(Start("zeus"), 100);
  const Trial infeasible = Start("zeus");
  REQUIRE(infeasible.batch_size == 32);
  EndAs(infeasible, TrialFailure::kInfeasible);
  CHECK(Names("zeus").empty());
}

TEST_CASE_METHOD(WarningsFixture, "A job warns when 5 results in a row had no energy, although energy counts") {
  JobSpec spec = CurvesSpec("energy");
  spec.eta_knob = GENERATE(0.0, 0.5);
  CreateJob(spec);
  const auto train = [&](double energy) {
    const Trial trial = StartAt(32, "energy");
    REQUIRE(testing::Value(TryReport({KeyOf(trial), /*time_seconds=*/10, energy, /*metric=*/1, /*current_epoch=*/1}))
                .converged);
  };
  for (int i = 0; i < 4; ++i) train(0);
  EndAs(StartAt(32, "energy"), TrialFailure::kFailed);  // Its energy is not known.
  CHECK(Names("energy").empty());
  train(0);
  CHECK(Names("energy") == (spec.eta_knob > 0 ? "NO_ENERGY" : ""));
  train(5);
  CHECK(Names("energy").empty());
}

TEST_CASE_METHOD(WarningsFixture, "A curves job warns for 10 results when costs have changed at all sizes") {
  for (int i = 0; i < 4; ++i) {
    for (const int64_t size : {16, 32, 64}) Train(size, 10);
  }
  CHECK(Names().empty());
  Train(32, 25);
  CHECK(Names().empty());
  Train(16, 25);
  for (int i = 0; i < 9; ++i) {
    CAPTURE(i);
    CHECK(Names() == "COSTS_CHANGED");
    Train(32, 25);
  }
  CHECK(Names() == "COSTS_CHANGED");
  Train(32, 25);
  CHECK(Names().empty());
}

TEST_CASE_METHOD(WarningsFixture, "A job warns of a trial that has been running for more than 3 days, until it ends") {
  limits.timeouts.default_timeout = absl::ZeroDuration();
  Train(32, 10);
  const Trial slow = StartAt(32);
  // More trials have ended since than are looked through at a time.
  for (int i = 0; i < 1'500; ++i) EndAs(StartAt(32), TrialFailure::kCancelled);
  now += absl::Hours(1);
  const Trial later = StartAt(32);
  now += absl::Hours(71);
  Train(32, 10);
  CHECK(Names().empty());
  now += absl::Seconds(1);
  const Trial next = StartAt(32);
  CHECK(Names() == "LONG_TRIAL 2");
  now += absl::Hours(2);
  EndAs(next, TrialFailure::kCancelled);
  CHECK(Names() == "LONG_TRIAL 2");
  CHECK(StoredJob().warnings[0].since == now - absl::Hours(2));
  EndAs(slow, TrialFailure::kCancelled);
  CHECK(Names().empty());
  EndAs(StartAt(32), TrialFailure::kCancelled);
  CHECK(Names() == "LONG_TRIAL " + std::to_string(later.trial_number));
  EndAs(later, TrialFailure::kCancelled);
  CHECK(Names().empty());
  CHECK_FALSE(StoredJob().oldest_running_trial.has_value());
}

TEST_CASE_METHOD(WarningsFixture, "A job warns when the reports of its latest result named no epochs") {
  const std::string job_id = GENERATE("job", "zeus");
  CreateJob(MakeSpec("zeus"));
  const auto train = [&](std::optional<int64_t> epoch) {
    REQUIRE(testing::Value(TryReport({KeyOf(Start(job_id)), /*time_seconds=*/10, 100, /*metric=*/1, epoch})).converged);
  };
  train(1);
  CHECK(Names(job_id).empty());
  train(std::nullopt);
  CHECK(Names(job_id) == "EPOCHS_MISSING");
  EndAs(Start(job_id), TrialFailure::kFailed);  // Says nothing of epochs.
  CHECK(Names(job_id) == "EPOCHS_MISSING");
  train(1);
  CHECK(Names(job_id).empty());
}

TEST_CASE_METHOD(WarningsFixture, "An update without epochs is what a Zeus job is used to, and a curves job misses") {
  CreateJob(MakeSpec("zeus"));
  Succeed(CreateTrial(32, TrialType::kExploration, "zeus"), 100, true);
  CHECK(Names("zeus").empty());
  Succeed(StartAt(32), 100, true);
  CHECK(Names() == "EPOCHS_MISSING");
}

TEST_CASE_METHOD(WarningsFixture, "A job warns of a beta_knob below 1.2 from its registration on") {
  JobSpec spec = CurvesSpec("tight");
  spec.policy = GENERATE(PolicyKind::kZeus, PolicyKind::kCurves);
  spec.beta_knob = 1.19;
  CreateJob(spec);
  CHECK(Names("tight") == "BETA_TOO_LOW");
  const absl::Time since = now;
  now += absl::Hours(1);
  Start("tight");
  CHECK(Names("tight") == "BETA_TOO_LOW");
  CHECK(StoredJob("tight").warnings[0].since == since);
  spec.job_id = "wide";
  spec.beta_knob = 1.2;
  CreateJob(spec);
  CHECK(Names("wide").empty());
  spec.job_id = "open";
  spec.beta_knob = std::nullopt;
  CreateJob(spec);
  CHECK(Names("open").empty());
}

TEST_CASE("Each warning says what is the case and what to do") {
  for (int number = 1; WarningReasonOf(number).has_value(); ++number) {
    const WarningText text =
        Describe({.reason = *WarningReasonOf(number), .since = {}, .batch_size = 48, .trial_number = 17});
    CAPTURE(number);
    CHECK(text.message.back() == '.');
    CHECK(text.advice.back() == '.');
    CHECK_FALSE(std::string(NameOf(*WarningReasonOf(number))).empty());
  }
  CHECK_FALSE(WarningReasonOf(0).has_value());
  const auto message = [](const Warning& warning) { return Describe(warning).message; };
  CHECK_THAT(message({.reason = WarningReason::kSizeRests, .since = {}, .batch_size = 48}),
             Catch::Matchers::Contains("48"));
  CHECK_THAT(message({.reason = WarningReason::kLongTrial, .since = {}, .trial_number = 17}),
             Catch::Matchers::Contains("17"));
}

}  // namespace
}  // namespace zeus::bso
