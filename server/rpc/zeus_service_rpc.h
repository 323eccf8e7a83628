// zeus.bso.v1.ZeusService over a backend. Thread-safe.
#ifndef ZEUS_BSO_SERVER_RPC_ZEUS_SERVICE_RPC_H_
#define ZEUS_BSO_SERVER_RPC_ZEUS_SERVICE_RPC_H_

#include "server/model/status_macros.h"
#include "server/rpc/admission.h"
#include "server/rpc/backend.h"
#include "server/rpc/bounds.h"
#include "server/rpc/export_reactor.h"
#include "server/rpc/import_reactor.h"
#include "server/rpc/session_reactor.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/zeus_operations.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::rpc {

class ZeusServiceRpc final : public v1::ZeusService::CallbackService {
 public:
  // `backend` outlives the service.
  ZeusServiceRpc(const Backend& backend, const SessionLimits& limits)
      : backend_(backend),
        timeouts_(limits.timeout),
        session_count_(limits.max_sessions, timeouts_),
        import_count_(kMaxImports, timeouts_) {}

  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override {
    return SessionReactor::Start(backend_, session_count_, Admit<v1::SessionRequest>(backend_, *context));
  }

  grpc::ServerWriteReactor<v1::JobRecord>* ExportJob(grpc::CallbackServerContext* context,
                                                     const v1::ExportJobRequest* request) override {
    return ExportReactor::Start(backend_.store, session_count_, *request,
                                Admit<v1::ExportJobRequest>(backend_, *context));
  }

  grpc::ServerReadReactor<v1::JobRecord>* ImportJob(grpc::CallbackServerContext* context,
                                                    v1::ImportJobResponse* response) override {
    return ImportReactor::Start(backend_, import_count_, response, Admit<v1::JobRecord>(backend_, *context));
  }

// One method: its request, as a session of its own.
#define ZB_UNARY_METHOD(Method)                                                                              \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, const v1::Method##Request* request, \
                                   v1::Method##Response* response) override {                                \
    return Run(context, request, response);                                                                  \
  }

  ZB_UNARY_METHOD(GetArms)
  ZB_UNARY_METHOD(GetArm)
  ZB_UNARY_METHOD(GetExplorationsOfJob)
  ZB_UNARY_METHOD(UpdateTrial)
  ZB_UNARY_METHOD(UpdateArmState)
  ZB_UNARY_METHOD(UpdateExpDefaultBatchSize)
  ZB_UNARY_METHOD(CreateTrial)
  ZB_UNARY_METHOD(GetRandomChoices)
  ZB_UNARY_METHOD(GetNormal)
  ZB_UNARY_METHOD(GetJob)
  ZB_UNARY_METHOD(GetTrial)
  ZB_UNARY_METHOD(CreateJob)
  ZB_UNARY_METHOD(GetTrialResultsOfBatchSize)
  ZB_UNARY_METHOD(CreateArms)
  ZB_UNARY_METHOD(UpdateJobStage)
  ZB_UNARY_METHOD(DeleteJob)

#undef ZB_UNARY_METHOD

 private:
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, const Request* request, Response* response) {
    return RunUnary(backend_, context, request, response,
                    [=, this](storage::Session& session, absl::Time now) -> absl::Status {
                      bso::ZeusService service(session, now, backend_.limits);
                      ZB_RETURN_IF_ERROR(Fetch(service, *request));
                      return Apply(service, *request, *response);
                    });
  }

  const Backend& backend_;
  TimeoutQueue timeouts_;
  SessionCount session_count_;
  SessionCount import_count_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_ZEUS_SERVICE_RPC_H_
