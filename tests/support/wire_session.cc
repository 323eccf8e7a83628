#include "tests/support/wire_session.h"

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::testing {

struct WireSession::Stream {
  explicit Stream(const std::shared_ptr<grpc::Channel>& channel) : service(v1::ZeusService::NewStub(channel)) {}

  std::unique_ptr<v1::ZeusService::Stub> service;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> messages;
};

WireSession::WireSession(RpcClient& client, std::chrono::milliseconds timeout)
    : stream_(std::make_unique<Stream>(client.channel())) {
  stream_->context.set_deadline(std::chrono::system_clock::now() + timeout);
  stream_->messages = stream_->service->Session(&stream_->context);
}

WireSession::~WireSession() {
  if (finished_) return;
  Cancel();
  Finish();
}

std::optional<v1::SessionResponse> WireSession::Ask(const v1::SessionRequest& request) {
  Write(request);
  return Read();
}

void WireSession::Write(const v1::SessionRequest& request) { stream_->messages->Write(request); }

std::optional<v1::SessionResponse> WireSession::Read() {
  v1::SessionResponse response;
  if (!stream_->messages->Read(&response)) return std::nullopt;
  return response;
}

void WireSession::Cancel() { stream_->context.TryCancel(); }

Reply<v1::SessionResponse> WireSession::Finish() {
  finished_ = true;
  stream_->messages->WritesDone();
  v1::SessionResponse ignored;
  while (stream_->messages->Read(&ignored)) {
  }
  return {stream_->messages->Finish(), {}};
}

v1::SessionRequest GetJobRequest(const std::string& job_id) {
  v1::SessionRequest request;
  request.mutable_get_job()->set_job_id(job_id);
  return request;
}

v1::SessionRequest CreateTrialRequest(int64_t batch_size, const std::string& job_id) {
  v1::SessionRequest request;
  request.mutable_create_trial()->set_job_id(job_id);
  request.mutable_create_trial()->set_batch_size(batch_size);
  request.mutable_create_trial()->set_type(v1::TRIAL_TYPE_CONCURRENT);
  return request;
}

v1::SessionRequest CommitRequest() {
  v1::SessionRequest request;
  request.mutable_commit();
  return request;
}

}  // namespace zeus::bso::testing
