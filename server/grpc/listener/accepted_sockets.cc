#include "server/grpc/listener/accepted_sockets.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"

namespace zeus::bso::rpc {
namespace {

// The peer of a connection that is still open, and no other now.
SocketPeer PeerOfDescriptor(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return PeerOf(reinterpret_cast<const sockaddr*>(&address));
}

// All bytes that have come over a connection; nothing: it is none of TCP, or not open.
std::optional<uint64_t> BytesReceived(int descriptor) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  return info.tcpi_bytes_received;
}

SocketPeer PeerOfV4(const in_addr& address, in_port_t port) {
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address, text, sizeof(text));
  return {.network = text, .name = absl::StrCat(text, " ", ntohs(port))};
}

}  // namespace

SocketPeer PeerOf(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(address);
    return PeerOfV4(v4->sin_addr, v4->sin_port);
  }
  if (address->sa_family != AF_INET6) return {};
  const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(address);
  const uint8_t* const bytes = v6->sin6_addr.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
    return PeerOfV4({.s_addr = reinterpret_cast<const uint32_t*>(bytes)[3]}, v6->sin6_port);
  }
  constexpr size_t kNetworkBytes = 8;
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  return {.network = std::string(bytes, bytes + kNetworkBytes), .name = absl::StrCat(text, " ", ntohs(v6->sin6_port))};
}

SocketPeer PeerOfUri(absl::string_view uri) {
  const std::string address = absl::StrReplaceAll(uri, {{"%5B", ""}, {"%5D", ""}, {"[", ""}, {"]", ""}});
  const size_t scheme = address.find(':');
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (scheme == std::string::npos || colon == scheme || !absl::SimpleAtoi(address.substr(colon + 1), &port)) return {};
  const std::string host = address.substr(scheme + 1, colon - scheme - 1);
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port))};
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return PeerOf(reinterpret_cast<const sockaddr*>(&v4));
  sockaddr_in6 v6{.sin6_family = AF_INET6, .sin6_port = htons(static_cast<uint16_t>(port))};
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) return PeerOf(reinterpret_cast<const sockaddr*>(&v6));
  return {};
}

AcceptedSockets& AcceptedSockets::Instance() {
  static auto* const sockets = new AcceptedSockets();
  return *sockets;
}

bool AcceptedSockets::Add(int descriptor) {
  SocketPeer peer = PeerOfDescriptor(descriptor);
  if (peer.network.empty()) return true;
  absl::MutexLock lock(&mutex_);
  if (const auto ban = bans_.find(peer.network); ban != bans_.end()) {
    if (absl::Now() < ban->second) return false;
    bans_.erase(ban);
  }
  sockets_[descriptor] = {.peer = std::move(peer)};
  return true;
}

std::map<std::string, std::vector<AcceptedSockets::Traffic>> AcceptedSockets::Look() {
  std::map<std::string, std::vector<Traffic>> traffic;
  absl::MutexLock lock(&mutex_);
  for (auto it = sockets_.begin(); it != sockets_.end();) {
    const auto socket = it++;
    const std::optional<uint64_t> received = BytesReceived(socket->first);
    if (!received.has_value()) {
      sockets_.erase(socket);
      continue;
    }
    const uint64_t before = std::exchange(socket->second.bytes, *received);
    if (*received == before) continue;
    // The descriptor may be another connection's by now, of another listener.
    if (PeerOfDescriptor(socket->first) != socket->second.peer) {
      sockets_.erase(socket);
      continue;
    }
    traffic[socket->second.peer.network].push_back(
        {socket->first, socket->second.peer.name, *received - before, before == 0});
  }
  return traffic;
}

void AcceptedSockets::NoteRefusal(const std::string& network) {
  absl::MutexLock lock(&mutex_);
  ++refusals_[network];
}

absl::flat_hash_map<std::string, int64_t> AcceptedSockets::TakeRefusals() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(refusals_, {});
}

void AcceptedSockets::Ban(const std::string& network, absl::Time until) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(bans_, [now = absl::Now()](const auto& ban) { return ban.second <= now; });
  bans_[network] = until;
  for (const auto& [descriptor, accepted] : sockets_) {
    // The descriptor may be another connection's by now.
    if (accepted.peer.network == network && PeerOfDescriptor(descriptor) == accepted.peer) {
      shutdown(descriptor, SHUT_RDWR);
    }
  }
}

}  // namespace zeus::bso::rpc
