// ZeusService.ExportJob on the wire.
#ifndef ZEUS_BSO_SERVER_GRPC_STREAMS_EXPORT_REACTOR_H_
#define ZEUS_BSO_SERVER_GRPC_STREAMS_EXPORT_REACTOR_H_

#include <memory>

#include "grpcpp/support/server_callback.h"
#include "server/api/streams/export_stream.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// Sends one record at a time, when the reader has room for it. Deletes itself when gRPC is done with it.
class ExportReactor final : public grpc::ServerWriteReactor<v1::JobRecord> {
 public:
  static ExportReactor* Start(std::shared_ptr<api::ExportStream> stream);

  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  explicit ExportReactor(std::shared_ptr<api::ExportStream> stream);
  void SendNext();

  const std::shared_ptr<api::ExportStream> stream_;
  v1::JobRecord record_;  // Being sent.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_STREAMS_EXPORT_REACTOR_H_
