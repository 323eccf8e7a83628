// The one way that a unary request takes: admitted, checked, run in a session, answered. Never blocks.
#ifndef ZEUS_BSO_SERVER_RPC_UNARY_CALL_H_
#define ZEUS_BSO_SERVER_RPC_UNARY_CALL_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/admission.h"
#include "server/rpc/backend.h"
#include "server/rpc/call_log.h"
#include "server/rpc/status.h"
#include "server/rpc/validate.h"
#include "storage/store.h"

namespace zeus::bso::rpc {

// Answers `request` with what `operation`, called as operation(session, now), fills into `response`. It may run again,
// on an empty response.
template <typename Request, typename Response, typename Operation>
grpc::ServerUnaryReactor* RunUnary(const Backend& backend, grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Operation operation) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const auto finish = [=](const absl::Status& status) {
    LogOutcome(Request::descriptor()->name(), status);
    if (status.ok()) LogEvent(*request, *response);
    reactor->Finish(ToGrpcStatus(status));
  };
  if (const absl::Status admitted = Admit<Request>(backend, *context); !admitted.ok()) {
    finish(admitted);
    return reactor;
  }
  if (const absl::Status valid = Validate(*request); !valid.ok()) {
    finish(valid);
    return reactor;
  }
  const absl::Time now = backend.clock();
  backend.store.Transact(
      [=](storage::Session& session) {
        response->Clear();
        return operation(session, now);
      },
      finish);
  return reactor;
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_UNARY_CALL_H_
