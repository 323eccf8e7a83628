// The heartbeats of a TrialRun.
#include <signal.h>

#include <string>

#include "client/cpp/src/connection.h"
#include "client/cpp/src/heart.h"
#include "tests/client/cpp/tcp_proxy.h"
#include "tests/client/cpp/trial_fixture.h"

namespace zeus::bso::testing {
namespace {

using client_internal::Connection;
using client_internal::Heart;

TEST_CASE_METHOD(TrialFixture, "The first heartbeat comes at once, and says when the next ones come") {
  Register();
  const TrialRun run = StartRun(kSlowHeart);
  CHECK(AwaitInterval() == absl::Hours(1));
}

TEST_CASE_METHOD(TrialFixture, "Heartbeats come every 30 s, or three for each timeout if that is shorter") {
  Register();
  {
    const TrialRun run = StartRun();
    CHECK(AwaitInterval() == absl::Seconds(30));
  }
  REQUIRE(client.DeleteJob("job").ok());
  Register(absl::Seconds(60));
  const TrialRun run = StartRun();
  CHECK(AwaitInterval() == absl::Seconds(20));
}

TEST_CASE_METHOD(TrialFixture, "Heartbeats that are turned off do not come") {
  Register();
  const TrialRun run = StartRun(kNoHeart);
  absl::SleepFor(absl::Milliseconds(200));
  CHECK_FALSE(LastTrial().has_heartbeat_interval());
}

// Else a trial would time out for the lack of heartbeats that only the run before it had promised.
TEST_CASE_METHOD(TrialFixture,
                 "A run without heartbeats is not held to those that were promised before it was killed") {
  Register();
  Client named = Connect({.target = address(), .client_id = "node-7"});
  const v1::Trial killed = Value(named.StartTrial("job"));
  REQUIRE(named.Heartbeat(killed, absl::Seconds(30)).ok());
  const TrialRun run = Value(TrialRun::Start(named, "job", kNoHeart));
  CHECK(run.trial().trial_number() == killed.trial_number());
  CHECK_FALSE(LastTrial().has_heartbeat_interval());
}

TEST_CASE("Heartbeats go on after the server was away") {
  const TempDir directory;
  const std::string listen = "--listen=unix:" + (directory / "socket");
  ClientFixture fixture({listen});
  Client client = Connect({.target = fixture.address(), .retry = {.total = absl::ZeroDuration()}});
  REQUIRE(client.RegisterJob(PatientSpec()).ok());
  const TrialRun run = Value(TrialRun::Start(client, "job", kFastHeart));
  fixture.server().Signal(SIGKILL);
  fixture.server().Wait();
  absl::SleepFor(absl::Milliseconds(200));
  CHECK(run.running());
  fixture.Start({listen});
  REQUIRE(Connect(fixture.address()).EndTrial(run.trial(), v1::TRIAL_FAILURE_CANCELLED).ok());
  TrialFixture::AwaitNotRunning(run);
}

TEST_CASE_METHOD(TrialFixture, "A heartbeat that hangs is cancelled when its trial goes out of scope") {
  Register();
  TcpProxy proxy(address());
  const auto connection = Value(Connection::Open({.target = proxy.address(), .timeout = absl::Hours(1)}));
  const v1::Trial trial = Value(client.StartTrial("job"));
  proxy.HoldAnswer("job");
  {
    const Heart heart(connection, trial, absl::Hours(1));
    while (!proxy.TookAnswer()) absl::SleepFor(absl::Milliseconds(5));
    CHECK_FALSE(heart.over());
  }  // Would wait for an hour.
  proxy.Release();
}

TEST_CASE_METHOD(TrialFixture, "A heartbeat that hangs does not hold up the next") {
  Register();
  TcpProxy proxy(address());
  Client patient = Connect({.target = proxy.address(), .timeout = absl::Hours(1)});
  TrialRun run = Value(TrialRun::Start(patient, "job", kFastHeart));
  proxy.HoldAnswer("job");
  while (!proxy.TookAnswer()) absl::SleepFor(absl::Milliseconds(5));
  proxy.AwaitRequests("job", proxy.Requests("job") + 1);
  proxy.Release();
  CHECK(run.running());
}

TEST_CASE_METHOD(TrialFixture, "Heartbeats learn that somebody else ended the trial, or deleted the job") {
  Register();
  {
    const TrialRun run = StartRun(kFastHeart);
    REQUIRE(client.EndTrial(run.trial(), v1::TRIAL_FAILURE_CANCELLED).ok());
    AwaitNotRunning(run);
  }
  CHECK(LastTrial().failure() == v1::TRIAL_FAILURE_CANCELLED);
  TrialRun run = StartRun(kFastHeart);
  REQUIRE(client.DeleteJob("job").ok());
  AwaitNotRunning(run);
  CHECK(CodeAndReason(run.Report(kGoesOn).status()) == "NOT_FOUND JOB_NOT_FOUND");
}

TEST_CASE_METHOD(TrialFixture,
                 "Heartbeats keep a trial that is longer silent than its timeout, and without them it ends") {
  Register(absl::Seconds(3));
  TrialRun kept = StartRun();
  const TrialRun silent = StartRun(kNoHeart);
  // Both are due at about the same time.
  CHECK(AwaitEnd().failure() == v1::TRIAL_FAILURE_TIMED_OUT);
  absl::SleepFor(absl::Seconds(1));
  CHECK(kept.running());
  CHECK(Value(kept.Report(kConverges)).converged());
}

}  // namespace
}  // namespace zeus::bso::testing
