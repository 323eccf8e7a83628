#include "server/grpc/zeus_service_rpc.h"

#include "server/api/admission.h"
#include "server/api/calls/call_record.h"
#include "server/grpc/listener/refused_callers.h"
#include "server/grpc/streams/export_reactor.h"
#include "server/grpc/streams/import_reactor.h"
#include "server/grpc/streams/session_reactor.h"
#include "server/grpc/wire/grpc_caller.h"

namespace zeus::bso::rpc {

grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* ZeusServiceRpc::Session(
    grpc::CallbackServerContext* context) {
  const GrpcCaller caller(*context);
  return SessionReactor::Start(backend_, open_,
                               NoteIfRefused(*context, api::Admit<v1::SessionRequest>(backend_, caller)),
                               {backend_.monitor, caller, api::MethodId::kZeusServiceSession});
}

grpc::ServerWriteReactor<v1::JobRecord>* ZeusServiceRpc::ExportJob(grpc::CallbackServerContext* context,
                                                                   const v1::ExportJobRequest* request) {
  const GrpcCaller caller(*context);
  return ExportReactor::Start(
      api::ExportStream::Start(backend_.store, backend_.memory.reports, open_.sessions, *request,
                               NoteIfRefused(*context, api::AdmitRequest(backend_, caller, *request)).status(),
                               {backend_.monitor, caller, api::MethodId::kZeusServiceExportJob}));
}

grpc::ServerReadReactor<v1::JobRecord>* ZeusServiceRpc::ImportJob(grpc::CallbackServerContext* context,
                                                                  v1::ImportJobResponse* response) {
  const GrpcCaller caller(*context);
  return ImportReactor::Start(
      {.store = backend_.store, .clock = backend_.clock, .limits = backend_.limits, .count = open_.imports},
      NoteIfRefused(*context, api::Admit<v1::JobRecord>(backend_, caller)),
      {backend_.monitor, caller, api::MethodId::kZeusServiceImportJob}, response);
}

}  // namespace zeus::bso::rpc
