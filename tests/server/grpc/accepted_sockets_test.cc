#include "server/grpc/listener/accepted_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

#include "catch2/catch.hpp"

namespace zeus::bso::rpc {
namespace {

SocketPeer PeerOfV6(const std::string& text, uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  REQUIRE(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) == 1);
  return PeerOf(reinterpret_cast<const sockaddr*>(&address));
}

TEST_CASE("A peer is an IPv4 address, or a network of IPv6 addresses") {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(1234);
  REQUIRE(inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr) == 1);
  const SocketPeer peer = PeerOf(reinterpret_cast<const sockaddr*>(&v4));
  CHECK(peer.network == "192.0.2.7");
  CHECK(peer.name == "192.0.2.7 1234");
  CHECK(PeerOfV6("::ffff:192.0.2.7", 1234) == peer);
  CHECK(PeerOfV6("2001:db8::1", 80).name == "2001:db8::1 80");
  CHECK(PeerOfV6("2001:db8::1", 80).network == PeerOfV6("2001:db8::ffff:2", 81).network);
  CHECK(PeerOfV6("2001:db8::1", 80).network != PeerOfV6("2001:db8:0:1::1", 80).network);
}

TEST_CASE("A peer as gRPC writes it is the same") {
  CHECK(PeerOfUri("ipv4:192.0.2.7:1234") == SocketPeer{"192.0.2.7", "192.0.2.7 1234"});
  CHECK(PeerOfUri("ipv6:%5B2001:db8::1%5D:80") == PeerOfV6("2001:db8::1", 80));
  CHECK(PeerOfUri("ipv6:[::ffff:192.0.2.7]:1234").network == "192.0.2.7");
  for (const std::string uri : {"unix:", "unix:/tmp/a:1", "ipv4:", "ipv4:1", ""}) CHECK(PeerOfUri(uri).network.empty());
}

TEST_CASE("Who connects to a unix socket is no peer that has a budget") {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  CHECK(PeerOf(reinterpret_cast<const sockaddr*>(&address)).network.empty());
}

}  // namespace
}  // namespace zeus::bso::rpc
