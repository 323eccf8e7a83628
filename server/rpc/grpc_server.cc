#include "server/rpc/grpc_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mutex>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "grpc/grpc.h"
#include "grpc/impl/codegen/grpc_types.h"
#include "grpc/support/log.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "health/v1/health.pb.h"
#include "server/model/status_macros.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

constexpr absl::string_view kTlsPrefix = "tls:";

// gRPC's own messages, in the server's log.
void LogGrpc(gpr_log_func_args* event) {
  const auto level = event->severity == GPR_LOG_SEVERITY_ERROR  ? spdlog::level::err
                     : event->severity == GPR_LOG_SEVERITY_INFO ? spdlog::level::info
                                                                : spdlog::level::debug;
  spdlog::log(level, "grpc: {}", event->message);
}

// Process-wide settings of gRPC, which apply to servers made after them.
void InitGrpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(LogGrpc);
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

// Whether somebody listens on a unix socket. gRPC would take its name away from them.
bool IsServed(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  path.copy(address.sun_path, path.size());
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket_fd < 0) return false;
  const bool served = connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(socket_fd);
  return served;
}

absl::Status CannotListen(absl::string_view where) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", where, ": is an address in use, or not one of this machine?"));
}

// The address as clients can use it: the port that was chosen in place of port 0.
std::string WithPort(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsOf(const std::string& address,
                                                                       const std::optional<TlsFiles>& tls) {
  if (!IsOverTls(address)) return grpc::InsecureServerCredentials();
  if (tls.has_value()) return MakeTlsCredentials(*tls);
  return absl::InvalidArgumentError(absl::StrCat("a certificate is needed to listen on ", address));
}

}  // namespace

bool IsOverTls(absl::string_view address) { return absl::StartsWith(address, kTlsPrefix); }

absl::StatusOr<GrpcServer> StartGrpcServer(const GrpcServerOptions& options,
                                           const std::vector<grpc::Service*>& services) {
  InitGrpc();
  for (const std::string& address : options.listen) {
    absl::string_view path = address;
    if (absl::ConsumePrefix(&path, "unix:") && IsServed(std::string(path))) return CannotListen(address);
    if (absl::ConsumePrefix(&path, kTlsPrefix) && absl::StartsWith(path, "unix:")) {
      return absl::InvalidArgumentError(absl::StrCat(address, ": a unix socket needs no TLS"));
    }
  }
  grpc::ServerBuilder builder;
  // An address in use is an error, and not shared with its owner.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (!options.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  std::vector<int> ports(options.listen.size());
  for (size_t i = 0; i < options.listen.size(); ++i) {
    ZB_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options.listen[i], options.tls));
    builder.AddListeningPort(std::string(absl::StripPrefix(options.listen[i], kTlsPrefix)), credentials, &ports[i]);
  }
  for (grpc::Service* const service : services) builder.RegisterService(service);
  GrpcServer started{builder.BuildAndStart(), {}};
  if (started.server == nullptr) return CannotListen(absl::StrJoin(options.listen, ", "));
  for (size_t i = 0; i < options.listen.size(); ++i) {
    started.addresses.push_back(WithPort(options.listen[i], ports[i]));
  }
  return started;
}

}  // namespace zeus::bso::rpc
