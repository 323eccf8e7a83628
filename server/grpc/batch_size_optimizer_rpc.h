// zeus.bso.v1.BatchSizeOptimizer on gRPC's wire. Thread-safe.
#ifndef ZEUS_BSO_SERVER_GRPC_BATCH_SIZE_OPTIMIZER_RPC_H_
#define ZEUS_BSO_SERVER_GRPC_BATCH_SIZE_OPTIMIZER_RPC_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/backend.h"
#include "server/api/calls/method_id.h"
#include "server/api/methods.h"
#include "server/grpc/unary_reactor.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"

namespace zeus::bso::rpc {

class BatchSizeOptimizerRpc final : public v1::BatchSizeOptimizer::CallbackService {
 public:
  // `backend` outlives the service.
  explicit BatchSizeOptimizerRpc(const api::Backend& backend) : backend_(backend) {}

#define ZB_OVERRIDE(Method)                                                                                        \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, const v1::Method##Request* request,       \
                                   v1::Method##Response* response) override {                                      \
    return Answer(backend_, context, request, response,                                                            \
                  api::Operation(api::MethodId::kBatchSizeOptimizer##Method, &api::batch_size_optimizer::Method)); \
  }

  ZB_BATCH_SIZE_OPTIMIZER_METHODS(ZB_OVERRIDE)

#undef ZB_OVERRIDE

  grpc::ServerWriteReactor<v1::JobEvent>* WatchJob(grpc::CallbackServerContext* context,
                                                   const v1::WatchJobRequest* request) override;

 private:
  const api::Backend& backend_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_BATCH_SIZE_OPTIMIZER_RPC_H_
