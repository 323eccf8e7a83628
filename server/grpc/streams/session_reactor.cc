#include "server/grpc/streams/session_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/access/needed_role.h"
#include "server/api/errors/field_errors.h"
#include "server/api/session_operations.h"
#include "server/api/validation/bounds.h"
#include "server/api/validation/validate.h"
#include "server/api/validation/validate_job_spec.h"
#include "server/grpc/wire/status.h"
#include "server/service/zeus_service.h"

namespace zeus::bso::rpc {
namespace {

// Bounds what an open session holds in memory.
constexpr int kMaxRequests = 10'000;

absl::Status SequenceTooLong() {
  return MakeError(Reason::kSessionTooLong, absl::StrCat("the answers to a sequence have more than ",
                                                         api::kMaxSequenceAnswerBytes, " bytes; nothing was changed"));
}

}  // namespace

SessionReactor* SessionReactor::Start(const api::Backend& backend, api::OpenSessions& open,
                                      const absl::StatusOr<api::Permissions>& admitted, api::CallRecord record) {
  const auto reactor = std::make_shared<SessionReactor>(backend, open, admitted, std::move(record));
  reactor->self_ = reactor;
  reactor->Begin();
  return reactor.get();
}

SessionReactor::SessionReactor(const api::Backend& backend, api::OpenSessions& open,
                               const absl::StatusOr<api::Permissions>& admitted, api::CallRecord record)
    : backend_(backend),
      permissions_(admitted.value_or(api::Permissions())),
      reservations_(open.reservations),
      lease_(open.sessions, admitted.status()),
      record_(std::move(record)) {}

SessionReactor::~SessionReactor() = default;

void SessionReactor::Begin() {
  absl::MutexLock lock(&mutex_);
  if (!lease_.status().ok()) return End(lease_.status());
  session_ = std::make_unique<storage::Session>(backend_.store.Begin());
  lease_.Start(weak_from_this(), &SessionReactor::OnTimeout);
  StartRead(&request_);
}

void SessionReactor::OnTimeout() {
  absl::MutexLock lock(&mutex_);
  if (session_ == nullptr) return;
  End(MakeError(Reason::kSessionTimeout, "the session was not committed in time; nothing was changed"));
}

void SessionReactor::OnReadDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    if (session_ == nullptr) return;
    if (!ok) return End(absl::OkStatus());
    if (request_.reserve().empty()) return Serve();
    if (const absl::Status admitted = AdmitReservation(); !admitted.ok()) return End(admitted);
  }
  // Without the mutex, as the answer may come at once. Nobody changes the request before.
  backend_.store.Reserve({request_.reserve().begin(), request_.reserve().end()},
                         [self = shared_from_this()](absl::StatusOr<storage::Store::ReservedSession> reserved) {
                           self->OnReserved(std::move(reserved));
                         });
}

absl::Status SessionReactor::AdmitReservation() {
  api::FieldErrors errors;
  errors.Check(num_requests_ == 0, "reserve", "must come with the first request");
  errors.Check(request_.reserve_size() <= api::kMaxReservedJobs, "reserve",
               absl::StrCat("must have at most ", api::kMaxReservedJobs));
  for (const std::string& job_id : request_.reserve()) api::CheckJobId(job_id, "reserve", errors);
  ZB_RETURN_IF_ERROR(errors.ToStatus());
  for (const std::string& job_id : request_.reserve()) {
    ZB_RETURN_IF_ERROR(permissions_.CheckNewJob(job_id, "", api::NeededRole<v1::SessionRequest>()));
  }
  return reservation_lease_.emplace(reservations_, absl::OkStatus()).status();
}

void SessionReactor::OnReserved(absl::StatusOr<storage::Store::ReservedSession> reserved) {
  absl::MutexLock lock(&mutex_);
  if (session_ == nullptr) return;
  if (!reserved.ok()) return End(reserved.status());
  session_ = std::make_unique<storage::Session>(std::move(reserved->session));
  reservation_ = std::move(reserved->reservation);
  reservation_lease_->Start(weak_from_this(), &SessionReactor::OnReservationTimeout);
  Serve();
}

void SessionReactor::OnReservationTimeout() {
  absl::MutexLock lock(&mutex_);
  EndReservation();
}

void SessionReactor::EndReservation() {
  reservation_ = storage::Reservation();
  if (reservation_lease_.has_value()) reservation_lease_->Release();
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
  if (const absl::Status status = api::Validate(sequence); !status.ok()) return End(status);
  size_t answer_bytes = 0;
  for (const v1::SessionRequest& request : sequence.requests()) {
    v1::SessionResponse& response = *response_.mutable_sequence()->add_responses();
    if (request.has_commit()) return Commit(response);
    if (const absl::Status status = ServeOne(request, response); !status.ok()) return End(status);
    answer_bytes += response.ByteSizeLong();
    if (answer_bytes > api::kMaxSequenceAnswerBytes) return End(SequenceTooLong());
  }
  StartWrite(&response_);
}

absl::Status SessionReactor::ServeOne(const v1::SessionRequest& request, v1::SessionResponse& response) {
  if (++num_requests_ > kMaxRequests) {
    return MakeError(Reason::kSessionTooLong,
                     absl::StrCat("more than ", kMaxRequests, " requests in one session; nothing was changed"));
  }
  ZeusService service(*session_, backend_.clock(), backend_.limits, &backend_.memory);
  return api::ServeInSession(service, permissions_, request, response);
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
  storage::Reservation reservation = std::move(reservation_);
  EndReservation();
  backend_.store.Commit(committed, std::move(reservation),
                        [self = self_, session = std::move(session)](const absl::Status& status) {
                          // Before the client is answered, which may then begin its next session before gRPC is done
                          // with this one.
                          self->lease_.Release();
                          self->record_.End(v1::SessionRequest::descriptor()->name(), status);
                          if (!status.ok()) return self->Finish(ToGrpcStatus(status));
                          self->StartWriteAndFinish(&self->response_, {}, grpc::Status::OK);
                        });
}

void SessionReactor::End(const absl::Status& status) {
  session_.reset();
  EndReservation();
  lease_.Release();
  record_.End(v1::SessionRequest::descriptor()->name(), status);
  Finish(ToGrpcStatus(status));
}

void SessionReactor::OnDone() {
  lease_.Release();
  self_.reset();
}

}  // namespace zeus::bso::rpc
