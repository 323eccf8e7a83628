// BatchSizeOptimizer.WatchJob over the wire.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "catch2/catch.hpp"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

using testing::Watch;

v1::ReportResultRequest Report(const v1::Trial& trial, double joules, double metric) {
  auto request = OfTrial<v1::ReportResultRequest>(trial);
  request.set_energy_joules(joules);
  request.set_metric(metric);
  request.set_current_epoch(1);
  return request;
}

void Converge(RpcFixture& fixture, const v1::Trial& trial) {
  REQUIRE(Answer(fixture.Call(Optimizer::ReportResult, Report(trial, 100, 1))).stop_train());
}

}  // namespace

TEST_CASE("A watcher sees the present state first, then each change in order") {
  RpcFixture fixture;
  fixture.RegisterJob();
  const v1::Trial first = fixture.StartTrial();
  Watch watch(fixture.client());
  const v1::JobEvent state = watch.Next();
  REQUIRE(state.has_present_state());
  CHECK(state.revision() == 2);
  CHECK(state.present_state().job().spec().job_id() == "job");
  CHECK_FALSE(state.present_state().missed_changes());

  CHECK_FALSE(Answer(fixture.Call(Optimizer::ReportResult, Report(first, 50, 0))).stop_train());
  const v1::JobEvent reported = watch.Next();
  CHECK(reported.revision() == 2);
  CHECK(reported.trial_reported().trial_number() == 1);
  CHECK(reported.trial_reported().energy_joules() == 50);

  Converge(fixture, first);
  const v1::JobEvent ended = watch.Next();
  CHECK(ended.revision() == 3);
  CHECK(ended.trial_ended().status() == v1::TRIAL_STATUS_SUCCEEDED);
  CHECK(ended.trial_ended().energy_joules() == 100);
  CHECK(ended.trial_ended().end_reason() == v1::END_REASON_TARGET_REACHED);
  CHECK(ended.trial_ended().last_metric() == 1);

  const v1::Trial second = fixture.StartTrial();
  const v1::JobEvent started = watch.Next();
  CHECK(started.revision() == 4);
  CHECK(started.trial_started().trial_number() == second.trial_number());
  CHECK(started.trial_started().batch_size() == second.batch_size());
}

TEST_CASE("A report that is repeated or late changes nothing, and no watcher sees it") {
  RpcFixture fixture;
  fixture.RegisterJob();
  const v1::Trial trial = fixture.StartTrial();
  Watch watch(fixture.client());
  REQUIRE(watch.Next().has_present_state());
  for (const int epoch : {2, 3, 3, 1, 0, 4}) {
    v1::ReportResultRequest report = Report(trial, 10 * epoch, 0);
    report.set_current_epoch(epoch);
    CHECK_FALSE(Answer(fixture.Call(Optimizer::ReportResult, report)).stop_train());
  }
  for (const int epoch : {2, 3, 4}) CHECK(watch.Next().trial_reported().current_epoch() == epoch);
}

TEST_CASE("A watcher sees the bandit take over and its arms refit, of one commit with one revision") {
  RpcFixture fixture;
  fixture.RegisterJob();
  // Two rounds of three sizes.
  for (int i = 0; i < 6; ++i) Converge(fixture, fixture.StartTrial());
  Watch watch(fixture.client());
  const int64_t before = watch.Next().revision();
  const v1::Trial mab = fixture.StartTrial();
  CHECK(watch.Next().trial_started().type() == v1::TRIAL_TYPE_MAB);
  CHECK(watch.Next().stage_changed() == v1::STAGE_MAB);
  for (int i = 0; i < 3; ++i) {
    const v1::JobEvent refit = watch.Next();
    CHECK(refit.arm_refit().num_observations() == 2);
    CHECK(refit.revision() == before + 1);
  }
  Converge(fixture, mab);
  CHECK(watch.Next().trial_ended().trial_number() == mab.trial_number());
  CHECK(watch.Next().arm_refit().num_observations() == 3);
}

TEST_CASE("A watcher that comes back goes on where it was, or is told that it missed changes") {
  RpcFixture fixture;
  fixture.RegisterJob();
  std::optional<Watch> watch(fixture.client());
  v1::JobEvent seen = watch->Next();
  watch.reset();

  v1::JobEvent next;
  for (int i = 0; i < 20 && !next.has_trial_started(); ++i) {
    // A start that overtakes the watcher is one that it missed.
    if (i > 0) seen = next;
    Watch same(fixture.client(), seen);
    fixture.StartTrial();
    next = same.Next();
  }
  REQUIRE(next.has_trial_started());
  CHECK(next.revision() == seen.revision() + 1);

  Watch late(fixture.client(), seen);
  const v1::JobEvent state = late.Next();
  CHECK(state.present_state().missed_changes());
  CHECK(state.revision() == next.revision());
}

