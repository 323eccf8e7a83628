// WatchJob: the events, and what happens when connections break.
#include "client/cpp/src/watch.h"

#include <signal.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "client/cpp/src/connection.h"
#include "tests/client/cpp/fixture.h"
#include "tests/client/cpp/tcp_proxy.h"

namespace zeus::bso::testing {
namespace {

using client_internal::Connection;
using client_internal::WatchTimes;
using Kind = v1::JobEvent::EventCase;

class WatchFixture : public ClientFixture {
 public:
  WatchFixture() : direct(Connect(address())), proxy(address()) {
    REQUIRE(direct.RegisterJob(PatientSpec()).ok());
    client.emplace(Connect({.target = proxy.address(), .retry = {.total = absl::Minutes(10)}}));
  }

  Client direct;
  TcpProxy proxy;
  std::optional<Client> client;
};

TEST_CASE_METHOD(ClientFixture, "Every event comes, until the job is deleted") {
  Client client = Connect(address());
  v1::JobSpec spec = PatientSpec();
  spec.set_num_pruning_rounds(0);
  REQUIRE(client.RegisterJob(spec).ok());
  std::vector<Kind> kinds;
  const absl::Status status = client.WatchJob("job", [&](const v1::JobEvent& event) {
    kinds.push_back(event.event_case());
    if (event.has_present_state()) {
      CHECK(event.present_state().job().spec().job_id() == "job");
      const v1::Trial trial = Value(client.StartTrial("job"));
      CHECK_FALSE(Value(client.ReportResult(trial, kGoesOn)).stop_train());
      CHECK(Value(client.ReportResult(trial, kConverges)).stop_train());
      CHECK_THAT(client.DeleteJob("job"), IsOk());
    }
    return true;
  });
  CHECK_THAT(status, IsOk());
  for (const Kind kind : {Kind::kPresentState, Kind::kStageChanged, Kind::kTrialStarted, Kind::kTrialReported,
                          Kind::kArmRefit, Kind::kTrialEnded}) {
    CHECK_THAT(kinds, Catch::VectorContains(kind));
  }
  CHECK(kinds.front() == Kind::kPresentState);
  CHECK(kinds.back() == Kind::kJobDeleted);
}

TEST_CASE_METHOD(WatchFixture, "A watcher that returns false, or throws, is gone") {
  ClientFixture small({"--max_watchers=1"});
  Client watcher = Connect(small.address());
  REQUIRE(watcher.RegisterJob(PatientSpec()).ok());
  // Until the server has noticed that the one before is gone.
  const auto watch = [&](const std::function<bool(const v1::JobEvent&)>& each) {
    absl::Status status = watcher.WatchJob("job", each);
    while (ErrorReason(status) == "TOO_MANY_WATCHERS") status = watcher.WatchJob("job", each);
    CHECK_THAT(status, IsOk());
  };
  for (int i = 0; i < 3; ++i) watch([](const v1::JobEvent&) { return false; });
  const auto thrower = [](const v1::JobEvent&) -> bool { throw 7; };
  CHECK_THROWS_AS(watch(thrower), int);
  watch([](const v1::JobEvent&) { return false; });
}

TEST_CASE_METHOD(WatchFixture, "A stop ends a watch that waits") {
  std::stop_source stop;
  absl::Notification watching;
  absl::Status status = absl::UnknownError("");
  std::thread watcher([&] {
    status = client->WatchJob(
        "job",
        [&](const v1::JobEvent&) {
          watching.Notify();
          return true;
        },
        stop.get_token());
  });
  watching.WaitForNotification();
  stop.request_stop();
  watcher.join();
  CHECK_THAT(status, IsOk());
  CHECK_THAT(client->WatchJob(
                 "job", [](const v1::JobEvent&) { return true; }, stop.get_token()),
             IsOk());
}

TEST_CASE_METHOD(WatchFixture, "Errors that do not pass end the watch") {
  const auto each = [](const v1::JobEvent&) { return true; };
  CHECK(CodeAndReason(client->WatchJob("none", each)) == "NOT_FOUND JOB_NOT_FOUND");
  const TempDir directory;
  Client lost = Connect({.target = "unix:" + (directory / "none"), .retry = {.total = absl::Milliseconds(200)}});
  CHECK(CodeAndReason(lost.WatchJob("job", each)) == "UNAVAILABLE ");
}

// What a watcher asks for that saw `last`, and took all of its commit for seen or not.
std::string RequestAfter(const v1::JobEvent& last, bool whole) {
  v1::WatchJobRequest request;
  request.set_job_id("job");
  request.mutable_seen()->set_job_uid(last.job_uid());
  request.mutable_seen()->set_revision(whole ? last.revision() : last.revision() - 1);
  return request.SerializeAsString();
}

// Whichever was first, the start of so many trials or the watcher that came back.
bool ShowsTrials(const v1::JobEvent& event, int64_t count) {
  if (event.has_trial_started()) return event.trial_started().trial_number() == count;
  return event.present_state().job().num_running_trials() == count;
}

TEST_CASE_METHOD(WatchFixture, "A watch whose connection broke goes on where it was") {
  std::vector<v1::JobEvent> events;
  std::thread starter;
  const absl::Status status = client->WatchJob("job", [&](const v1::JobEvent& event) {
    events.push_back(event);
    if (events.size() > 1) return false;
    proxy.BreakConnections();
    starter = std::thread([this, event] {
      proxy.AwaitRequests(RequestAfter(event, true), 1);
      direct.StartTrial("job").IgnoreError();
    });
    return true;
  });
  starter.join();
  CHECK_THAT(status, IsOk());
  CHECK(events[0].has_present_state());
  CHECK(ShowsTrials(events[1], 1));
}

TEST_CASE_METHOD(WatchFixture, "Changes that were missed are told by a new state") {
  std::vector<v1::JobEvent> events;
  const absl::Status status = client->WatchJob("job", [&](const v1::JobEvent& event) {
    events.push_back(event);
    if (events.size() == 1) {
      proxy.BreakConnections();
      REQUIRE(direct.StartTrial("job").ok());
      REQUIRE(direct.StartTrial("job").ok());
    }
    return events.size() < 2;
  });
  CHECK_THAT(status, IsOk());
  REQUIRE(events.back().has_present_state());
  CHECK(events.back().present_state().missed_changes());
  CHECK(events.back().present_state().job().num_running_trials() == 2);
}

// Watches with these times until a trial was started; then the connection breaks: what comes next, once the watcher has
// asked for what follows after that.
v1::JobEvent EventAfterBreak(WatchFixture& fixture, const WatchTimes& times, bool whole) {
  const auto connection =
      Value(Connection::Open({.target = fixture.proxy.address(), .retry = {.total = absl::Minutes(10)}}));
  std::vector<v1::JobEvent> events;
  std::thread starter;
  const auto each = [&](const v1::JobEvent& event) {
    events.push_back(event);
    if (events.size() == 1) CHECK(fixture.direct.StartTrial("job").ok());
    if (events.size() != 2) return events.size() < 3;
    fixture.proxy.BreakConnections();
    starter = std::thread([&fixture, event, whole] {
      fixture.proxy.AwaitRequests(RequestAfter(event, whole), 1);
      fixture.direct.StartTrial("job").IgnoreError();
    });
    return true;
  };
  CHECK_THAT(client_internal::Watch(*connection, "job", each, {}, times), IsOk());
  starter.join();
  CHECK(events[1].has_trial_started());
  return events[2];
}

TEST_CASE_METHOD(WatchFixture, "A commit of which an event has just come is not taken for whole") {
  CHECK(EventAfterBreak(*this, {.settled = absl::Hours(1)}, false).has_present_state());
}

TEST_CASE_METHOD(WatchFixture, "A commit of which an event came long ago is") {
  CHECK(ShowsTrials(EventAfterBreak(*this, {.settled = -absl::Seconds(1)}, true), 2));
}

TEST_CASE_METHOD(WatchFixture, "A commit that is followed by a summary is taken for whole") {
  const auto connection = Value(Connection::Open({.target = proxy.address(), .retry = {.total = absl::Minutes(10)}}));
  std::vector<v1::JobEvent> events;
  std::thread starter;
  const auto each = [&](const v1::JobEvent& event) {
    events.push_back(event);
    if (starter.joinable()) return event.has_summary_changed();  // A watcher that comes back gets it once more.
    if (event.has_present_state()) {
      const v1::Trial trial = Value(direct.StartTrial("job"));
      CHECK(Value(direct.ReportResult(trial, kConverges)).stop_train());
    }
    if (!event.has_summary_changed()) return true;
    proxy.BreakConnections();
    starter = std::thread([this, event] {
      proxy.AwaitRequests(RequestAfter(event, true), 1);
      direct.StartTrial("job").IgnoreError();
    });
    return true;
  };
  CHECK_THAT(client_internal::Watch(*connection, "job", each, {}, {.settled = absl::Hours(1)}), IsOk());
  starter.join();
  const v1::JobEvent& last = events.back();  // Unless the watcher was later than the trial, it needs no state.
  CHECK((last.trial_started().trial_number() == 2 || last.present_state().job().num_running_trials() == 1));
}

TEST_CASE_METHOD(ClientFixture, "Warnings and summaries come, and are part of the job") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(PatientSpec()).ok());
  v1::Warnings warnings;
  v1::JobSummary summary;
  const absl::Status status = client.WatchJob("job", [&](const v1::JobEvent& event) {
    for (int i = 0; event.has_present_state() && i < 3; ++i) {
      CHECK_THAT(client.EndTrial(Value(client.StartTrial("job"))).status(), IsOk());
    }
    if (event.has_warnings_changed()) warnings = event.warnings_changed();
    if (event.has_summary_changed()) summary = event.summary_changed();
    return summary.last_trial_number() < 3;
  });
  CHECK_THAT(status, IsOk());
  REQUIRE(warnings.warnings_size() == 1);
  CHECK(warnings.warnings(0).reason() == v1::WARNING_REASON_NOT_CONVERGING);
  const v1::Job job = *Value(client.GetJob("job"));
  REQUIRE(job.warnings_size() == 1);
  CHECK(job.warnings(0).SerializeAsString() == warnings.warnings(0).SerializeAsString());
  CHECK(job.summary().SerializeAsString() == summary.SerializeAsString());
  CHECK(job.latest_results().num_not_converged() == 3);
}

