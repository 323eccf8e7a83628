// Jobs that move from one server to another.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "server/api/transfer/job_export.h"
#include "tests/server/grpc/trained_job.h"

namespace zeus::bso::rpc {
namespace {

using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

// Without the uid, of which each store gives its own.
std::string Describe(JobRecords records) {
  std::string text;
  for (v1::JobRecord& record : records) {
    if (record.has_trial()) record.mutable_trial()->clear_job_uid();
    text += record.ShortDebugString() + "\n";
  }
  return text;
}

int Count(const JobRecords& records, v1::JobRecord::RecordCase kind) {
  return static_cast<int>(std::count_if(records.begin(), records.end(),
                                        [&](const v1::JobRecord& record) { return record.record_case() == kind; }));
}

}  // namespace

TEST_CASE("A job is exported record by record") {
  RpcFixture fixture;
  const JobRecords records = TrainedJob(fixture);
  CHECK(records.front().job().spec().job_id() == "job");
  CHECK(records.front().job().has_generator_state());
  CHECK(Count(records, v1::JobRecord::kArm) == 3);
  CHECK(Count(records, v1::JobRecord::kCostMoments) == 3);
  CHECK(Count(records, v1::JobRecord::kTrial) == 22);
  CHECK(records.back().end().num_records() == 1 + 3 + 3 + 22);
}

TEST_CASE("A job that was imported is what it was, and goes on exactly where it was") {
  const int64_t window_size = GENERATE(0, 3);
  RpcFixture from;
  const JobRecords records = TrainedJob(from, window_size);
  RpcFixture to;
  const v1::Job job = Answer(ImportJob(to.client(), records)).job();
  CHECK(google::protobuf::util::MessageDifferencer::Equals(job, records.front().job()));
  CHECK(Describe(Answer(ExportJob(to.client()))) == Describe(records));
  CHECK(Train(to, 30) == Train(from, 30));
  const auto arms = [](RpcFixture& fixture) {
    return Answer(fixture.Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).ShortDebugString();
  };
  CHECK(arms(to) == arms(from));
}

TEST_CASE("A job in pruning goes on exactly where it was, too") {
  RpcFixture from;
  Answer(from.Register(SeededSpec()));
  Train(from, 3);
  RpcFixture to;
  Answer(ImportJob(to.client(), Answer(ExportJob(from.client()))));
  CHECK(Train(to, 20) == Train(from, 20));
}

TEST_CASE("Failures that were counted rule out sizes after an import, too") {
  RpcFixture from;
  from.RegisterJob();
  auto end = OfTrial<v1::EndTrialRequest>(from.StartTrial());
  end.set_failure(v1::TRIAL_FAILURE_INFEASIBLE);
  Answer(from.Call(Optimizer::EndTrial, end));
  RpcFixture to;
  Answer(ImportJob(to.client(), Answer(ExportJob(from.client()))));
  CHECK(to.GetJob().failures(0).infeasible());
}

TEST_CASE("Running trials go on where the job was imported") {
  RpcFixture from;
  const JobRecords records = TrainedJob(from);
  RpcFixture to;
  Answer(ImportJob(to.client(), records));
  CHECK(to.GetJob().num_running_trials() == 1);
  auto request = OfJob<v1::StartTrialRequest>();
  request.set_client_id("node-1");
  const v1::Trial running = Answer(to.Call(Optimizer::StartTrial, request)).trial();
  CHECK(running.trial_number() == 22);
  CHECK(Answer(to.ReportConverged(running, 100)).converged());
  CHECK(to.GetJob().num_running_trials() == 0);
}

TEST_CASE("Running trials are as if heard from when they are imported") {
  std::atomic<int64_t> now = 1'700'000'000;
  const auto clock = [&now] { return absl::FromUnixSeconds(now.load()); };
  RpcFixture from({.clock = clock, .serving_clock = clock});
  v1::JobSpec spec = SeededSpec();
  spec.mutable_trial_timeout()->set_seconds(3600);
  Answer(from.Register(spec));
  const v1::Trial trial = from.StartTrial();
  const JobRecords records = Answer(ExportJob(from.client()));
  now += 100'000;
  RpcFixture to({.clock = clock, .serving_clock = clock});
  Answer(ImportJob(to.client(), records));
  CHECK(to.GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED);
  now += 10'000;
  const v1::Trial next = to.StartTrial();  // Fails what is overdue.
  CHECK(to.GetTrial(trial).failure() == v1::TRIAL_FAILURE_TIMED_OUT);
  CHECK(next.trial_number() == 2);
}

TEST_CASE("An export shows one moment of a job that goes on") {
  RpcFixture fixture;
  Answer(fixture.Register(SeededSpec()));
  Train(fixture, 300);  // More than are read at a time.
  const RunningReports reports;
  api::JobExport job(std::make_unique<storage::Session>(fixture.server().store().store().Begin()), reports, "job");
  v1::JobRecord record;
  REQUIRE(job.Next(record).ok());
  Train(fixture, 10);
  int num_trials = 0;
  do {
    REQUIRE(job.Next(record).ok());
    num_trials += record.has_trial() ? 1 : 0;
  } while (!record.has_end());
  CHECK(num_trials == 300);
}

TEST_CASE("What cannot be exported") {
  RpcFixture fixture;
  CheckRefused(ExportJob(fixture.client()), grpc::StatusCode::NOT_FOUND, "JOB_NOT_FOUND");
  const auto invalid = ExportJob(fixture.client(), "");
  CheckRefused(invalid, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(invalid.fields() == std::vector<std::string>{"job_id"});
}

TEST_CASE("Arms of a job that is still in pruning are exported and imported, too") {
  RpcFixture from;
  from.RegisterJob();
  auto arms = OfJob<v1::CreateArmsRequest>();
  arms.add_arms()->set_batch_size(16);
  Answer(from.Call(Service::CreateArms, arms));
  RpcFixture to;
  const JobRecords records = Answer(ExportJob(from.client()));
  Answer(ImportJob(to.client(), records));
  CHECK(Describe(Answer(ExportJob(to.client()))) == Describe(records));
}

TEST_CASE("A repeated final report gets the same answer where the job was imported, with every reason") {
  RpcFixture from;
  from.RegisterJob();
  std::vector<v1::Trial> trials;
  std::vector<v1::ReportResultResponse> verdicts;
  const auto end = [&](double energy, double metric, int64_t epoch) {
    trials.push_back(from.StartTrial());
    auto report = OfTrial<v1::ReportResultRequest>(trials.back());
    report.set_energy_joules(energy);
    report.set_metric(metric);
    report.set_current_epoch(epoch);
    verdicts.push_back(Answer(from.Call(Optimizer::ReportResult, report)));
    REQUIRE(verdicts.back().stop_train());
  };
  end(100, 0.75, 3);
  end(150, std::numeric_limits<double>::quiet_NaN(), 100);
  end(263, 0.25, 2);
  CHECK(verdicts[0].end_reason() == v1::END_REASON_TARGET_REACHED);
  CHECK(verdicts[1].end_reason() == v1::END_REASON_MAX_EPOCHS_DONE);
  CHECK(verdicts[2].end_reason() == v1::END_REASON_COST_OVER_LIMIT);
  RpcFixture to;
  Answer(ImportJob(to.client(), Answer(ExportJob(from.client()))));
  for (size_t i = 0; i < trials.size(); ++i) {
    CHECK(Answer(to.ReportConverged(trials[i], 1)).ShortDebugString() == verdicts[i].ShortDebugString());
  }
}

TEST_CASE("Trials of servers that recorded no reasons are imported without") {
  RpcFixture from;
  JobRecords records = TrainedJob(from);
  for (v1::JobRecord& record : records) {
    if (!record.has_trial()) continue;
    record.mutable_trial()->clear_end_reason();
    record.mutable_trial()->clear_last_metric();
    record.mutable_trial()->clear_epochs();
    record.mutable_trial()->clear_cost_limit();
  }
  RpcFixture to;
  Answer(ImportJob(to.client(), records));
  CHECK(Describe(Answer(ExportJob(to.client()))) == Describe(records));
  v1::Trial first;
  first.set_job_id("job");
  first.set_batch_size(32);
  first.set_trial_number(1);
  const auto repeated = Answer(to.ReportConverged(first, 1));
  CHECK(repeated.converged());
  CHECK(repeated.end_reason() == v1::END_REASON_UNSPECIFIED);
  CHECK_FALSE(repeated.message().empty());
}

TEST_CASE("Jobs of servers that kept no moments are imported without") {
  RpcFixture from;
  JobRecords records = TrainedJob(from);
  std::erase_if(records, [](const v1::JobRecord& record) { return record.has_cost_moments(); });
  records.back().mutable_end()->set_num_records(static_cast<int64_t>(records.size()) - 1);
  RpcFixture to;
  Answer(ImportJob(to.client(), records));
  Train(to, 5);
}

TEST_CASE("A long job is imported in parts: whole, or not at all") {
  RpcFixture from;
  JobRecords records = TrainedJob(from);
  records.pop_back();
  v1::JobRecord cancelled = records.back();
  v1::Trial& trial = *cancelled.mutable_trial();
  trial = v1::Trial();
  trial.set_job_id("job");
  trial.set_batch_size(32);
  trial.set_type(v1::TRIAL_TYPE_CONCURRENT);
  trial.set_status(v1::TRIAL_STATUS_FAILED);
  trial.set_failure(v1::TRIAL_FAILURE_CANCELLED);
  trial.set_client_id(std::string(200, 'c'));
  trial.mutable_start_time()->set_seconds(1'700'000'000);
  trial.mutable_end_time()->set_seconds(1'700'000'100);
  for (int number = 23; number <= 4000; ++number) {
    trial.set_trial_number(number);
    records.push_back(cancelled);
  }
  const auto num_records = static_cast<int64_t>(records.size());
  records.emplace_back().mutable_end()->set_num_records(num_records - 1);

  RpcFixture to;
  CHECK(ImportJob(to.client(), records).code() == grpc::INVALID_ARGUMENT);
  CHECK(Answer(to.client().Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs_size() == 0);
  CHECK(ExportJob(to.client()).reason() == "JOB_NOT_FOUND");

  records.back().mutable_end()->set_num_records(num_records);
  Answer(ImportJob(to.client(), records));
  CHECK(Describe(Answer(ExportJob(to.client()))) == Describe(records));
}

}  // namespace zeus::bso::rpc
