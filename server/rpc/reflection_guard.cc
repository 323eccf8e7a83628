#include "server/rpc/reflection_guard.h"

#include <string>

#include "absl/strings/match.h"
#include "grpc/grpc.h"
#include "grpcpp/server_context.h"
#include "server/rpc/authorization.h"

namespace zeus::bso::rpc {
namespace {

namespace experimental = grpc::experimental;

class Interceptor final : public experimental::Interceptor {
 public:
  Interceptor(RolesFile& roles, grpc::ServerContextBase& call) : roles_(roles), call_(call) {}

  void Intercept(experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(experimental::InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      if (const absl::Status status = Authorize(*roles_.Current(), call_, Role::kReader); !status.ok()) Cancel(status);
    }
    methods->Proceed();
  }

 private:
  // The handler, which has not begun, runs on a call that has ended: it can neither read nor answer.
  void Cancel(const absl::Status& status) {
    grpc_call_cancel_with_status(call_.c_call(), static_cast<grpc_status_code>(status.code()),
                                 std::string(status.message()).c_str(), nullptr);
  }

  RolesFile& roles_;
  grpc::ServerContextBase& call_;
};

}  // namespace

experimental::Interceptor* ReflectionGuard::CreateServerInterceptor(experimental::ServerRpcInfo* call) {
  if (!absl::StartsWith(call->method(), "/grpc.reflection.")) return nullptr;
  // gRPC owns it.
  return new Interceptor(roles_, *call->server_context());
}

}  // namespace zeus::bso::rpc
