#include "server/net/listen_address.h"

#include <arpa/inet.h>

#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace zeus::bso::net {
namespace {

// "::1" of "[::1]:50051"; "127.0.0.1" of "127.0.0.1:50051".
absl::string_view HostOf(absl::string_view host_and_port) {
  if (absl::ConsumePrefix(&host_and_port, "[")) return host_and_port.substr(0, host_and_port.find(']'));
  const absl::string_view host = host_and_port.substr(0, host_and_port.find(':'));
  // Of more than one colon it is an IPv6 address without a port.
  return host.size() == host_and_port.rfind(':') ? host : host_and_port;
}

bool IsLoopback(absl::string_view host) {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

bool IsOverTls(absl::string_view address) { return absl::StartsWith(address, kTlsPrefix); }

bool IsUnixSocket(absl::string_view address) { return absl::StartsWith(address, kUnixPrefix); }

absl::string_view WithoutScheme(absl::string_view address) {
  for (const absl::string_view scheme : {"dns:", "ipv4:", "ipv6:"}) {
    if (absl::ConsumePrefix(&address, scheme)) {
      absl::ConsumePrefix(&address, "///");
      break;
    }
  }
  return address;
}

bool HasPossiblePort(absl::string_view address) {
  constexpr int64_t kMaxPort = 65535;
  if (IsUnixSocket(address)) return true;
  int64_t port = 0;
  const std::string text(address.substr(address.rfind(':') + 1));
  return !absl::SimpleAtoi(text, &port) || (port >= 0 && port <= kMaxPort);
}

bool IsBeyondThisMachine(absl::string_view address) {
  address = absl::StripPrefix(address, kTlsPrefix);
  if (IsUnixSocket(address)) return false;
  // What is not understood counts as beyond.
  return !IsLoopback(HostOf(WithoutScheme(address)));
}

}  // namespace zeus::bso::net
