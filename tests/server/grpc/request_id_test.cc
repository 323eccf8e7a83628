// Requests that are repeated, by request_id and by client_id.
#include "server/api/validation/request_id.h"

#include <memory>
#include <string>

#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;

const std::string kId = "123e4567-e89b-42d3-a456-426614174000";
const std::string kOtherId = "123e4567-e89b-42d3-a456-426614174001";

v1::RegisterJobRequest Registration(const std::string& request_id, const std::string& job_id = "job") {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage(job_id);
  request.set_request_id(request_id);
  return request;
}

v1::StartTrialRequest Start(const std::string& request_id, const std::string& client_id = "") {
  auto request = OfJob<v1::StartTrialRequest>();
  request.set_request_id(request_id);
  request.set_client_id(client_id);
  return request;
}

// A server that can be restarted on its store.
class RestartFixture {
 public:
  RestartFixture() { StartServer(); }

  void Restart() {
    server_.reset();
    store_.Reopen();
    StartServer();
  }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server_->client().Call(method, request);
  }

  v1::Trial StartTrial(const v1::StartTrialRequest& request) {
    return Answer(Call(Optimizer::StartTrial, request)).trial();
  }

  int64_t NumTrials() { return Answer(Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>())).trials_size(); }

 private:
  void StartServer() { server_ = std::make_unique<testing::ServerOnSocket>(store_.store()); }

  testing::TestStore store_;
  std::unique_ptr<testing::ServerOnSocket> server_;
};

TEST_CASE("A request_id is a UUID in its usual form, in digits of either case") {
  CHECK(api::ParseRequestId(kId).value().size() == 16);
  CHECK(api::ParseRequestId("123E4567-E89B-42D3-A456-426614174000") == api::ParseRequestId(kId));
  CHECK(api::ParseRequestId(kOtherId) != api::ParseRequestId(kId));
  CHECK(api::ParseRequestId("00000000-0000-0000-0000-000000000000") == std::string(16, '\0'));
  const std::string wrong = GENERATE("", "1", "123e4567e89b42d3a456426614174000", "123e4567-e89b-42d3-a456-42661417400",
                                     "123e4567-e89b-42d3-a456-4266141740000", "123e4567-e89b-42d3-a456-42661417400g",
                                     "123e4567+e89b-42d3-a456-426614174000", "{23e4567-e89b-42d3-a456-42661417400}",
                                     "123e4567-e89b-42d3-a4564-26614174000");
  CHECK_FALSE(api::ParseRequestId(wrong).has_value());
}

TEST_CASE_METHOD(RestartFixture,
                 "A registration that is repeated is answered as the first, byte for byte, also after a restart") {
  const auto first = Answer(Call(Optimizer::RegisterJob, Registration(kId)));
  CHECK(first.created());
  StartTrial(Start(""));
  CHECK(Answer(Call(Optimizer::RegisterJob, Registration(kId))).SerializeAsString() == first.SerializeAsString());
  Restart();
  CHECK(Answer(Call(Optimizer::RegisterJob, Registration(kId))).SerializeAsString() == first.SerializeAsString());
  CHECK_FALSE(Answer(Call(Optimizer::RegisterJob, Registration(kOtherId))).created());
}

TEST_CASE_METHOD(RestartFixture,
                 "A registration that leaves the name to the server makes one job, however often it is repeated") {
  v1::RegisterJobRequest request = Registration(kId, "");
  request.mutable_spec()->set_job_id_prefix("made-up");
  const auto first = Answer(Call(Optimizer::RegisterJob, request));
  Restart();
  CHECK(Answer(Call(Optimizer::RegisterJob, request)).job().spec().job_id() == first.job().spec().job_id());
  CHECK(Answer(Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs_size() == 1);
}

TEST_CASE_METHOD(RestartFixture,
                 "A start that is repeated starts one trial, also after a restart and after that trial has ended") {
  Answer(Call(Optimizer::RegisterJob, Registration("")));
  const v1::Trial trial = StartTrial(Start(kId));
  CHECK(MessageDifferencer::Equals(StartTrial(Start(kId)), trial));
  Restart();
  CHECK(MessageDifferencer::Equals(StartTrial(Start(kId)), trial));
  Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)));
  CHECK(MessageDifferencer::Equals(StartTrial(Start(kId)), trial));
  CHECK(NumTrials() == 1);
  CHECK(StartTrial(Start(kOtherId)).trial_number() == 2);
}

TEST_CASE_METHOD(RpcFixture, "A request_id belongs to one request") {
  RegisterJob();
  RegisterJob("other");
  Answer(Call(Optimizer::StartTrial, Start(kId)));
  auto of_another_job = OfJob<v1::StartTrialRequest>("other");
  of_another_job.set_request_id(kId);
  CheckRefused(Call(Optimizer::StartTrial, of_another_job), grpc::ALREADY_EXISTS, "REQUEST_ID_REUSED");
  CheckRefused(Call(Optimizer::StartTrial, Start(kId, "a client")), grpc::ALREADY_EXISTS, "REQUEST_ID_REUSED");
  CheckRefused(Call(Optimizer::RegisterJob, Registration(kId)), grpc::ALREADY_EXISTS, "REQUEST_ID_REUSED");
}

TEST_CASE_METHOD(RpcFixture, "A request that was refused can be repeated with the same request_id") {
  CheckRefused(Call(Optimizer::StartTrial, Start(kId)), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CHECK(Answer(Call(Optimizer::StartTrial, Start(kId))).trial().trial_number() == 1);
}

TEST_CASE("An answer is kept for as long as the server is told to") {
  RpcFixture fixture({.request_id_ttl = absl::ZeroDuration()});
  fixture.RegisterJob();
  // Until the answer before is swept away.
  while (Answer(fixture.Call(Optimizer::StartTrial, Start(kId))).trial().trial_number() == 1) {
    absl::SleepFor(absl::Milliseconds(1));
  }
}

TEST_CASE_METHOD(RestartFixture,
                 "A client that asks again is given the trial that it is running, also after a restart") {
  Answer(Call(Optimizer::RegisterJob, Registration("")));
  const v1::Trial trial = StartTrial(Start("", "host:1"));
  CHECK(trial.client_id() == "host:1");
  Restart();
  CHECK(MessageDifferencer::Equals(StartTrial(Start("", "host:1")), trial));
  CHECK(StartTrial(Start("", "host:2")).trial_number() == 2);
  Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)));
  CHECK(StartTrial(Start("", "host:1")).trial_number() == 3);
}

}  // namespace
}  // namespace zeus::bso::rpc
