// ZeusService.ExportJob on the wire.
#ifndef ZEUS_BSO_SERVER_RPC_EXPORT_REACTOR_H_
#define ZEUS_BSO_SERVER_RPC_EXPORT_REACTOR_H_

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/backend.h"
#include "server/rpc/job_export.h"
#include "server/rpc/session_lease.h"
#include "storage/store.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// Sends one record at a time, when the reader has room for it. Deletes itself when gRPC is done with it, and its
// timeout not at work.
class ExportReactor final : public grpc::ServerWriteReactor<v1::JobRecord>,
                            public std::enable_shared_from_this<ExportReactor> {
 public:
  // Begins, or ends the stream at once when the call is not admitted (admission.h), or cannot be served. `backend` and
  // `count` outlive it.
  static ExportReactor* Start(const Backend& backend, SessionCount& count, const v1::ExportJobRequest& request,
                              const absl::Status& admitted);

  ExportReactor(SessionCount& count, const absl::Status& admitted) : lease_(count, admitted) {}

  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;
  void OnTimeout() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Begin(const Backend& backend, const v1::ExportJobRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);
  void SendNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  SessionLease lease_;
  std::shared_ptr<ExportReactor> self_;  // Until OnDone.

  absl::Mutex mutex_;
  std::optional<JobExport> job_ ABSL_GUARDED_BY(mutex_);  // Absent once the stream's end was decided.
  v1::JobRecord record_;                                  // Being sent.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_EXPORT_REACTOR_H_
