#include "server/rpc/session_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "server/rpc/bounds.h"
#include "server/rpc/call_log.h"
#include "server/rpc/session_operations.h"
#include "server/rpc/status.h"
#include "server/rpc/validate.h"
#include "server/service/zeus_service.h"

namespace zeus::bso::rpc {
namespace {

// Bounds what an open session holds in memory.
constexpr int kMaxRequests = 10'000;

absl::Status SequenceTooLong() {
  return MakeError(Reason::kSessionTooLong, absl::StrCat("the answers to a sequence have more than ",
                                                         kMaxSequenceAnswerBytes, " bytes; nothing was changed"));
}

}  // namespace

SessionReactor* SessionReactor::Start(const Backend& backend, SessionCount& count, const absl::Status& admitted) {
  const auto reactor = std::make_shared<SessionReactor>(backend, count, admitted);
  reactor->self_ = reactor;
  reactor->Begin();
  return reactor.get();
}

SessionReactor::SessionReactor(const Backend& backend, SessionCount& count, const absl::Status& admitted)
    : backend_(backend), lease_(count, admitted) {}

SessionReactor::~SessionReactor() = default;

void SessionReactor::Begin() {
  absl::MutexLock lock(&mutex_);
  if (!lease_.status().ok()) return End(lease_.status());
  session_ = std::make_unique<storage::Session>(backend_.store.Begin());
  lease_.Start(weak_from_this());
  StartRead(&request_);
}

void SessionReactor::OnTimeout() {
  absl::MutexLock lock(&mutex_);
  if (session_ == nullptr) return;
  End(MakeError(Reason::kSessionTimeout, "the session was not committed in time; nothing was changed"));
}

void SessionReactor::OnReadDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  if (session_ == nullptr) return;
  if (!ok) return End(absl::OkStatus());
  Serve();
}

void SessionReactor::Serve() {
  response_.Clear();
  if (request_.has_commit()) return Commit(response_);
  if (request_.has_sequence()) return ServeSequence();
  if (const absl::Status status = ServeOne(request_, response_); !status.ok()) return End(status);
  StartWrite(&response_);
}

void SessionReactor::ServeSequence() {
  const v1::SequenceRequest& sequence = request_.sequence();
  if (const absl::Status status = Validate(sequence); !status.ok()) return End(status);
  size_t answer_bytes = 0;
  for (const v1::SessionRequest& request : sequence.requests()) {
    v1::SessionResponse& response = *response_.mutable_sequence()->add_responses();
    if (request.has_commit()) return Commit(response);
    if (const absl::Status status = ServeOne(request, response); !status.ok()) return End(status);
    answer_bytes += response.ByteSizeLong();
    if (answer_bytes > kMaxSequenceAnswerBytes) return End(SequenceTooLong());
  }
  StartWrite(&response_);
}

absl::Status SessionReactor::ServeOne(const v1::SessionRequest& request, v1::SessionResponse& response) {
  if (++num_requests_ > kMaxRequests) {
    return MakeError(Reason::kSessionTooLong,
                     absl::StrCat("more than ", kMaxRequests, " requests in one session; nothing was changed"));
  }
  ZeusService service(*session_, backend_.clock(), backend_.limits, &backend_.memory);
  return ServeInSession(service, request, response);
}

void SessionReactor::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  if (session_ == nullptr) return;
  if (!ok) return End(absl::OkStatus());
  StartRead(&request_);
}

void SessionReactor::Commit(v1::SessionResponse& response) {
  // From here on the timeout finds nothing to end.
  std::unique_ptr<storage::Session> session = std::move(session_);
  response.mutable_commit();
  storage::Session& committed = *session;
  backend_.store.Commit(committed, [self = self_, session = std::move(session)](const absl::Status& status) {
    // Before the client is answered, which may then begin its next session before gRPC is done with this one.
    self->lease_.Release();
    LogOutcome(v1::SessionRequest::descriptor()->name(), status);
    if (!status.ok()) return self->Finish(ToGrpcStatus(status));
    self->StartWriteAndFinish(&self->response_, {}, grpc::Status::OK);
  });
}

void SessionReactor::End(const absl::Status& status) {
  session_.reset();
  lease_.Release();
  LogOutcome(v1::SessionRequest::descriptor()->name(), status);
  Finish(ToGrpcStatus(status));
}

void SessionReactor::OnDone() {
  lease_.Release();
  self_.reset();
}

}  // namespace zeus::bso::rpc
