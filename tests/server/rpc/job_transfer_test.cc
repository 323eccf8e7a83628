// Jobs that move from one server to another.
#include "tests/support/job_transfer.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "server/model/status_macros.h"
#include "server/rpc/job_export.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

std::string Describe(const JobRecords& records) {
  std::string text;
  for (const v1::JobRecord& record : records) text += record.ShortDebugString() + "\n";
  return text;
}

// Runs trainings one after the other; what they were told.
std::string Train(RpcFixture& fixture, int num_trials) {
  std::string told;
  for (int i = 0; i < num_trials; ++i) {
    v1::Trial trial = fixture.StartTrial();
    const double energy =
        100.0 + static_cast<double>(trial.batch_size()) + 7 * static_cast<double>(trial.trial_number() % 5);
    told += std::to_string(trial.batch_size()) + " " + v1::TrialType_Name(trial.type()) + " ";
    told += Answer(fixture.ReportConverged(trial, energy)).message() + "\n";
  }
  return told;
}

v1::JobSpec Spec(int64_t window_size = 0) {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_mab_seed(7);
  spec.set_window_size(window_size);
  return spec;
}

// A job that has been through pruning, with a trial of each status.
JobRecords TrainedJob(RpcFixture& fixture, int64_t window_size = 0) {
  Answer(fixture.Register(Spec(window_size)));
  Train(fixture, 20);
  Answer(fixture.Call(&Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(fixture.StartTrial())));
  auto request = OfJob<v1::StartTrialRequest>();
  request.set_client_id("node-1");
  Answer(fixture.Call(&Optimizer::StartTrial, request));
  return Answer(ExportJob(fixture.client()));
}

int Count(const JobRecords& records, v1::JobRecord::RecordCase kind) {
  return static_cast<int>(std::count_if(records.begin(), records.end(),
                                        [&](const v1::JobRecord& record) { return record.record_case() == kind; }));
}

// The first record of a kind.
v1::JobRecord& First(JobRecords& records, v1::JobRecord::RecordCase kind) {
  return *std::find_if(records.begin(), records.end(),
                       [&](const v1::JobRecord& record) { return record.record_case() == kind; });
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
    return Answer(fixture.Call(&Service::GetArms, OfJob<v1::GetArmsRequest>())).ShortDebugString();
  };
  CHECK(arms(to) == arms(from));
}

TEST_CASE("A job in pruning goes on exactly where it was, too") {
  RpcFixture from;
  Answer(from.Register(Spec()));
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
  Answer(from.Call(&Optimizer::EndTrial, end));
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
  const v1::Trial running = Answer(to.Call(&Optimizer::StartTrial, request)).trial();
  CHECK(running.trial_number() == 22);
  CHECK(Answer(to.ReportConverged(running, 100)).converged());
  CHECK(to.GetJob().num_running_trials() == 0);
}

TEST_CASE("Running trials are as if heard from when they are imported") {
  std::atomic<int64_t> now = 1'700'000'000;
  const auto clock = [&now] { return absl::FromUnixSeconds(now.load()); };
  RpcFixture from({.clock = clock});
  v1::JobSpec spec = Spec();
  spec.mutable_trial_timeout()->set_seconds(3600);
  Answer(from.Register(spec));
  const v1::Trial trial = from.StartTrial();
  const JobRecords records = Answer(ExportJob(from.client()));
  now += 100'000;
  RpcFixture to({.clock = clock});
  Answer(ImportJob(to.client(), records));
  CHECK(to.GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED);
  now += 10'000;
  const v1::Trial next = to.StartTrial();  // Fails what is overdue.
  CHECK(to.GetTrial(trial).failure() == v1::TRIAL_FAILURE_TIMED_OUT);
  CHECK(next.trial_number() == 2);
}

