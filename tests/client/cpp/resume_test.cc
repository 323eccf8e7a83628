// Trials that go on after their trainer was killed.
#include <optional>

#include "client/cpp/src/resumption.h"
#include "tests/client/cpp/fixture.h"
#include "zeus/bso/trial_run.h"

namespace zeus::bso::testing {
namespace {

using client_internal::Resumption;

v1::TrialProgress SeenAt(int64_t epochs) {
  v1::TrialProgress progress;
  progress.set_epochs(epochs);
  progress.set_time_seconds(30);
  progress.set_energy_joules(300);
  return progress;
}

TEST_CASE("The first report decides whether epochs count from 0") {
  struct Case {
    int64_t seen;
    int64_t first_report;
    int64_t base_epochs;
  };
  for (const Case& each :
       {Case{3, 0, 3}, Case{3, 1, 3}, Case{3, 2, 0}, Case{3, 3, 0}, Case{3, 9, 0}, Case{0, 0, 0}, Case{0, 1, 0}}) {
    CAPTURE(each.seen, each.first_report);
    Resumption resumption(SeenAt(each.seen));
    for (const int64_t report : {each.first_report, int64_t{1}, int64_t{100}}) {
      const std::optional<v1::ReportBase> base = resumption.BaseOfReport(report);
      REQUIRE(base.has_value());
      CHECK(base->epochs() == each.base_epochs);
      CHECK(base->time_seconds() == 30);
      CHECK(base->energy_joules() == 300);
    }
  }
}

TEST_CASE("The reports of a new trial have no base") {
  Resumption resumption(std::nullopt);
  CHECK_FALSE(resumption.BaseOfReport(1).has_value());
}

// A trainer that is killed once it has reported: nobody ends its trial.
class KilledTrainerFixture : public ClientFixture {
 public:
  KilledTrainerFixture() : client(Connect({.target = address(), .client_id = "node-7"})) {
    REQUIRE(client.RegisterJob(PatientSpec()).ok());
    killed = Value(client.StartTrial("job"));
  }

  void ReportBeforeKill(int64_t epoch) {
    REQUIRE_FALSE(Value(client.ReportResult(killed, Done(epoch, 0.1))).stop_train());
  }

  // After so many epochs of 10 s and 100 J.
  static Progress Done(int64_t epochs, double metric) {
    const auto count = static_cast<double>(epochs);
    return {.metric = metric, .epoch = epochs, .time_seconds = 10 * count, .energy_joules = 100 * count};
  }

  TrialRun Resume() {
    TrialRun run = Value(TrialRun::Start(client, "job"));
    CHECK(run.trial().trial_number() == killed.trial_number());
    return run;
  }

  void CheckResult(int64_t epochs, double seconds, double joules) {
    const v1::Trial trial = LastTrial();
    CHECK(trial.status() == v1::TRIAL_STATUS_SUCCEEDED);
    CHECK(trial.epochs() == epochs);
    CHECK(trial.time_seconds() == seconds);
    CHECK(trial.energy_joules() == joules);
  }

  Client client;
  v1::Trial killed;
};

TEST_CASE_METHOD(KilledTrainerFixture, "A training that begins again adds to what the server saw last") {
  ReportBeforeKill(3);
  TrialRun run = Resume();
  REQUIRE(run.resumed_from().has_value());
  CHECK(run.resumed_from()->epochs() == 3);
  CHECK(run.resumed_from()->time_seconds() == 30);
  CHECK(run.resumed_from()->energy_joules() == 300);
  for (const int64_t epoch : {1, 1, 2, 3, 4}) CHECK_FALSE(Value(run.Report(Done(epoch, 0.1))).stop_train());
  CHECK(LastTrial().job_uid() == killed.job_uid());
  CHECK(Value(run.Report(Done(5, 0.9))).converged());
  CheckResult(8, 80, 800);
}

TEST_CASE_METHOD(KilledTrainerFixture, "A training that goes on counting epochs adds time and energy only") {
  ReportBeforeKill(3);
  TrialRun run = Resume();
  Progress progress = Done(1, 0.1);
  progress.epoch = 4;
  CHECK_FALSE(Value(run.Report(progress)).stop_train());
  progress = Done(2, 0.9);
  progress.epoch = 5;
  CHECK(Value(run.Report(progress)).converged());
  CheckResult(5, 50, 500);
}

TEST_CASE_METHOD(KilledTrainerFixture, "A training that loads an older checkpoint counts what it trains again once") {
  ReportBeforeKill(3);
  {
    const v1::StartTrialResponse second = Value(client.StartOrResumeTrial("job"));
    v1::ReportBase base;
    base.set_time_seconds(second.resume_from().time_seconds());
    base.set_energy_joules(second.resume_from().energy_joules());
    Progress progress = Done(1, 0.1);
    progress.epoch = 2;
    REQUIRE_FALSE(Value(client.ReportResult(second.trial(), progress, base)).stop_train());
  }
  TrialRun run = Resume();
  REQUIRE(run.resumed_from().has_value());
  CHECK(run.resumed_from()->epochs() == 2);
  CHECK(run.resumed_from()->time_seconds() == 40);
  Progress progress = Done(1, 0.1);
  progress.epoch = 2;
  CHECK_FALSE(Value(run.Report(progress)).stop_train());
  progress = Done(2, 0.9);
  progress.epoch = 3;
  CHECK(Value(run.Report(progress)).converged());
  CheckResult(3, 60, 600);
}

TEST_CASE_METHOD(KilledTrainerFixture, "A trainer that is killed twice resumes from the sum") {
  ReportBeforeKill(3);
  {
    const v1::StartTrialResponse second = Value(client.StartOrResumeTrial("job"));
    REQUIRE(second.has_resume_from());
    v1::ReportBase base;
    base.set_epochs(second.resume_from().epochs());
    base.set_time_seconds(second.resume_from().time_seconds());
    base.set_energy_joules(second.resume_from().energy_joules());
    REQUIRE_FALSE(Value(client.ReportResult(second.trial(), Done(2, 0.1), base)).stop_train());
  }
  TrialRun run = Resume();
  REQUIRE(run.resumed_from().has_value());
  CHECK(run.resumed_from()->epochs() == 5);
  CHECK(run.resumed_from()->time_seconds() == 50);
  CHECK(run.resumed_from()->energy_joules() == 500);
  CHECK(Value(run.Report(Done(1, 0.9))).converged());
  CheckResult(6, 60, 600);
}

TEST_CASE_METHOD(KilledTrainerFixture, "A trainer that was killed before it reported resumes from nothing") {
  TrialRun run = Resume();
  CHECK_FALSE(run.resumed_from().has_value());
  CHECK(Value(run.Report(Done(2, 0.9))).converged());
  CheckResult(2, 20, 200);
}

TEST_CASE_METHOD(KilledTrainerFixture, "A new trial resumes from nothing") {
  ReportBeforeKill(3);
  Client other = Connect(address());
  CHECK_FALSE(Value(other.StartOrResumeTrial("job")).has_resume_from());
  const TrialRun run = Value(TrialRun::Start(other, "job"));
  CHECK_FALSE(run.resumed_from().has_value());
}

}  // namespace
}  // namespace zeus::bso::testing
