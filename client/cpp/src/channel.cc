#include "client/cpp/src/channel.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/src/address.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace zeus::bso::client_internal {
namespace {

grpc::ChannelArguments MakeArguments(const Address& address) {
  grpc::ChannelArguments arguments;
  // The proxy that a variable such as http_proxy names is not this machine's.
  if (address.IsLocal()) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // In milliseconds. A server that was restarted is found again within two seconds, where gRPC would wait up to two
  // minutes; one that does not answer is given up after five.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);  // In effect, how long connecting may take.
  // A machine that vanished is noticed when it acknowledges nothing for so long (this becomes TCP_USER_TIMEOUT, where
  // there are keepalive pings at all). Many servers close connections that ping more often than each five minutes.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 310000);
  // Each client has a connection of its own, with whatever is in the process beside it.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

// The contents of a file; of no file: nothing.
absl::StatusOr<std::string> Read(const std::string& path) {
  if (path.empty()) return "";
  // Not a std::ifstream, which throws for a directory.
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "rb"), &fclose);
  std::string contents;
  std::array<char, 4096> part{};
  for (size_t size = part.size(); file != nullptr && size == part.size();) {
    size = fread(part.data(), 1, part.size(), file.get());
    contents.append(part.data(), size);
  }
  if (file == nullptr || ferror(file.get()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  }
  if (contents.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty"));
  return contents;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const std::optional<TlsOptions>& tls) {
  if (!tls.has_value()) return grpc::InsecureChannelCredentials();
  if (tls->cert.empty() != tls->key.empty()) {
    return absl::InvalidArgumentError("tls: a certificate needs its key, and a key its certificate");
  }
  absl::StatusOr<std::string> root = Read(tls->root);
  if (!root.ok()) return root.status();
  absl::StatusOr<std::string> key = Read(tls->key);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> cert = Read(tls->cert);
  if (!cert.ok()) return cert.status();
  return grpc::SslCredentials({.pem_root_certs = *root, .pem_private_key = *key, .pem_cert_chain = *cert});
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ClientOptions& options) {
  const absl::StatusOr<Address> address = ParseAddress(options.target);
  if (!address.ok()) return address.status();
  std::optional<TlsOptions> tls = options.tls;
  if (address->is_https && !tls.has_value()) tls.emplace();
  const absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = MakeCredentials(tls);
  if (!credentials.ok()) return credentials.status();
  return grpc::CreateCustomChannel(address->target, *credentials, MakeArguments(*address));
}

}  // namespace zeus::bso::client_internal