TEST_CASE("An export shows one moment of a job that goes on") {
  RpcFixture fixture;
  Answer(fixture.Register(Spec()));
  Train(fixture, 300);  // More than are read at a time.
  JobExport job(fixture.server().store().store().Begin(), "job");
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

TEST_CASE("Records that are wrong, or do not fit together, are refused and change nothing") {
  RpcFixture from;
  const JobRecords good = TrainedJob(from);
  using Record = v1::JobRecord;
  const auto job = [](JobRecords& records) -> v1::Job& { return *First(records, Record::kJob).mutable_job(); };
  const auto trial = [](JobRecords& records) -> v1::Trial& { return *First(records, Record::kTrial).mutable_trial(); };
  const auto arm = [](JobRecords& records) -> v1::GaussianTsArm& {
    return *First(records, Record::kArm).mutable_arm();
  };
  const auto moments = [](JobRecords& records) -> v1::CostMoments& {
    return *First(records, Record::kCostMoments).mutable_cost_moments();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  struct Case {
    std::string field;
    std::function<void(JobRecords&)> spoil;
  };
  const std::vector<Case> cases = {
      {"end", [](JobRecords& records) { records.clear(); }},
      {"end", [](JobRecords& records) { records.pop_back(); }},
      {"end.num_records", [](JobRecords& records) { records.back().mutable_end()->set_num_records(28); }},
      {"end.num_records", [](JobRecords& records) { records.back().mutable_end()->set_num_records(0); }},
      {"end.num_records", [](JobRecords& records) { records.erase(records.begin() + 1); }},
      {"end", [](JobRecords& records) { records.push_back(records.back()); }},
      {"record", [](JobRecords& records) { records[1].Clear(); }},
      {"job", [](JobRecords& records) { records.erase(records.begin()); }},
      {"job", [](JobRecords& records) { records.insert(records.begin(), records.front()); }},
      {"arm", [](JobRecords& records) { std::swap(records[1], records[4]); }},
      {"trial.trial_number",
       [](JobRecords& records) {
         records.erase(records.end() - 2);
         records.back().mutable_end();
         std::swap(records[10], records[11]);
       }},
      {"job.spec.eta_knob", [&](JobRecords& records) { job(records).mutable_spec()->set_eta_knob(2); }},
      {"job.spec.job_id", [&](JobRecords& records) { job(records).mutable_spec()->clear_job_id(); }},
      {"job.stage", [&](JobRecords& records) { job(records).clear_stage(); }},
      {"job.exp_default_batch_size", [&](JobRecords& records) { job(records).set_exp_default_batch_size(7); }},
      {"job.min_cost_batch_size", [&](JobRecords& records) { job(records).set_min_cost_batch_size(7); }},
      {"job.min_cost", [&](JobRecords& records) { job(records).set_min_cost(-1); }},
      {"job.min_cost", [&](JobRecords& records) { job(records).set_min_cost(nan); }},
      {"job.create_time", [&](JobRecords& records) { job(records).mutable_create_time()->set_nanos(-1); }},
      {"job.generator_state", [&](JobRecords& records) { job(records).clear_generator_state(); }},
      {"job.generator_state.inc_low",
       [&](JobRecords& records) { job(records).mutable_generator_state()->set_inc_low(2); }},
      {"job.failures[1].batch_size", [&](JobRecords& records) { job(records).add_failures()->set_batch_size(7); }},
      {"job.failures",
       [&](JobRecords& records) {
         job(records).mutable_failures(0)->set_num_failures(std::numeric_limits<int64_t>::max());
       }},
      {"job.min_cost", [&](JobRecords& records) { job(records).set_min_cost(0); }},
      {"job.min_cost", [&](JobRecords& records) { job(records).clear_min_cost(); }},
      {"job.min_cost_batch_size",
       [&](JobRecords& records) {
         job(records).set_min_cost_batch_size(job(records).min_cost_batch_size() == 16 ? 32 : 16);
       }},
      {"cost_moments",
       [&](JobRecords& records) {
         moments(records).set_deviation_sum_high(1.7e308);
         moments(records).set_deviation_sum_low(1.7e308);
       }},
      {"cost_moments", [&](JobRecords& records) { moments(records).set_squared_deviation_sum_high(-1e100); }},
      {"cost_moments", [&](JobRecords& records) { moments(records).set_first_cost(1e100); }},
      {"arm.job_id", [&](JobRecords& records) { arm(records).set_job_id("other"); }},
      {"arm.batch_size", [&](JobRecords& records) { arm(records).set_batch_size(7); }},
      {"arm.param_mean", [&](JobRecords& records) { arm(records).set_param_mean(nan); }},
      {"arm.batch_size", [](JobRecords& records) { records[2] = records[1]; }},
      {"cost_moments", [&](JobRecords& records) { job(records).mutable_spec()->set_window_size(3); }},
      {"cost_moments.count", [&](JobRecords& records) { moments(records).set_count(0); }},
      {"cost_moments.count", [&](JobRecords& records) { moments(records).set_count(1000); }},
      {"cost_moments.first_cost", [&](JobRecords& records) { moments(records).set_first_cost(nan); }},
      {"cost_moments.deviation_sum_low", [&](JobRecords& records) { moments(records).set_deviation_sum_low(nan); }},
      {"trial.job_id", [&](JobRecords& records) { trial(records).set_job_id("other"); }},
      {"trial.trial_number", [&](JobRecords& records) { trial(records).set_trial_number(2); }},
      {"trial.batch_size", [&](JobRecords& records) { trial(records).set_batch_size(7); }},
      {"trial.type", [&](JobRecords& records) { trial(records).clear_type(); }},
      {"trial.status", [&](JobRecords& records) { trial(records).clear_status(); }},
      {"trial.start_time", [&](JobRecords& records) { trial(records).mutable_start_time()->set_seconds(1LL << 50); }},
      {"trial.end_time", [&](JobRecords& records) { trial(records).clear_end_time(); }},
      {"trial.end_time", [&](JobRecords& records) { trial(records).mutable_end_time()->set_seconds(0); }},
      {"trial.time_seconds", [&](JobRecords& records) { trial(records).clear_time_seconds(); }},
      {"trial.energy_joules", [&](JobRecords& records) { trial(records).set_energy_joules(-1); }},
      {"trial.converged", [&](JobRecords& records) { trial(records).set_status(v1::TRIAL_STATUS_FAILED); }},
      {"trial.failure", [&](JobRecords& records) { trial(records).set_failure(v1::TRIAL_FAILURE_FAILED); }},
      {"trial.client_id", [&](JobRecords& records) { trial(records).set_client_id("a\nb"); }},
  };
  RpcFixture to;
  for (const auto& [field, spoil] : cases) {
    JobRecords records = good;
    spoil(records);
    const auto reply = ImportJob(to.client(), records);
    INFO(field << ": " << reply.status.error_message());
    CheckRefused(reply, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
    const std::vector<std::string> fields = reply.fields();
    CHECK(std::find(fields.begin(), fields.end(), field) != fields.end());
    CHECK(ExportJob(to.client()).reason() == "JOB_NOT_FOUND");
  }
  CHECK(ImportJob(to.client(), good).ok());
}

TEST_CASE("Arms of a job that is still in pruning are exported and imported, too") {
  RpcFixture from;
  from.RegisterJob();
  auto arms = OfJob<v1::CreateArmsRequest>();
  arms.add_arms()->set_batch_size(16);
  Answer(from.Call(&Service::CreateArms, arms));
  RpcFixture to;
  const JobRecords records = Answer(ExportJob(from.client()));
  Answer(ImportJob(to.client(), records));
  CHECK(Describe(Answer(ExportJob(to.client()))) == Describe(records));
}

TEST_CASE("Two running trials of one client cannot be imported") {
  RpcFixture from;
  from.RegisterJob();
  from.StartTrial();
  from.StartTrial();
  JobRecords records = Answer(ExportJob(from.client()));
  for (v1::JobRecord& record : records) {
    if (record.has_trial()) record.mutable_trial()->set_client_id("node-1");
  }
  RpcFixture to;
  const auto reply = ImportJob(to.client(), records);
  CheckRefused(reply, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(reply.fields() == std::vector<std::string>{"trial.client_id"});
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

TEST_CASE("A job is not imported over another, nor beyond the bounds") {
  RpcFixture fixture;
  const JobRecords records = TrainedJob(fixture);
  CheckRefused(ImportJob(fixture.client(), records), grpc::StatusCode::ALREADY_EXISTS, "JOB_EXISTS");
  RpcFixture full({.limits = {.max_jobs = 1}});
  full.RegisterJob("other");
  CheckRefused(ImportJob(full.client(), records), grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_JOBS");
  RpcFixture closed({.sessions = {.max_sessions = 0}});
  CheckRefused(ExportJob(closed.client()), grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_SESSIONS");
}

TEST_CASE("Exports and imports that take too long end, and give their places back") {
  RpcFixture fixture({.sessions = {.max_sessions = 1, .timeout = absl::Milliseconds(200)}});
  fixture.RegisterJob("small");
  fixture.RegisterJob("large");
  REQUIRE(fixture.server()
              .store()
              .Transact([](storage::Session& session) -> absl::Status {
                ZB_RETURN_IF_ERROR(session.FetchJob("large").status());
                const std::string padding(200, 'c');
                for (int i = 0; i < 40'000; ++i) {
                  ZB_RETURN_IF_ERROR(session
                                         .InsertTrial("large", {.batch_size = 16,
                                                                .time = absl::Now(),
                                                                .client_id = padding + std::to_string(i)})
                                         .status());
                }
                return absl::OkStatus();
              })
              .ok());
  const auto service = v1::ZeusService::NewStub(fixture.client().channel());
  grpc::ClientContext context;
  {
    v1::ImportJobResponse response;
    grpc::ClientContext import_context;
    const auto stream = service->ImportJob(&import_context, &response);
    const testing::Reply<v1::ImportJobResponse> reply{stream->Finish(), {}};  // Waits, and sends nothing.
    CheckRefused(reply, grpc::StatusCode::ABORTED, "SESSION_TIMEOUT");
  }
  // One that is not read, of more than the connection takes in between.
  const auto unread = service->ExportJob(&context, OfJob<v1::ExportJobRequest>("large"));
  v1::JobRecord record;
  REQUIRE(unread->Read(&record));
  testing::Reply<JobRecords> exported;
  do exported = ExportJob(fixture.client(), "small");
  while (exported.reason() == "TOO_MANY_SESSIONS" || exported.reason() == "SESSION_TIMEOUT");
  CHECK(exported.ok());
  while (unread->Read(&record)) {
  }
  const testing::Reply<v1::JobRecord> late{unread->Finish(), {}};
  CheckRefused(late, grpc::StatusCode::ABORTED, "SESSION_TIMEOUT");
}

TEST_CASE("An import whose caller goes away leaves nothing behind") {
  RpcFixture from;
  const JobRecords records = TrainedJob(from);
  RpcFixture to;
  {
    const auto service = v1::ZeusService::NewStub(to.client().channel());
    grpc::ClientContext context;
    v1::ImportJobResponse response;
    const auto stream = service->ImportJob(&context, &response);
    for (size_t i = 0; i + 1 < records.size(); ++i) stream->Write(records[i]);
    context.TryCancel();
    CHECK(stream->Finish().error_code() == grpc::StatusCode::CANCELLED);
  }
  CheckRefused(ExportJob(to.client()), grpc::StatusCode::NOT_FOUND, "JOB_NOT_FOUND");
  CHECK(ImportJob(to.client(), records).ok());
}

TEST_CASE("Two imports are open at a time, and no more") {
  RpcFixture fixture;
  const auto service = v1::ZeusService::NewStub(fixture.client().channel());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<v1::ImportJobResponse> responses(2);
  std::vector<std::unique_ptr<grpc::ClientWriter<v1::JobRecord>>> open;
  v1::JobRecord job;
  *job.mutable_job() = fixture.RegisterJob("other");
  for (v1::ImportJobResponse& response : responses) {
    open.push_back(service->ImportJob(contexts.emplace_back(std::make_unique<grpc::ClientContext>()).get(), &response));
    job.mutable_job()->mutable_spec()->set_job_id("new-" + std::to_string(open.size()));
    REQUIRE(open.back()->Write(job));
  }
  // The writes may not have arrived yet.
  testing::Reply<v1::ImportJobResponse> third;
  do third = ImportJob(fixture.client(), {});
  while (third.reason() == "INVALID_FIELD");
  CheckRefused(third, grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_SESSIONS");
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& stream : open) CHECK(stream->Finish().error_code() == grpc::StatusCode::CANCELLED);
}

TEST_CASE("More running trials than are allowed are not imported") {
  RpcFixture from;
  from.RegisterJob();
  from.StartTrial();
  from.StartTrial();
  const JobRecords records = Answer(ExportJob(from.client()));
  RpcFixture to({.limits = {.max_running_trials = 1}});
  CheckRefused(ImportJob(to.client(), records), grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_RUNNING_TRIALS");
}

}  // namespace zeus::bso::rpc
