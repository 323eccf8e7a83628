// ZeusService.ImportJob on the wire.
#ifndef ZEUS_BSO_SERVER_RPC_IMPORT_REACTOR_H_
#define ZEUS_BSO_SERVER_RPC_IMPORT_REACTOR_H_

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/backend.h"
#include "server/rpc/job_import.h"
#include "server/rpc/session_lease.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// Takes one record at a time. Deletes itself when gRPC is done with it, and its timeout not at work.
class ImportReactor final : public grpc::ServerReadReactor<v1::JobRecord>,
                            public std::enable_shared_from_this<ImportReactor> {
 public:
  // Begins, or ends the stream at once when the call is not admitted (admission.h), or cannot be served. `backend`,
  // `count` and `response` outlive it.
  static ImportReactor* Start(const Backend& backend, SessionCount& count, v1::ImportJobResponse* response,
                              const absl::Status& admitted);

  ImportReactor(const Backend& backend, SessionCount& count, v1::ImportJobResponse* response,
                const absl::Status& admitted)
      : backend_(backend), response_(response), lease_(count, admitted) {}

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;
  void OnTimeout() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  void WritePart() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnPartWritten(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void Commit() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the stream; nothing is changed.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Backend& backend_;
  v1::ImportJobResponse* const response_;
  SessionLease lease_;
  std::shared_ptr<ImportReactor> self_;  // Until OnDone.

  absl::Mutex mutex_;
  std::unique_ptr<JobImport> job_ ABSL_GUARDED_BY(mutex_);  // Null once the stream's end was decided.
  v1::JobRecord record_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_IMPORT_REACTOR_H_
