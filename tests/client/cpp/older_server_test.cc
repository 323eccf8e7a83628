// The client of a server that knows neither policies nor TRIAL_FAILURE_NOT_CONVERGED, job_uid or resume_from.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/client/cpp/fixture.h"
#include "zeus/bso/run_trial.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::testing {
namespace {

// Has one job, and starts the same trial each time.
class OlderServer : public v1::BatchSizeOptimizer::Service {
 public:
  OlderServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(static_cast<v1::BatchSizeOptimizer::Service*>(this));
    builder.RegisterService(&zeus_service_);
    server_ = builder.BuildAndStart();
  }

  ~OlderServer() override { server_->Shutdown(); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  // As it was asked to end trials, in order.
  const std::vector<v1::TrialFailure>& failures() const { return failures_; }

  // Whether a request had fields that this server cannot have answered.
  bool got_unknown() const { return got_unknown_; }

  grpc::Status StartTrial(grpc::ServerContext* /*context*/, const v1::StartTrialRequest* request,
                          v1::StartTrialResponse* response) override {
    v1::Trial& trial = *response->mutable_trial();
    trial.set_job_id(request->job_id());
    trial.set_trial_number(1);
    trial.set_batch_size(32);
    return grpc::Status::OK;
  }

  grpc::Status ReportResult(grpc::ServerContext* /*context*/, const v1::ReportResultRequest* request,
                            v1::ReportResultResponse* /*response*/) override {
    if (request->has_job_uid() || request->has_base()) got_unknown_ = true;
    return grpc::Status::OK;
  }

  grpc::Status Heartbeat(grpc::ServerContext* /*context*/, const v1::HeartbeatRequest* request,
                         v1::HeartbeatResponse* response) override {
    if (request->has_job_uid()) got_unknown_ = true;
    response->mutable_trial()->set_status(v1::TRIAL_STATUS_DISPATCHED);
    return grpc::Status::OK;
  }

  grpc::Status EndTrial(grpc::ServerContext* /*context*/, const v1::EndTrialRequest* request,
                        v1::EndTrialResponse* response) override {
    if (request->has_job_uid()) got_unknown_ = true;
    failures_.push_back(request->failure());
    if (request->job_id().empty() || request->failure() > v1::TRIAL_FAILURE_CANCELLED) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "a field is wrong"};
    }
    response->mutable_trial()->set_failure(request->failure());
    return grpc::Status::OK;
  }

 private:
  class ZeusService : public v1::ZeusService::Service {
    grpc::Status GetJob(grpc::ServerContext* /*context*/, const v1::GetJobRequest* /*request*/,
                        v1::GetJobResponse* response) override {
      response->mutable_job();
      return grpc::Status::OK;
    }
  };

  int port_ = 0;
  std::vector<v1::TrialFailure> failures_;
  std::atomic<bool> got_unknown_ = false;
  ZeusService zeus_service_;
  std::unique_ptr<grpc::Server> server_;
};

constexpr auto kFailed = v1::TRIAL_FAILURE_FAILED;
constexpr auto kNotConverged = v1::TRIAL_FAILURE_NOT_CONVERGED;

TEST_CASE("An older server is told that a training has failed where it did not converge") {
  OlderServer server;
  Client client = Connect(server.address());
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK(Value(client.EndTrial(trial, kNotConverged)).failure() == kFailed);
  CHECK(server.failures() == std::vector{kNotConverged, kFailed});
}

TEST_CASE("An older server ends the trial of a training that ends by itself") {
  OlderServer server;
  Client client = Connect(server.address());
  CHECK_THAT(RunTrial(client, "job", [](TrialRun&) { return absl::OkStatus(); }), IsOk());
  CHECK(server.failures() == std::vector{kNotConverged, kFailed});
}

TEST_CASE("An older server is told neither a registration nor a base, as it answered none") {
  OlderServer server;
  Client client = Connect(server.address());
  TrialRun run = Value(TrialRun::Start(client, "job"));
  CHECK_FALSE(run.resumed_from().has_value());
  CHECK_FALSE(Value(run.Report(kGoesOn)).stop_train());
  CHECK_THAT(client.Heartbeat(run.trial()).status(), IsOk());
  CHECK(run.running());
  CHECK_THAT(run.End(kFailed), IsOk());
  CHECK_FALSE(server.got_unknown());
}

TEST_CASE("A server that refuses the end of a trial for another reason is asked once more, no more") {
  OlderServer server;
  Client client = Connect(server.address());
  CHECK(absl::IsInvalidArgument(client.EndTrial(v1::Trial(), kNotConverged).status()));
  CHECK(server.failures() == std::vector{kNotConverged, kFailed});
  CHECK(absl::IsInvalidArgument(client.EndTrial(v1::Trial(), v1::TRIAL_FAILURE_CANCELLED).status()));
  CHECK(server.failures().size() == 3);
}

}  // namespace
}  // namespace zeus::bso::testing
