#include "server/grpc/listener/reflection_guard.h"

#include <string>

#include "absl/strings/match.h"
#include "grpc/grpc.h"
#include "grpcpp/server_context.h"
#include "server/api/access/authorization.h"
#include "server/grpc/wire/grpc_caller.h"

namespace zeus::bso::rpc {
namespace {

namespace experimental = grpc::experimental;

class Interceptor final : public experimental::Interceptor {
 public:
  Interceptor(api::RolesFile& roles, grpc::ServerContextBase& call) : roles_(roles), call_(call) {}

  void Intercept(experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(experimental::InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      const absl::Status status = api::Authorize(*roles_.Current(), GrpcCaller(call_), api::Role::kReader).status();
      if (!status.ok()) Cancel(status);
    }
    methods->Proceed();
  }

 private:
  // The handler, which has not begun, runs on a call that has ended: it can neither read nor answer.
  void Cancel(const absl::Status& status) {
    grpc_call_cancel_with_status(call_.c_call(), static_cast<grpc_status_code>(status.code()),
                                 std::string(status.message()).c_str(), nullptr);
  }

  api::RolesFile& roles_;
  grpc::ServerContextBase& call_;
};

}  // namespace

experimental::Interceptor* ReflectionGuard::CreateServerInterceptor(experimental::ServerRpcInfo* call) {
  if (!absl::StartsWith(call->method(), "/grpc.reflection.")) return nullptr;
  // gRPC owns it.
  return new Interceptor(roles_, *call->server_context());
}

}  // namespace zeus::bso::rpc
