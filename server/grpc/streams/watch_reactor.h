// BatchSizeOptimizer.WatchJob on the wire.
#ifndef ZEUS_BSO_SERVER_GRPC_STREAMS_WATCH_REACTOR_H_
#define ZEUS_BSO_SERVER_GRPC_STREAMS_WATCH_REACTOR_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/streams/job_watch.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::rpc {

// Sends one event at a time, when the reader has room for it. Deletes itself when gRPC and the watch are done with it.
class WatchReactor final : public grpc::ServerWriteReactor<v1::JobEvent> {
 public:
  static WatchReactor* Start(std::shared_ptr<api::JobWatch> watch);

  explicit WatchReactor(std::shared_ptr<api::JobWatch> watch);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void SendNext();
  void Send(absl::StatusOr<v1::JobEvent> event);

  const std::shared_ptr<api::JobWatch> watch_;
  std::shared_ptr<WatchReactor> self_;  // Until OnDone.
  v1::JobEvent event_;                  // Being sent.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_STREAMS_WATCH_REACTOR_H_
