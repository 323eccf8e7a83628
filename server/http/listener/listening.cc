#include "server/http/listener/listening.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "model/status_macros.h"
#include "server/net/listen_address.h"
#include "server/net/unix_socket.h"

namespace zeus::bso::http {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using Tcp = asio::ip::tcp;

absl::Status CannotListen(const std::string& address, const Error& error) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", error.message()));
}

// Removes the name that a process which was killed has left; nothing else that has it.
void RemoveSocket(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) unlink(path.c_str());
}

absl::StatusOr<Listening> ListenOnPath(asio::io_context& io, const std::string& address, mode_t socket_mode) {
  const std::string path(absl::StripPrefix(address, net::kUnixPrefix));
  asio::local::stream_protocol::endpoint endpoint;
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(address, ": a unix socket needs a path of at most 107 bytes"));
  }
  endpoint.path(path);
  if (net::IsServed(path)) return CannotListen(address, asio::error::make_error_code(asio::error::address_in_use));
  RemoveSocket(path);
  Listening listening{.address = address};
  Acceptor& acceptor = listening.acceptors.emplace_back(io);
  Error error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    const net::OwnerOnlyCreation owner_only;
    acceptor.bind(endpoint, error);
  }
  // Before anybody can connect.
  if (!error && chmod(path.c_str(), socket_mode) != 0) error = Error(errno, boost::system::system_category());
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return CannotListen(address, error);
  return listening;
}

struct HostAndPort {
  std::string host;  // Empty: every interface.
  uint16_t port;
};

absl::StatusOr<HostAndPort> Split(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 ||
      port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(address, " is no host:port"));
  }
  absl::string_view host = address.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) {
    if (!absl::ConsumeSuffix(&host, "]")) return absl::InvalidArgumentError(absl::StrCat(address, " is no host:port"));
  } else if (host == "*") {
    host = "";
  }
  return HostAndPort{std::string(host), static_cast<uint16_t>(port)};
}

absl::StatusOr<std::vector<Tcp::endpoint>> Resolve(asio::io_context& io, const std::string& address,
                                                   const HostAndPort& names) {
  if (names.host.empty()) return std::vector<Tcp::endpoint>{{Tcp::v6(), names.port}};
  Error error;
  Tcp::resolver resolver(io);
  std::vector<Tcp::endpoint> endpoints;
  for (const auto& entry : resolver.resolve(names.host, std::to_string(names.port), Tcp::resolver::passive, error)) {
    endpoints.push_back(entry.endpoint());
  }
  if (error) return CannotListen(address, error);
  return endpoints;
}

absl::StatusOr<Acceptor> ListenOnEndpoint(asio::io_context& io, const std::string& address,
                                          const Tcp::endpoint& endpoint) {
  Acceptor acceptor(io);
  Error error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return CannotListen(address, error);
  return acceptor;
}

uint16_t PortOf(const Acceptor& acceptor) {
  const auto endpoint = acceptor.local_endpoint();
  Tcp::endpoint tcp;
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  return tcp.port();
}

}  // namespace

absl::StatusOr<Listening> ListenOn(asio::io_context& io, const std::string& address, mode_t socket_mode) {
  if (net::IsUnixSocket(address)) return ListenOnPath(io, address, socket_mode);
  const absl::string_view host_and_port = absl::StripPrefix(address, net::kTlsPrefix);
  if (net::IsUnixSocket(host_and_port)) {
    return absl::InvalidArgumentError(absl::StrCat(address, ": a unix socket needs no TLS"));
  }
  ZB_ASSIGN_OR_RETURN(const HostAndPort names, Split(net::WithoutScheme(host_and_port)));
  ZB_ASSIGN_OR_RETURN(std::vector<Tcp::endpoint> endpoints, Resolve(io, address, names));
  Listening listening;
  uint16_t port = names.port;
  for (Tcp::endpoint& endpoint : endpoints) {
    endpoint.port(port);
    ZB_ASSIGN_OR_RETURN(Acceptor acceptor, ListenOnEndpoint(io, address, endpoint));
    port = PortOf(acceptor);
    listening.acceptors.push_back(std::move(acceptor));
  }
  listening.address = absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
  return listening;
}

}  // namespace zeus::bso::http
