// Warnings of a job, as clients see them.
#include <string>

#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/job_transfer.h"
#include "tests/support/log_capture.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;
using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

void FailTrials(RpcFixture& fixture, int num_trials) {
  for (int i = 0; i < num_trials; ++i) EndAs(fixture, fixture.StartTrial(), v1::TRIAL_FAILURE_FAILED);
}

TEST_CASE("A warning has a reason, two sentences and a time, wherever the job is shown") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  FailTrials(fixture, 3);
  const v1::Job job = fixture.GetJob();
  REQUIRE(job.warnings_size() >= 1);
  const v1::Warning& warning = job.warnings(0);
  CHECK(warning.reason() == v1::WARNING_REASON_NOT_CONVERGING);
  CHECK_FALSE(warning.message().empty());
  CHECK_FALSE(warning.advice().empty());
  CHECK(warning.since() >= job.create_time());
  CHECK(job.latest_results().last_trial_number() == 3);
  CHECK(job.latest_results().num_not_converged() == 3);

  const auto has_warnings = [&](const v1::Job& other) {
    return other.warnings_size() == job.warnings_size() &&
           MessageDifferencer::Equals(other.warnings(0), job.warnings(0));
  };
  CHECK(has_warnings(Answer(fixture.Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs(0)));
  CHECK(has_warnings(Answer(fixture.Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>())).job()));
  testing::Watch watch(fixture.client());
  CHECK(has_warnings(watch.Next().present_state().job()));
}

TEST_CASE("A watcher gets an event when a warning appears, and when it ends") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  Report(fixture, fixture.StartTrial(), 5, 50, 1);
  FailTrials(fixture, 2);
  testing::Watch watch(fixture.client());
  REQUIRE(watch.Next().present_state().job().warnings().empty());
  FailTrials(fixture, 1);
  CHECK(watch.Next().has_trial_started());
  CHECK(watch.Next().has_trial_ended());
  const v1::JobEvent appeared = watch.Next();
  REQUIRE(appeared.has_warnings_changed());
  REQUIRE(appeared.warnings_changed().warnings_size() >= 1);
  CHECK(appeared.warnings_changed().warnings(0).reason() == v1::WARNING_REASON_NOT_CONVERGING);

  Report(fixture, fixture.StartTrial(), 5, 50, 1);
  v1::JobEvent event = watch.Next();
  while (!event.has_trial_ended()) event = watch.Next();
  event = watch.Next();
  REQUIRE(event.has_warnings_changed());
  for (const v1::Warning& warning : event.warnings_changed().warnings()) {
    CHECK(warning.reason() != v1::WARNING_REASON_NOT_CONVERGING);
  }
}

TEST_CASE("A warning that appears is logged, once") {
  RpcFixture fixture;
  v1::JobSpec spec = CurvesSpecMessage();
  spec.set_beta_knob(1.1);
  {
    const testing::LogCapture log;
    Answer(fixture.Register(spec));
    CHECK(log.Count("job 'job': BETA_TOO_LOW: ") == 1);
  }
  fixture.server().Restart();
  const testing::LogCapture log;
  FailTrials(fixture, 4);
  CHECK(log.Count("BETA_TOO_LOW") == 0);
  CHECK(log.Count("job 'job': NOT_CONVERGING: ") == 1);
}

TEST_CASE("Warnings move with their job, and end there with what they are about") {
  RpcFixture from;
  Answer(from.Register(CurvesSpecMessage()));
  FailTrials(from, 3);
  const JobRecords records = Answer(ExportJob(from.client()));
  RpcFixture to;
  Answer(ImportJob(to.client(), records));
  CHECK(MessageDifferencer::Equals(to.GetJob(), from.GetJob()));
  Report(to, to.StartTrial(), 5, 50, 1);
  const v1::Job job = to.GetJob();
  CHECK(job.latest_results().num_not_converged() == 0);
  for (const v1::Warning& warning : job.warnings()) {
    CHECK(warning.reason() != v1::WARNING_REASON_NOT_CONVERGING);
  }
}

struct BadWarning {
  const char* field;
  void (*spoil)(v1::Job&);
};

TEST_CASE("An import with a warning that cannot be is refused, by the name of the field") {
  const auto bad = GENERATE(
      BadWarning{"job.warnings[0].reason", [](v1::Job& job) { job.mutable_warnings(0)->clear_reason(); }},
      BadWarning{"job.warnings[0].reason",
                 [](v1::Job& job) { job.mutable_warnings(0)->set_reason(static_cast<v1::WarningReason>(9)); }},
      BadWarning{"job.warnings[0].since",
                 [](v1::Job& job) { job.mutable_warnings(0)->mutable_since()->set_nanos(-1); }},
      BadWarning{"job.warnings[0].batch_size", [](v1::Job& job) { job.mutable_warnings(0)->set_batch_size(32); }},
      BadWarning{"job.warnings[0].batch_size",
                 [](v1::Job& job) {
                   job.mutable_warnings(0)->set_reason(v1::WARNING_REASON_SIZE_RESTS);
                   job.mutable_warnings(0)->set_batch_size(33);
                 }},
      BadWarning{"job.warnings[0].trial_number", [](v1::Job& job) { job.mutable_warnings(0)->set_trial_number(1); }},
      BadWarning{"job.warnings[0].trial_number",
                 [](v1::Job& job) { job.mutable_warnings(0)->set_reason(v1::WARNING_REASON_LONG_TRIAL); }},
      BadWarning{"job.latest_results.last_trial_number",
                 [](v1::Job& job) { job.mutable_latest_results()->set_last_trial_number(-1); }},
      BadWarning{"job.latest_results.last_end_time",
                 [](v1::Job& job) { job.mutable_latest_results()->mutable_last_end_time()->set_nanos(-1); }},
      BadWarning{"job.latest_results.num_not_converged",
                 [](v1::Job& job) { job.mutable_latest_results()->set_num_not_converged(-1); }},
      BadWarning{"job.latest_results.num_without_energy",
                 [](v1::Job& job) { job.mutable_latest_results()->set_num_without_energy(-1); }});
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  FailTrials(fixture, 3);
  JobRecords records = Answer(ExportJob(fixture.client()));
  bad.spoil(*records[0].mutable_job());
  RpcFixture to;
  const auto reply = ImportJob(to.client(), records);
  CAPTURE(bad.field, reply.status.error_message());
  CHECK(reply.code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK_THAT(reply.status.error_message(), Catch::Contains(bad.field));
  CHECK_FALSE(Answer(to.Call(Service::GetJob, OfJob<v1::GetJobRequest>())).has_job());
}

}  // namespace
}  // namespace zeus::bso::rpc
