#include "server/rpc/server.h"

#include <mutex>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "grpc/grpc.h"
#include "grpc/impl/codegen/grpc_types.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "health/v1/health.pb.h"

namespace zeus::bso::rpc {
namespace {

// Process-wide plugins of gRPC, which apply to builders made after them.
void InitPlugins(bool reflection) {
  static std::once_flag health_once;
  std::call_once(health_once, [] { grpc::EnableDefaultHealthCheckService(true); });
  if (!reflection) return;
  static std::once_flag reflection_once;
  std::call_once(reflection_once, [] {
    // gRPC's own health service has no descriptor that reflection could show: link the generated one.
    grpc::health::v1::HealthCheckRequest::descriptor();
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

// The address as clients can use it: the port that was chosen in place of port 0.
std::string WithPort(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, storage::Store& store) {
  InitPlugins(options.reflection);
  std::unique_ptr<Server> server(new Server(store));
  grpc::ServerBuilder builder;
  // An address in use is an error, and not shared with its owner.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::vector<int> ports(options.listen.size());
  for (size_t i = 0; i < options.listen.size(); ++i) {
    builder.AddListeningPort(options.listen[i], grpc::InsecureServerCredentials(), &ports[i]);
  }
  builder.RegisterService(&server->optimizer_rpc_);
  builder.RegisterService(&server->zeus_service_rpc_);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", absl::StrJoin(options.listen, ", "),
                                               ": is an address in use, or not one of this machine?"));
  }
  for (size_t i = 0; i < options.listen.size(); ++i) {
    server->addresses_.push_back(WithPort(options.listen[i], ports[i]));
  }
  return server;
}

Server::~Server() {
  if (server_ != nullptr) Drain(absl::ZeroDuration());
}

void Server::Drain(absl::Duration patience) {
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  server_->Wait();
}

}  // namespace zeus::bso::rpc
