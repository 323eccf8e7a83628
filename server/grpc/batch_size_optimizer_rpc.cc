#include "server/grpc/batch_size_optimizer_rpc.h"

#include "server/api/admission.h"
#include "server/api/calls/call_record.h"
#include "server/grpc/listener/refused_callers.h"
#include "server/grpc/streams/watch_reactor.h"

namespace zeus::bso::rpc {

grpc::ServerWriteReactor<v1::JobEvent>* BatchSizeOptimizerRpc::WatchJob(grpc::CallbackServerContext* context,
                                                                        const v1::WatchJobRequest* request) {
  const GrpcCaller caller(*context);
  return WatchReactor::Start(
      api::JobWatch::Start(backend_.store, backend_.watchers, *request,
                           NoteIfRefused(*context, api::AdmitRequest(backend_, caller, *request)).status(),
                           {backend_.monitor, caller, api::MethodId::kBatchSizeOptimizerWatchJob}));
}

}  // namespace zeus::bso::rpc
