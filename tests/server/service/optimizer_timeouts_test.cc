// Trials from which nothing is heard, and the trials of clients.
#include <optional>
#include <string>
#include <utility>

#include "catch2/catch.hpp"
#include "server/service/optimizer.h"
#include "tests/server/service/optimizer_fixture.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::OptimizerFixture;
using testing::PlainSpec;
using testing::Rows;
using testing::Value;

constexpr absl::Duration kTimeout = absl::Hours(8);

class TimeoutFixture : public OptimizerFixture {
 public:
  TimeoutFixture() { Register(kTimeout); }

  void Register(std::optional<absl::Duration> timeout, const std::string& job_id = "job") {
    JobSpec spec = PlainSpec({16, 32, 64}, 32);
    spec.job_id = job_id;
    spec.trial_timeout = timeout;
    REQUIRE_THAT(TryRegister(spec), IsOk());
  }

  // Reports a training that goes on.
  void KeepTraining(const Trial& trial, int64_t epoch = 1) {
    REQUIRE_FALSE(
        Value(TryReport({KeyOf(trial), /*time_seconds=*/1, /*energy_joules=*/1, /*metric=*/0, epoch})).stop_train);
  }
};

TEST_CASE_METHOD(TimeoutFixture,
                 "An exploration that is silent for too long fails at the next start, and pruning goes on") {
  const Trial silent = Start();
  now += kTimeout - absl::Seconds(1);
  CHECK(Start().type == TrialType::kConcurrent);
  now += absl::Seconds(1);
  const Trial next = Start();
  CHECK(next.type == TrialType::kExploration);
  CHECK(next.batch_size == 32);
  CHECK(StoredTrial(32, silent.trial_number).failure == TrialFailure::kTimedOut);
  CHECK(StoredTrial(32, silent.trial_number).end_time == now);
}

TEST_CASE_METHOD(TimeoutFixture,
                 "A trial that reports, or says that it is alive, within each timeout goes on for ever") {
  const bool reports = GENERATE(true, false);
  const Trial trial = Start();
  for (int i = 0; i < 20; ++i) {
    now += kTimeout * 0.99;
    if (reports) {
      KeepTraining(trial, i);
    } else {
      CHECK_THAT(TryHeartbeat(KeyOf(trial)), IsOk());
    }
    CHECK(Start().type == TrialType::kConcurrent);
  }
}

TEST_CASE_METHOD(TimeoutFixture, "Reports and heartbeats write nothing, and a look stores what was heard") {
  const Trial trial = Start();
  const Rows before = StoredRows();
  now += absl::Hours(3);
  KeepTraining(trial, 3);
  now += absl::Minutes(2);
  CHECK_THAT(TryHeartbeat(KeyOf(trial)), IsOk());
  CHECK(StoredRows() == before);
  CHECK(LookAt(trial));
  CHECK(StoredTrial(32, 1).heard == now);
  CHECK(StoredTrial(32, 1).deadline == now + kTimeout / 2);
  CHECK(StoredTrial(32, 1).progress->epochs == 3);
}

TEST_CASE_METHOD(TimeoutFixture, "What is heard first after half of the timeout is stored at once") {
  const Trial trial = Start();
  now += absl::Hours(7);
  KeepTraining(trial, 3);
  CHECK(StoredTrial(32, 1).heard == now);
  const Rows before = StoredRows();
  now += absl::Minutes(2);
  CHECK_THAT(TryHeartbeat(KeyOf(trial)), IsOk());
  CHECK(StoredRows() == before);
}

TEST_CASE_METHOD(TimeoutFixture, "A trial that has said how often it sends heartbeats ends when it misses four") {
  const Trial trial = Start();
  REQUIRE_THAT(TryHeartbeat(KeyOf(trial), absl::Seconds(30)), IsOk());
  CHECK(StoredTrial(32, 1).heartbeat_interval == absl::Seconds(30));
  CHECK(StoredTrial(32, 1).deadline == now + absl::Minutes(1));
  now += absl::Seconds(119);
  CHECK(Start().type == TrialType::kConcurrent);
  now += absl::Seconds(1);
  CHECK(Start().type == TrialType::kExploration);
  CHECK(StoredTrial(32, 1).failure == TrialFailure::kTimedOut);
}

