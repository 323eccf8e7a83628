// Who makes a gRPC call.
#ifndef ZEUS_BSO_SERVER_GRPC_WIRE_GRPC_CALLER_H_
#define ZEUS_BSO_SERVER_GRPC_WIRE_GRPC_CALLER_H_

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"
#include "server/api/access/caller.h"

namespace zeus::bso::rpc {

class GrpcCaller final : public api::Caller {
 public:
  // `context` outlives it, and the call.
  explicit GrpcCaller(const grpc::ServerContextBase& context) : context_(context) {}

  api::Transport transport() const override { return api::Transport::kGrpc; }
  // gRPC does not say when it received the request, only that it is there now.
  std::chrono::steady_clock::time_point arrival() const override { return std::chrono::steady_clock::now(); }
  // Reads the metadata late: gRPC copies all of it when it is first asked for.
  api::TraceReader trace() const override;

  std::chrono::system_clock::time_point deadline() const override { return context_.deadline(); }
  std::vector<absl::string_view> authorization() const override;
  std::optional<std::vector<absl::string_view>> certificate_names() const override;

 private:
  const grpc::ServerContextBase& context_;
  // Keeps the names, once they were asked for.
  mutable std::shared_ptr<const grpc::AuthContext> peer_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_WIRE_GRPC_CALLER_H_