TEST_CASE("The deletion of a job is the last event, also for a watcher that comes back after it") {
  RpcFixture fixture;
  fixture.RegisterJob();
  Watch watch(fixture.client());
  const v1::JobEvent seen = watch.Next();
  Answer(fixture.Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()));
  CHECK(watch.Next().has_job_deleted());
  CHECK(watch.End().ok());

  Watch late(fixture.client(), seen);
  CHECK(late.Next().has_job_deleted());
  CHECK(late.End().ok());

  fixture.RegisterJob();
  Watch other_registration(fixture.client(), seen);
  const v1::JobEvent state = other_registration.Next();
  CHECK(state.present_state().missed_changes());
  CHECK(state.job_uid() != seen.job_uid());
}

// The event of a deletion that was missed bears the revision after it.
TEST_CASE("The last revision that there is cannot have been seen") {
  RpcFixture fixture;
  v1::JobEvent seen;
  seen.set_revision(std::numeric_limits<int64_t>::max() - 1);
  Watch watch(fixture.client(), seen);
  CHECK(watch.Next().revision() == std::numeric_limits<int64_t>::max());
  seen.set_revision(std::numeric_limits<int64_t>::max());
  CheckRefused(Watch(fixture.client(), seen).End(), grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
}

TEST_CASE("A job that does not exist cannot be watched, nor one without a name") {
  RpcFixture fixture;
  CheckRefused(Watch(fixture.client()).End(), grpc::StatusCode::NOT_FOUND, "JOB_NOT_FOUND");
  CheckRefused(Watch(fixture.client(), std::nullopt, "").End(), grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
}

TEST_CASE("No more watch than may, and each that goes makes room") {
  testing::TestServer server({.max_watchers = 1});
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  Answer(server.client().Call(Optimizer::RegisterJob, request));
  std::optional<Watch> first(server.client());
  first->Next();
  CheckRefused(Watch(server.client()).End(), grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_WATCHERS");
  first.reset();
  // The server learns of the first one's end a moment later.
  std::string reason = "TOO_MANY_WATCHERS";
  while (reason == "TOO_MANY_WATCHERS") {
    Watch next(server.client());
    reason = next.TryNext().has_value() ? "" : next.End().reason();
  }
  CHECK(reason.empty());
}

TEST_CASE("A watcher that does not read delays nobody and is shown the present state when it does") {
  RpcFixture fixture;
  // Long, so that its events soon fill what the connection takes: 64 KiB, where it is not told to adapt.
  const std::string job_id(256, 'j');
  v1::JobSpec spec = testing::MakeSpecMessage(job_id);
  spec.set_max_failures_per_batch_size(0);  // All its trials fail.
  Answer(fixture.Register(spec));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto channel = grpc::CreateCustomChannel(fixture.server().server().addresses().front(),
                                                 grpc::InsecureChannelCredentials(), arguments);
  Watch watch(channel, std::nullopt, job_id);
  const int64_t first = watch.Next().revision();
  constexpr int kTrials = 1000;
  for (int i = 0; i < kTrials; ++i) {
    Answer(fixture.Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(fixture.StartTrial(job_id))));
  }
  int64_t revision = first;
  bool missed = false;
  while (revision < first + 2 * kTrials) {
    const v1::JobEvent event = watch.Next();
    if (event.has_present_state()) {
      CHECK(event.present_state().missed_changes());
      CHECK(event.revision() > revision);
      missed = true;
    } else if (event.has_warnings_changed()) {
      CHECK(event.revision() == revision);  // Of the commit that ended the trial.
    } else {
      CHECK(event.revision() == revision + 1);
    }
    revision = event.revision();
  }
  CHECK(missed);
}

TEST_CASE("A watcher is told that the server stops, which does not wait for it") {
  RpcFixture fixture;
  fixture.RegisterJob();
  Watch watch(fixture.client());
  watch.Next();
  fixture.server().server().Drain(absl::Minutes(10));
  CheckRefused(watch.End(), grpc::StatusCode::UNAVAILABLE, "DRAINING");
}

}  // namespace zeus::bso::rpc
