// Job.summary: computed soon after a trial has ended, in the background.
#include <string>

#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/job_transfer.h"
#include "tests/support/watch.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;

v1::Job ReadJob(RpcFixture& fixture, const std::string& job_id = "job") {
  return Answer(fixture.Call(Service::GetJob, OfJob<v1::GetJobRequest>(job_id))).job();
}

// The job, once its summary covers this trial.
v1::Job Summarized(RpcFixture& fixture, int64_t trial_number, const std::string& job_id = "job") {
  while (true) {
    const v1::Job job = ReadJob(fixture, job_id);
    if (job.summary().last_trial_number() == trial_number) return job;
    absl::SleepFor(absl::Milliseconds(5));
  }
}

TEST_CASE("A summary says what is believed of the job, and which trial it covers") {
  RpcFixture fixture;
  v1::JobSpec spec = CurvesSpecMessage();
  spec.set_beta_knob(1.1);
  Answer(fixture.Register(spec));
  CHECK_FALSE(ReadJob(fixture).has_summary());
  TrainCurves(fixture, 30);
  const v1::Job job = Summarized(fixture, 30);
  const auto explanation = Answer(fixture.Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>()));
  const v1::JobSummary& summary = job.summary();
  CHECK(summary.best_batch_size() == explanation.best_batch_size());
  for (const v1::BatchSizeExplanation& size : explanation.batch_sizes()) {
    if (size.batch_size() != summary.best_batch_size()) continue;
    CHECK(summary.best_probability() == size.best_probability());
    CHECK(summary.best_probability() > 0);
  }
  CHECK(summary.has_cost_saving() == explanation.has_cost_saving());
  CHECK(MessageDifferencer::Equals(summary.cost_saving(), explanation.cost_saving()));
  CHECK(MessageDifferencer::Equals(summary.time_saving(), explanation.time_saving()));
  CHECK(MessageDifferencer::Equals(summary.energy_saving(), explanation.energy_saving()));
  CHECK(summary.num_warnings() == job.warnings_size());
  CHECK(summary.num_warnings() >= 1);
  CHECK(MessageDifferencer::Equals(summary.last_end_time(), job.latest_results().last_end_time()));
}

TEST_CASE("A job of the Zeus policy has a summary too") {
  RpcFixture fixture;
  fixture.RegisterJob();
  for (int i = 0; i < 9; ++i) {
    const v1::Trial trial = fixture.StartTrial();
    Answer(fixture.ReportConverged(trial, static_cast<double>(trial.batch_size() + 100 + i)));
  }
  const v1::JobSummary summary = Summarized(fixture, 9).summary();
  CHECK(summary.has_best_batch_size());
  CHECK(summary.best_probability() > 0);
}

TEST_CASE("Lists, watchers and exports show the summary, and a watcher each new one") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  testing::Watch early(fixture.client());
  REQUIRE(early.Next().has_present_state());
  TrainCurves(fixture, 3);
  const v1::JobSummary summary = Summarized(fixture, 3).summary();
  v1::JobSummary told = early.NextSummary();
  while (told.last_trial_number() < 3) told = early.NextSummary();
  CHECK(MessageDifferencer::Equals(told, summary));

  const auto list = Answer(fixture.Call(Optimizer::ListJobs, v1::ListJobsRequest()));
  CHECK(MessageDifferencer::Equals(list.jobs(0).summary(), summary));

  const auto service = v1::ZeusService::NewStub(fixture.client().channel());
  grpc::ClientContext context;
  const auto stream = service->ExportJob(&context, OfJob<v1::ExportJobRequest>());
  v1::JobRecord record;
  REQUIRE(stream->Read(&record));
  CHECK(MessageDifferencer::Equals(record.job().summary(), summary));

  const auto optimizer = v1::BatchSizeOptimizer::NewStub(fixture.client().channel());
  grpc::ClientContext watching;
  const auto events = optimizer->WatchJob(&watching, OfJob<v1::WatchJobRequest>());
  v1::JobEvent state;
  REQUIRE(events->Read(&state));
  CHECK(MessageDifferencer::Equals(state.present_state().job().summary(), summary));
  watching.TryCancel();
}

TEST_CASE("A job that is imported is summarized there") {
  RpcFixture from;
  Answer(from.Register(CurvesSpecMessage()));
  TrainCurves(from, 10);
  RpcFixture to;
  Answer(testing::ImportJob(to.client(), Answer(testing::ExportJob(from.client()))));
  CHECK(MessageDifferencer::Equals(Summarized(to, 10).summary(), Summarized(from, 10).summary()));
}

TEST_CASE("What a server did not summarize before it ended, the next one does") {
  RpcFixture fixture;
  for (int i = 0; i < 300; ++i) Answer(fixture.Register(CurvesSpecMessage("job-" + std::to_string(i))));
  for (const char* const job_id : {"job-7", "job-299"}) {
    EndAs(fixture, fixture.StartTrial(job_id), v1::TRIAL_FAILURE_FAILED);
  }
  fixture.server().Restart();
  CHECK(Summarized(fixture, 1, "job-299").summary().last_trial_number() == 1);
  CHECK(Summarized(fixture, 1, "job-7").summary().last_trial_number() == 1);
  CHECK_FALSE(ReadJob(fixture, "job-8").has_summary());
}

TEST_CASE("A watcher that comes back is told of the summary, which it may not have seen") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  Report(fixture, fixture.StartTrial(), 5, 50, 1);
  const v1::JobSummary summary = Summarized(fixture, 1).summary();
  v1::JobEvent seen;
  {
    testing::Watch watch(fixture.client());
    seen = watch.Next();
  }
  testing::Watch same(fixture.client(), seen);
  CHECK(MessageDifferencer::Equals(same.NextSummary(), summary));
}

TEST_CASE("A job registered again does not take over the summary of the one that was deleted") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  Report(fixture, fixture.StartTrial(), 5, 50, 1);
  Summarized(fixture, 1);
  Answer(fixture.Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()));
  Answer(fixture.Register(CurvesSpecMessage()));
  CHECK_FALSE(ReadJob(fixture).has_summary());
  EndAs(fixture, fixture.StartTrial(), v1::TRIAL_FAILURE_FAILED);
  CHECK_FALSE(Summarized(fixture, 1).summary().has_best_batch_size());
}

}  // namespace
}  // namespace zeus::bso::rpc
