// A unary method on gRPC's wire.
#ifndef ZEUS_BSO_SERVER_GRPC_UNARY_REACTOR_H_
#define ZEUS_BSO_SERVER_GRPC_UNARY_REACTOR_H_

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/unary_call.h"
#include "server/grpc/listener/refused_callers.h"
#include "server/grpc/wire/grpc_caller.h"
#include "server/grpc/wire/status.h"

namespace zeus::bso::rpc {

template <typename Request, typename Response>
grpc::ServerUnaryReactor* Answer(const api::Backend& backend, grpc::CallbackServerContext* context,
                                 const Request* request, Response* response, api::Operation<Request, Response> method) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  api::RunUnary(backend, GrpcCaller(*context), *request, *response, method,
                [reactor, context](const absl::Status& status) {
                  NoteIfRefused(*context, status);
                  reactor->Finish(ToGrpcStatus(status));
                });
  return reactor;
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_UNARY_REACTOR_H_