TEST_CASE_METHOD(TimeoutFixture, "Four heartbeats are a minute at least, and the timeout at most") {
  const auto [interval, silence] =
      GENERATE(std::pair(absl::Milliseconds(1), absl::Minutes(1)), std::pair(absl::Seconds(15), absl::Minutes(1)),
               std::pair(absl::Seconds(16), absl::Seconds(64)), std::pair(absl::Hours(3), kTimeout));
  REQUIRE_THAT(TryHeartbeat(KeyOf(Start()), interval), IsOk());
  now += silence - absl::Seconds(1);
  CHECK(Start().type == TrialType::kConcurrent);
  now += absl::Seconds(1);
  CHECK(Start().type == TrialType::kExploration);
}

TEST_CASE_METHOD(TimeoutFixture, "A clock that steps back does not bring an end nearer") {
  const Trial trial = Start();
  now += absl::Hours(5);
  KeepTraining(trial, 1);
  now -= absl::Hours(5);
  KeepTraining(trial, 2);
  now += absl::Hours(5) + kTimeout - absl::Seconds(1);
  CHECK(Start().type == TrialType::kConcurrent);
}

TEST_CASE_METHOD(TimeoutFixture, "A timeout of 0 means never, and none the server's") {
  Register(absl::ZeroDuration(), "never");
  Register(std::nullopt, "default");
  limits.timeouts.default_timeout = absl::Hours(2);
  Start("never");
  Start("default");
  now += absl::Hours(3);
  CHECK(Start("default").type == TrialType::kExploration);
  now += absl::Hours(24) * 365;
  CHECK(Start("never").type == TrialType::kConcurrent);
  limits.timeouts.default_timeout = absl::ZeroDuration();
  CHECK(Start("default").type == TrialType::kConcurrent);
}

TEST_CASE_METHOD(TimeoutFixture, "After a start the server waits for trials that could not reach it") {
  Start();
  now += absl::Hours(100);
  limits.timeouts.server_start = now;
  limits.timeouts.grace = absl::Hours(1);
  now += absl::Minutes(59);
  CHECK(Start().type == TrialType::kConcurrent);
  now += absl::Minutes(1);
  CHECK(Start().type == TrialType::kExploration);
}

TEST_CASE_METHOD(TimeoutFixture, "After a start the server waits no longer than the timeout") {
  Start();
  now += absl::Hours(100);
  limits.timeouts.server_start = now;
  limits.timeouts.grace = absl::Hours(50);
  now += kTimeout;
  CHECK(Start().type == TrialType::kExploration);
}

TEST_CASE_METHOD(TimeoutFixture, "Starts of the server that follow each other give a silent trial grace once") {
  const Trial trial = Start();
  limits.timeouts.grace = absl::Hours(1);
  now += kTimeout - absl::Minutes(1);
  limits.timeouts.server_start = now;
  ForgetMemory();
  now += absl::Minutes(30);
  CHECK(LookAt(trial));
  CHECK(StoredTrial(32, 1).had_grace);
  // It has had its grace: that of later starts is not added.
  limits.timeouts.server_start = now;
  now += absl::Minutes(30);
  CHECK_FALSE(LookAt(trial));
  SECTION("unless it is heard from") {
    now -= absl::Minutes(10);
    KeepTraining(trial);
    CHECK(LookAt(trial));
    CHECK_FALSE(StoredTrial(32, 1).had_grace);
    CHECK(StoredTrial(32, 1).heard == now);
  }
}

TEST_CASE_METHOD(TimeoutFixture, "A trial that is overdue and reports before anybody noticed goes on") {
  const Trial trial = Start();
  now += kTimeout * 2;
  KeepTraining(trial);
  CHECK(Start().type == TrialType::kConcurrent);
}

