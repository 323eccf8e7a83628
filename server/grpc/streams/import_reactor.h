// ZeusService.ImportJob on the wire.
#ifndef ZEUS_BSO_SERVER_GRPC_STREAMS_IMPORT_REACTOR_H_
#define ZEUS_BSO_SERVER_GRPC_STREAMS_IMPORT_REACTOR_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/access/permissions.h"
#include "server/api/streams/import_stream.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// Takes one record at a time. Deletes itself when gRPC and the import are done with it.
class ImportReactor final : public grpc::ServerReadReactor<v1::JobRecord>,
                            public std::enable_shared_from_this<ImportReactor> {
 public:
  // Starts an import. `response` outlives the reactor.
  static ImportReactor* Start(const api::ImportStream::Parts& parts, const absl::StatusOr<api::Permissions>& admitted,
                              api::CallRecord record, v1::ImportJobResponse* response);

  explicit ImportReactor(v1::ImportJobResponse* response) : response_(response) {}

  void OnReadDone(bool ok) override;
  void OnDone() override;

 private:
  void Read() ABSL_LOCKS_EXCLUDED(mutex_);
  void End(absl::StatusOr<v1::ImportJobResponse> outcome) ABSL_LOCKS_EXCLUDED(mutex_);

  v1::ImportJobResponse* const response_;
  std::shared_ptr<api::ImportStream> stream_;
  std::shared_ptr<ImportReactor> self_;  // Until OnDone.
  v1::JobRecord record_;

  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // gRPC may be done with the reactor at any time; no read must follow.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_STREAMS_IMPORT_REACTOR_H_
