// Trials of a job "job" whose policy never tires of failures.
#ifndef ZEUS_BSO_TESTS_CLIENT_CPP_TRIAL_FIXTURE_H_
#define ZEUS_BSO_TESTS_CLIENT_CPP_TRIAL_FIXTURE_H_

#include "tests/client/cpp/fixture.h"
#include "zeus/bso/trial_run.h"

namespace zeus::bso::testing {

class TrialFixture : public ClientFixture {
 public:
  TrialFixture() : client(Connect(address())) {}

  void Register(absl::Duration trial_timeout = absl::Hours(1)) {
    v1::JobSpec spec = PatientSpec();
    spec.mutable_trial_timeout()->set_seconds(absl::ToInt64Seconds(trial_timeout));
    REQUIRE(client.RegisterJob(spec).ok());
  }

  TrialRun StartRun(const TrialRunOptions& options = {}) { return Value(TrialRun::Start(client, "job", options)); }

  // How often heartbeats of the last trial will come. Waits until the server knows.
  absl::Duration AwaitInterval() {
    v1::Trial trial = LastTrial();
    while (!trial.has_heartbeat_interval()) {
      absl::SleepFor(absl::Milliseconds(5));
      trial = LastTrial();
    }
    return absl::Seconds(trial.heartbeat_interval().seconds()) + absl::Nanoseconds(trial.heartbeat_interval().nanos());
  }

  static void AwaitNotRunning(const TrialRun& run) {
    while (run.running()) absl::SleepFor(absl::Milliseconds(5));
  }

  Client client;
};

inline constexpr TrialRunOptions kFastHeart = {.heartbeat_interval = absl::Milliseconds(20)};
inline constexpr TrialRunOptions kSlowHeart = {.heartbeat_interval = absl::Hours(1)};
inline constexpr TrialRunOptions kNoHeart = {.heartbeat_interval = absl::ZeroDuration()};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CLIENT_CPP_TRIAL_FIXTURE_H_