TEST_CASE_METHOD(TimeoutFixture, "A trial of a server that kept no deadlines is overdue a timeout after its start") {
  limits.timeouts.default_timeout = absl::ZeroDuration();
  Register(std::nullopt, "old");
  Start("old");
  limits.timeouts.default_timeout = kTimeout;
  now += kTimeout - absl::Seconds(1);
  CHECK(Start("old").type == TrialType::kConcurrent);
  now += absl::Seconds(1);
  CHECK(Start("old").type == TrialType::kExploration);
}

TEST_CASE_METHOD(TimeoutFixture, "A size that times out too often counts as one that does not converge") {
  for (int i = 0; i < 3; ++i) {
    CHECK(Start().batch_size == 32);
    now += kTimeout;
  }
  CHECK(Start().batch_size == 64);
}

TEST_CASE_METHOD(TimeoutFixture, "A client that has a running trial is given that one") {
  const Trial first = Start("job", "a");
  CHECK(first.client_id == "a");
  const Trial other = Start("job", "b");
  CHECK(other.trial_number != first.trial_number);
  CHECK(Start("job", "a").trial_number == first.trial_number);
  CHECK(StoredJob().num_running_trials == 2);
  ReachTarget(first, 100);
  const Trial second = Start("job", "a");
  CHECK(second.trial_number == 3);
  CHECK_THAT(TryEnd(KeyOf(second)), IsOk());
  CHECK(Start("job", "a").trial_number == 4);
}

TEST_CASE_METHOD(TimeoutFixture, "A client that asks again is heard from") {
  const Trial trial = Start("job", "a");
  for (int i = 0; i < 3; ++i) {
    now += kTimeout * 0.99;
    CHECK(Start("job", "a").trial_number == trial.trial_number);
  }
}

TEST_CASE_METHOD(TimeoutFixture, "A client whose trial is overdue is given a new one") {
  const Trial trial = Start("job", "a");
  now += kTimeout;
  CHECK(Start("job", "a").trial_number == 2);
  CHECK(StoredTrial(trial.batch_size, 1).failure == TrialFailure::kTimedOut);
}

TEST_CASE_METHOD(TimeoutFixture, "The same client may run a trial of each job") {
  Register(kTimeout, "other");
  CHECK(Start("job", "a").job_id == "job");
  CHECK(Start("other", "a").job_id == "other");
}

TEST_CASE_METHOD(TimeoutFixture, "Heartbeats of trials that are not there are refused, those of ended ones answered") {
  CHECK_THAT(TryHeartbeat({"none", 32, 1}), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(TryHeartbeat({"job", 32, 1}), FailsWith(Reason::kTrialNotFound));
  const Trial trial = StartAndFail(TrialFailure::kFailed);
  CHECK_THAT(TryHeartbeat(KeyOf(trial)), IsOk());
  CHECK(StoredTrial(32, 1).status == TrialStatus::kFailed);
}

TEST_CASE_METHOD(TimeoutFixture, "A job has no more running trials than the server allows") {
  limits.max_running_trials = 2;
  const Trial first = Start();
  Start();
  CHECK_THAT(TryStart(), FailsWith(Reason::kTooManyRunningTrials));
  CHECK_THAT(std::string(TryStart().message()), Catch::Contains("2 running trials"));
  ReachTarget(first, 100);
  CHECK_THAT(TryStart(), IsOk());
}

TEST_CASE_METHOD(TimeoutFixture, "The server has no more jobs than it allows") {
  Register(kTimeout, "second");
  limits.max_jobs = 2;
  CHECK_THAT(TryRegister(testing::MakeSpec("third")), FailsWith(Reason::kTooManyJobs));
  bool created = true;
  JobSpec again = PlainSpec({16, 32, 64}, 32);
  again.trial_timeout = kTimeout;
  CHECK_THAT(TryRegister(again, &created), IsOk());
  CHECK_FALSE(created);
  REQUIRE_THAT(TryDelete("second"), IsOk());
  CHECK_THAT(TryRegister(testing::MakeSpec("third")), IsOk());
}

}  // namespace
}  // namespace zeus::bso
