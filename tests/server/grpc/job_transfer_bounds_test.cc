// What exports and imports are bounded by: what is there, how many there may be, and how long.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "model/status_macros.h"
#include "tests/server/grpc/trained_job.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::rpc {
namespace {

using testing::ExportJob;
using testing::ImportJob;
using testing::JobRecords;

}  // namespace

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

TEST_CASE("A job of more than 100,000 records is imported, and nobody sees a part of it") {
  constexpr int64_t kNumTrials = 110'000;
  RpcFixture from;
  Answer(from.Register(testing::MakeSpecMessage()));
  Answer(from.Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(from.StartTrial())));
  JobRecords records = Answer(ExportJob(from.client()));
  v1::JobRecord trial = *(records.end() - 2);
  v1::JobRecord end = records.back();
  records.resize(records.size() - 2);
  end.mutable_end()->set_num_records(static_cast<int64_t>(records.size()) + kNumTrials);
  RpcFixture to;
  const auto is_there = [&] { return Answer(to.Call(Service::GetJob, OfJob<v1::GetJobRequest>())).has_job(); };

  const auto service = v1::ZeusService::NewStub(to.client().channel());
  grpc::ClientContext context;
  v1::ImportJobResponse response;
  const auto stream = service->ImportJob(&context, &response);
  for (const v1::JobRecord& record : records) REQUIRE(stream->Write(record));
  for (int64_t number = 1; number <= kNumTrials; ++number) {
    trial.mutable_trial()->set_trial_number(number);
    REQUIRE(stream->Write(trial));
    if (number % 10'000 == 0) CHECK_FALSE(is_there());
  }
  REQUIRE(stream->Write(end));
  stream->WritesDone();
  REQUIRE(stream->Finish().ok());
  CHECK(is_there());
  auto last = OfSize<v1::GetTrialRequest>(trial.trial().batch_size());
  last.set_trial_number(kNumTrials);
  CHECK(Answer(to.Call(Service::GetTrial, last)).has_trial());
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
