// zeus.bso.v1.ZeusService on gRPC's wire. Thread-safe.
#ifndef ZEUS_BSO_SERVER_GRPC_ZEUS_SERVICE_RPC_H_
#define ZEUS_BSO_SERVER_GRPC_ZEUS_SERVICE_RPC_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/backend.h"
#include "server/api/calls/method_id.h"
#include "server/api/methods.h"
#include "server/api/streams/open_sessions.h"
#include "server/grpc/unary_reactor.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::rpc {

class ZeusServiceRpc final : public v1::ZeusService::CallbackService {
 public:
  // `backend` and `open` outlive the service.
  ZeusServiceRpc(const api::Backend& backend, api::OpenSessions& open) : backend_(backend), open_(open) {}

  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::JobRecord>* ExportJob(grpc::CallbackServerContext* context,
                                                     const v1::ExportJobRequest* request) override;
  grpc::ServerReadReactor<v1::JobRecord>* ImportJob(grpc::CallbackServerContext* context,
                                                    v1::ImportJobResponse* response) override;

#define ZB_OVERRIDE(Method)                                                                                  \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, const v1::Method##Request* request, \
                                   v1::Method##Response* response) override {                                \
    return Answer(backend_, context, request, response,                                                      \
                  api::Operation(api::MethodId::kZeusService##Method, &api::zeus_service::Method));          \
  }

  ZB_ZEUS_SERVICE_METHODS(ZB_OVERRIDE)

#undef ZB_OVERRIDE

 private:
  const api::Backend& backend_;
  api::OpenSessions& open_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_ZEUS_SERVICE_RPC_H_
