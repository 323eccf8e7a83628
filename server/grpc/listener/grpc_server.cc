#include "server/grpc/listener/grpc_server.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "grpc/grpc.h"
#include "grpc/impl/codegen/grpc_types.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "health/v1/health.pb.h"
#include "model/status_macros.h"
#include "server/grpc/listener/connection_bounds.h"
#include "server/grpc/listener/connection_limit.h"
#include "server/grpc/listener/grpc_log.h"
#include "server/grpc/listener/reflection_guard.h"
#include "server/grpc/listener/tls.h"
#include "server/net/health_names.h"
#include "server/net/listen_address.h"
#include "server/net/unix_socket.h"

namespace zeus::bso::rpc {
namespace {

// Process-wide settings of gRPC, which apply to servers made after them.
void InitGrpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    LogMessagesOfLibraries();
    RaiseConnectionLimit();
    grpc::EnableDefaultHealthCheckService(true);
    // The linker drops what nothing refers to: reflection, and the descriptor of the health service for it to show.
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::health::v1::HealthCheckRequest::descriptor();
  });
}

// Takes reflection, which its library offers to every server, out of one.
class WithoutReflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

absl::Status CannotListen(absl::string_view where) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", where, ": is an address in use, or not one of this machine?"));
}

absl::Status SetSocketModes(const GrpcServerOptions& options) {
  for (const std::string& address : options.listen) {
    if (!net::IsUnixSocket(address)) continue;
    const std::string path(absl::StripPrefix(address, net::kUnixPrefix));
    if (chmod(path.c_str(), options.socket_mode) != 0) {
      return absl::UnavailableError(absl::StrCat("cannot set the mode of ", address, ": ", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

// What no client may exceed, whatever it calls.
void SetBounds(grpc::ServerBuilder& builder, int max_calls_per_connection) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetResourceQuota(grpc::ResourceQuota().SetMaxThreads(kMaxReflectionThreads));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, max_calls_per_connection);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  // Any number of pings: each takes next to nothing, while closing a connection for them takes more with each ping that
  // has come meanwhile, a fifth of a second for 7,000. FloodGuard bounds them.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  // A kilobyte on the wire could be a mebibyte here.
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
}

void SetUpReflection(grpc::ServerBuilder& builder, bool is_offered, api::RolesFile* roles) {
  if (!is_offered) {
    builder.SetOption(std::make_unique<WithoutReflection>());
  } else if (roles != nullptr) {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> guards;
    guards.push_back(std::make_unique<ReflectionGuard>(*roles));
    builder.experimental().SetInterceptorCreators(std::move(guards));
  }
}

// The address as clients can use it: the port that was chosen in place of port 0.
std::string WithPort(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsOf(const std::string& address,
                                                                       const std::optional<net::TlsFiles>& tls) {
  if (!net::IsOverTls(address)) return grpc::InsecureServerCredentials();
  if (tls.has_value()) return MakeTlsCredentials(*tls);
  return absl::InvalidArgumentError(absl::StrCat("a certificate is needed to listen on ", address));
}

}  // namespace

void GrpcServer::ShowHealth(bool is_serving) {
  grpc::HealthCheckServiceInterface& health = *server->GetHealthCheckService();
  health.SetServingStatus(std::string(net::kLivenessName), true);
  for (const absl::string_view name : net::kReadinessNames) health.SetServingStatus(std::string(name), is_serving);
}

void GrpcServer::Shutdown(absl::Duration patience) {
  server->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  server->Wait();
}

absl::StatusOr<GrpcServer> StartGrpcServer(const GrpcServerOptions& options,
                                           const std::vector<grpc::Service*>& services) {
  InitGrpc();
  for (const std::string& address : options.listen) {
    absl::string_view path = address;
    if (absl::ConsumePrefix(&path, net::kUnixPrefix) && net::IsServed(std::string(path))) return CannotListen(address);
    if (absl::ConsumePrefix(&path, net::kTlsPrefix) && net::IsUnixSocket(path)) {
      return absl::InvalidArgumentError(absl::StrCat(address, ": a unix socket needs no TLS"));
    }
  }
  grpc::ServerBuilder builder;
  // An address in use is an error, and not shared with its owner.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  SetBounds(builder, options.max_calls_per_connection);
  SetUpReflection(builder, options.reflection, options.roles);
  std::vector<int> ports(options.listen.size());
  for (size_t i = 0; i < options.listen.size(); ++i) {
    ZB_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options.listen[i], options.tls));
    builder.AddListeningPort(std::string(absl::StripPrefix(options.listen[i], net::kTlsPrefix)), credentials,
                             &ports[i]);
  }
  for (grpc::Service* const service : services) builder.RegisterService(service);
  GrpcServer started;
  {
    const net::OwnerOnlyCreation owner_only;
    started.server = builder.BuildAndStart();
  }
  if (started.server == nullptr) return CannotListen(absl::StrJoin(options.listen, ", "));
  ZB_RETURN_IF_ERROR(SetSocketModes(options));
  for (size_t i = 0; i < options.listen.size(); ++i) {
    started.addresses.push_back(WithPort(options.listen[i], ports[i]));
  }
  return started;
}

}  // namespace zeus::bso::rpc