TEST_CASE_METHOD(WatchFixture, "A watch outlives the deadline of its stream") {
  const auto connection = Value(Connection::Open({.target = proxy.address()}));
  const WatchTimes times = {.stream_timeout = absl::Milliseconds(300)};
  std::thread starter([this] {
    proxy.AwaitRequests("job", 3);
    direct.StartTrial("job").IgnoreError();
  });
  const auto each = [](const v1::JobEvent& event) { return !ShowsTrials(event, 1); };
  CHECK_THAT(client_internal::Watch(*connection, "job", each, {}, times), IsOk());
  starter.join();
}

TEST_CASE("A watch outlasts a server that is killed and started again") {
  const TempDir directory;
  const std::string listen = "--listen=unix:" + (directory / "socket");
  ClientFixture fixture({listen});
  Client client = Connect({.target = fixture.address(), .retry = {.total = absl::Minutes(10)}});
  REQUIRE(client.RegisterJob(PatientSpec()).ok());
  bool killed = false;
  const auto each = [&](const v1::JobEvent& event) {
    if (!killed) {
      fixture.server().Signal(SIGKILL);
      fixture.server().Wait();
      fixture.Start({listen});
      killed = true;
      CHECK(client.StartTrial("job").ok());
      return true;
    }
    CHECK(event.present_state().job().num_running_trials() == 1);
    return false;
  };
  CHECK_THAT(client.WatchJob("job", each), IsOk());
  CHECK(killed);
}

}  // namespace
}  // namespace zeus::bso::testing
