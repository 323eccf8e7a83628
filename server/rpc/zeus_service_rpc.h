// zeus.bso.v1.ZeusService over a backend. Thread-safe.
#ifndef ZEUS_BSO_SERVER_RPC_ZEUS_SERVICE_RPC_H_
#define ZEUS_BSO_SERVER_RPC_ZEUS_SERVICE_RPC_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/backend.h"
#include "server/rpc/session_lease.h"
#include "server/rpc/session_limits.h"
#include "server/rpc/timeout_queue.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

// The unary methods, each for V(Method).
#define ZB_ZEUS_SERVICE_UNARY_METHODS(V) \
  V(GetArms)                             \
  V(GetArm)                              \
  V(GetExplorationsOfJob)                \
  V(UpdateTrial)                         \
  V(UpdateArmState)                      \
  V(UpdateExpDefaultBatchSize)           \
  V(CreateTrial)                         \
  V(GetRandomChoices)                    \
  V(GetNormal)                           \
  V(GetJob)                              \
  V(GetTrial)                            \
  V(CreateJob)                           \
  V(GetTrialResultsOfBatchSize)          \
  V(CreateArms)                          \
  V(UpdateJobStage)                      \
  V(DeleteJob)

namespace zeus::bso::rpc {

class ZeusServiceRpc final : public v1::ZeusService::CallbackService {
 public:
  // `backend` outlives the service.
  ZeusServiceRpc(const Backend& backend, const SessionLimits& limits);

  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::JobRecord>* ExportJob(grpc::CallbackServerContext* context,
                                                     const v1::ExportJobRequest* request) override;
  grpc::ServerReadReactor<v1::JobRecord>* ImportJob(grpc::CallbackServerContext* context,
                                                    v1::ImportJobResponse* response) override;

// One method: its request, as a session of its own.
#define ZB_UNARY_METHOD(Method)                                                                              \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, const v1::Method##Request* request, \
                                   v1::Method##Response* response) override;

  ZB_ZEUS_SERVICE_UNARY_METHODS(ZB_UNARY_METHOD)

#undef ZB_UNARY_METHOD

 private:
  const Backend& backend_;
  TimeoutQueue timeouts_;
  SessionCount session_count_;
  SessionCount import_count_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_ZEUS_SERVICE_RPC_H_
