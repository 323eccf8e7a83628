// ZeusService.Session as a client sees it.
#ifndef ZEUS_BSO_TESTS_SUPPORT_WIRE_SESSION_H_
#define ZEUS_BSO_TESTS_SUPPORT_WIRE_SESSION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "grpcpp/client_context.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

class WireSession {
 public:
  explicit WireSession(RpcClient& client, std::chrono::milliseconds timeout = std::chrono::seconds(60))
      : service_(v1::ZeusService::NewStub(client.channel())) {
    context_.set_deadline(std::chrono::system_clock::now() + timeout);
    stream_ = service_->Session(&context_);
  }

  ~WireSession() {
    if (finished_) return;
    context_.TryCancel();
    Finish();
  }

  // The answer to a request; nothing when the session has ended instead.
  std::optional<v1::SessionResponse> Ask(const v1::SessionRequest& request) {
    Write(request);
    return Read();
  }

  // The two halves of it, so that several requests can be under way.
  void Write(const v1::SessionRequest& request) { stream_->Write(request); }

  std::optional<v1::SessionResponse> Read() {
    v1::SessionResponse response;
    if (!stream_->Read(&response)) return std::nullopt;
    return response;
  }

  void Cancel() { context_.TryCancel(); }

  // How it ended; ends it when it has not.
  Reply<v1::SessionResponse> Finish() {
    finished_ = true;
    stream_->WritesDone();
    v1::SessionResponse ignored;
    while (stream_->Read(&ignored)) {
    }
    return {stream_->Finish(), {}};
  }

 private:
  std::unique_ptr<v1::ZeusService::Stub> service_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  bool finished_ = false;
};

// What to ask a session.

inline v1::SessionRequest GetJobRequest(const std::string& job_id = "job") {
  v1::SessionRequest request;
  request.mutable_get_job()->set_job_id(job_id);
  return request;
}

inline v1::SessionRequest CreateTrialRequest(int64_t batch_size, const std::string& job_id = "job") {
  v1::SessionRequest request;
  request.mutable_create_trial()->set_job_id(job_id);
  request.mutable_create_trial()->set_batch_size(batch_size);
  request.mutable_create_trial()->set_type(v1::TRIAL_TYPE_CONCURRENT);
  return request;
}

inline v1::SessionRequest CommitRequest() {
  v1::SessionRequest request;
  request.mutable_commit();
  return request;
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_WIRE_SESSION_H_
