#include "server/rpc/session_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/model/error.h"
#include "server/rpc/call_log.h"
#include "server/rpc/session_operations.h"
#include "server/rpc/status.h"
#include "server/service/zeus_service.h"

namespace zeus::bso::rpc {
namespace {

// Bounds what an open session holds in memory.
constexpr int kMaxRequests = 10'000;

}  // namespace

bool SessionCount::Enter() {
  if (open_.fetch_add(1) < max_sessions_) return true;
  Leave();
  return false;
}

SessionReactor* SessionReactor::Start(const Backend& backend, SessionCount& count, absl::Duration timeout,
                                      const absl::Status& admitted) {
  const auto reactor = std::make_shared<SessionReactor>(backend, count, admitted.ok());
  reactor->self_ = reactor;
  reactor->Begin(timeout, admitted);
  return reactor.get();
}

SessionReactor::SessionReactor(const Backend& backend, SessionCount& count, bool is_admitted)
    : backend_(backend), count_(count), counted_(is_admitted && count.Enter()) {}

SessionReactor::~SessionReactor() = default;

void SessionReactor::Begin(absl::Duration timeout, const absl::Status& admitted) {
  absl::MutexLock lock(&mutex_);
  if (!admitted.ok()) return End(admitted);
  if (!counted_) {
    End(MakeError(Reason::kTooManySessions, "too many sessions are open; try again later"));
    return;
  }
  session_ = backend_.store.Begin();
  // A shared pointer here would be a cycle: the alarm keeps its callback for as long as it lives.
  alarm_.Set(absl::ToChronoTime(absl::Now() + timeout), [weak = weak_from_this()](bool fired) {
    const std::shared_ptr<SessionReactor> self = weak.lock();
    if (fired && self != nullptr) self->OnTimeout();
  });
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
  if (request_.has_commit()) return Commit();
  if (++num_requests_ > kMaxRequests) {
    return End(MakeError(Reason::kSessionTooLong,
                         absl::StrCat("more than ", kMaxRequests, " requests in one session; nothing was changed")));
  }
  ZeusService service(*session_, backend_.clock(), backend_.limits);
  response_.Clear();
  const absl::Status status = ServeInSession(service, request_, response_);
  if (!status.ok()) return End(status);
  StartWrite(&response_);
}

void SessionReactor::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  if (session_ == nullptr) return;
  if (!ok) return End(absl::OkStatus());
  StartRead(&request_);
}

void SessionReactor::Commit() {
  // From here on the alarm finds nothing to end.
  const std::unique_ptr<storage::Session> session = std::move(session_);
  backend_.store.Commit(*session, [self = self_](const absl::Status& status) {
    LogOutcome(v1::SessionRequest::descriptor()->name(), status);
    if (!status.ok()) return self->Finish(ToGrpcStatus(status));
    self->response_.Clear();
    self->response_.mutable_commit();
    self->StartWriteAndFinish(&self->response_, {}, grpc::Status::OK);
  });
}

void SessionReactor::End(const absl::Status& status) {
  session_.reset();
  LogOutcome(v1::SessionRequest::descriptor()->name(), status);
  Finish(ToGrpcStatus(status));
}

void SessionReactor::OnDone() {
  alarm_.Cancel();
  if (counted_) count_.Leave();
  self_.reset();
}

}  // namespace zeus::bso::rpc
