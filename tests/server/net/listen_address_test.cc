#include "server/net/listen_address.h"

#include <string>

#include "catch2/catch.hpp"

namespace zeus::bso::net {
namespace {

TEST_CASE("Unix sockets with a path and loopback addresses are of this machine only") {
  for (const std::string address :
       {"127.0.0.1:50051", "127.0.0.1:0", "127.8.9.10:1", "127.0.0.1", "localhost:50051", "localhost", "[::1]:50051",
        "[::1]", "::1", "[0:0:0:0:0:0:0:1]:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1", "dns:localhost:1",
        "dns:///localhost:1", "unix:/tmp/socket", "unix:socket", "unix:///tmp/socket", "tls:127.0.0.1:1",
        "tls:localhost:1"}) {
    CAPTURE(address);
    CHECK_FALSE(IsBeyondThisMachine(address));
  }
}

TEST_CASE("Everything else is beyond, also what gRPC takes for an interface of all, and what nobody understands") {
  for (const std::string address : {"0.0.0.0:50051",
                                    "[::]:50051",
                                    ":50051",
                                    "*:50051",
                                    "10.0.0.1:50051",
                                    "128.0.0.1:1",
                                    "126.255.255.255:1",
                                    "[fe80::1]:1",
                                    "[2001:db8::1]:50051",
                                    "::",
                                    "::1:2",
                                    "example.com:50051",
                                    "example.com",
                                    "localhost.example:1",
                                    "127.0.0.1.example:1",
                                    "127.0.0.1@example.com:1",
                                    "[::ffff:10.0.0.1]:1",
                                    "ipv4:0.0.0.0:1",
                                    "ipv6:[::]:1",
                                    "dns:example.com:1",
                                    "dns:///example.com:1",
                                    "dns://127.0.0.1/example.com:1",
                                    "vsock:2:1",
                                    "unix-abstract:name",
                                    "xds:///localhost",
                                    "",
                                    "tls:0.0.0.0:1",
                                    "tls:example.com:1"}) {
    CAPTURE(address);
    CHECK(IsBeyondThisMachine(address));
  }
}

TEST_CASE("A port that is a number is one from 0 to 65535") {
  for (const std::string address :
       {"127.0.0.1:0", "tls:[::1]:65535", "localhost:grpc", "unix:/tmp/a:99999", "dns:a:1"}) {
    CAPTURE(address);
    CHECK(HasPossiblePort(address));
  }
  for (const std::string address : {"127.0.0.1:65536", "tls:localhost:99999", "[::1]:-1", "ipv4:127.0.0.1:100000"}) {
    CAPTURE(address);
    CHECK_FALSE(HasPossiblePort(address));
  }
}

TEST_CASE("The prefix says what is over TLS") {
  CHECK(IsOverTls("tls:127.0.0.1:1"));
  CHECK_FALSE(IsOverTls("127.0.0.1:1"));
  CHECK_FALSE(IsOverTls("unix:tls:"));
}

}  // namespace
}  // namespace zeus::bso::net
