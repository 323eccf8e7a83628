// ZeusService.Session on the wire: a session that is held open by a stream.
#ifndef ZEUS_BSO_SERVER_GRPC_STREAMS_SESSION_REACTOR_H_
#define ZEUS_BSO_SERVER_GRPC_STREAMS_SESSION_REACTOR_H_

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/access/permissions.h"
#include "server/api/backend.h"
#include "server/api/calls/call_record.h"
#include "server/api/streams/open_sessions.h"
#include "server/api/streams/session_lease.h"
#include "storage/reservation.h"
#include "storage/session.h"
#include "storage/store.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// One stream. Reads a request, answers it, reads the next; ends at the first error, at commit, or when its time is up.
// Deletes itself when gRPC is done with it, and its timeout not at work.
class SessionReactor final : public grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>,
                             public std::enable_shared_from_this<SessionReactor> {
 public:
  // Begins a session, or ends the stream at once when it is not admitted (admission.h), or too many are open.
  // `backend` and `open` outlive it.
  static SessionReactor* Start(const api::Backend& backend, api::OpenSessions& open,
                               const absl::StatusOr<api::Permissions>& admitted, api::CallRecord record);

  SessionReactor(const api::Backend& backend, api::OpenSessions& open, const absl::StatusOr<api::Permissions>& admitted,
                 api::CallRecord record);
  ~SessionReactor() override;

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;
  void OnTimeout() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReservationTimeout() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether the jobs may be reserved that `request_` names.
  absl::Status AdmitReservation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnReserved(absl::StatusOr<storage::Store::ReservedSession> reserved) ABSL_LOCKS_EXCLUDED(mutex_);
  // Calls that have waited for its end run here.
  void EndReservation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Serves `request_`.
  void Serve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ServeSequence() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One method.
  absl::Status ServeOne(const v1::SessionRequest& request, v1::SessionResponse& response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `response` is `response_`, or a part of it.
  void Commit(v1::SessionResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the stream; what is not committed is gone.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const api::Backend& backend_;
  const api::Permissions permissions_;
  api::SessionCount& reservations_;
  api::SessionLease lease_;
  api::CallRecord record_;                // Whoever ends the session uses it.
  std::shared_ptr<SessionReactor> self_;  // Until OnDone.

  // Requests come one at a time, but the timeout at any.
  absl::Mutex mutex_;
  std::unique_ptr<storage::Session> session_ ABSL_GUARDED_BY(mutex_);  // Null once the stream's end was decided.
  int num_requests_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<api::SessionLease> reservation_lease_ ABSL_GUARDED_BY(mutex_);
  storage::Reservation reservation_ ABSL_GUARDED_BY(mutex_);
  v1::SessionRequest request_;
  v1::SessionResponse response_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_STREAMS_SESSION_REACTOR_H_
