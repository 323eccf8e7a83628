#include "server/rpc/zeus_service_rpc.h"

#include "model/status_macros.h"
#include "server/rpc/admission.h"
#include "server/rpc/bounds.h"
#include "server/rpc/export_reactor.h"
#include "server/rpc/import_reactor.h"
#include "server/rpc/session_reactor.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/zeus_operations.h"

namespace zeus::bso::rpc {
namespace {

template <typename Request, typename Response>
grpc::ServerUnaryReactor* Run(const Backend& backend, grpc::CallbackServerContext* context, const Request* request,
                              Response* response) {
  return RunUnary(backend, context, request, response,
                  [=, &backend](storage::Session& session, absl::Time now) -> absl::Status {
                    bso::ZeusService service(session, now, backend.limits, &backend.memory);
                    ZB_RETURN_IF_ERROR(Fetch(service, *request));
                    return Apply(service, *request, *response);
                  });
}

}  // namespace

ZeusServiceRpc::ZeusServiceRpc(const Backend& backend, const SessionLimits& limits)
    : backend_(backend),
      timeouts_(limits.timeout),
      session_count_(limits.max_sessions, timeouts_),
      import_count_(kMaxImports, timeouts_) {}

grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* ZeusServiceRpc::Session(
    grpc::CallbackServerContext* context) {
  return SessionReactor::Start(backend_, session_count_, Admit<v1::SessionRequest>(backend_, *context));
}

grpc::ServerWriteReactor<v1::JobRecord>* ZeusServiceRpc::ExportJob(grpc::CallbackServerContext* context,
                                                                   const v1::ExportJobRequest* request) {
  return ExportReactor::Start(backend_, session_count_, *request, Admit<v1::ExportJobRequest>(backend_, *context));
}

grpc::ServerReadReactor<v1::JobRecord>* ZeusServiceRpc::ImportJob(grpc::CallbackServerContext* context,
                                                                  v1::ImportJobResponse* response) {
  return ImportReactor::Start(backend_, import_count_, response, Admit<v1::JobRecord>(backend_, *context));
}

#define ZB_UNARY_METHOD(Method)                                                                                   \
  grpc::ServerUnaryReactor* ZeusServiceRpc::Method(                                                               \
      grpc::CallbackServerContext* context, const v1::Method##Request* request, v1::Method##Response* response) { \
    return Run(backend_, context, request, response);                                                             \
  }

ZB_ZEUS_SERVICE_UNARY_METHODS(ZB_UNARY_METHOD)

#undef ZB_UNARY_METHOD

}  // namespace zeus::bso::rpc
