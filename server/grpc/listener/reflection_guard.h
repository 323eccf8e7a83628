// Keeps server reflection from those who have no role. It is a service of gRPC's own, and runs none of our code.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_REFLECTION_GUARD_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_REFLECTION_GUARD_H_

#include "grpcpp/support/server_interceptor.h"
#include "server/api/access/roles_file.h"

namespace zeus::bso::rpc {

// Ends calls of the reflection service whose caller is not at least a reader, with the code and message of Authorize.
// Costs other calls a comparison of their name.
class ReflectionGuard final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // `roles` outlives the guard.
  explicit ReflectionGuard(api::RolesFile& roles) : roles_(roles) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override;

 private:
  api::RolesFile& roles_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_REFLECTION_GUARD_H_
