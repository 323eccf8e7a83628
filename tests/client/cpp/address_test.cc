// Addresses of servers, and what is said where nobody answers.
#include "client/cpp/src/address.h"

#include <map>
#include <string>

#include "catch2/catch.hpp"
#include "tests/client/cpp/fixture.h"

namespace zeus::bso::testing {
namespace {

using client_internal::Address;
using client_internal::ParseAddress;

TEST_CASE("What is an address of a server") {
  const std::map<std::string, std::string> targets = {
      {"host:1234", "host:1234"},
      {"host:1234/", "host:1234"},
      {"http://host", "host:50051"},
      {"http://host/", "host:50051"},
      {"HTTP://10.0.0.1:80", "10.0.0.1:80"},
      {"[::1]:50051", "[::1]:50051"},
      {"http://[fe80::1%eth0]", "[fe80::1%eth0]:50051"},
      {"my_host.example:65535", "my_host.example:65535"},
      {"dns:///host:1234/", "dns:///host:1234"},
      {"ipv4:127.0.0.1:1234", "ipv4:127.0.0.1:1234"},
      {"unix:/a/b", "unix:/a/b"},
      {"unix:///a/b/", "unix:///a/b/"},
      {"unix-abstract:a", "unix-abstract:a"},
  };
  for (const auto& [text, target] : targets) {
    CAPTURE(text);
    const Address address = Value(ParseAddress(text));
    CHECK(address.target == target);
    CHECK_FALSE(address.is_https);
  }
  CHECK(Value(ParseAddress("https://host:1")).is_https);
}

TEST_CASE("What is no address of a server is refused by name") {
  const std::map<std::string, std::string> wrong = {
      {"host", "as in host:50051"},
      {"host/", "as in host:50051"},
      {"host:", "a port is a number"},
      {"host:0", "a port is a number"},
      {"host:99999", "a port is a number"},
      {"host:-1", "a port is a number"},
      {"http://host:grpc", "a port is a number"},
      {"http://", "no address"},
      {"http://host/path", "has no path"},
      {"host:1//", "has no path"},
      {"host:1?a", "has no path"},
      {"http://user:token@host", "a token is given by itself"},
      {"::1", "in brackets"},
      {"ho st:1", "no address"},
      {"[::1:1", "no address"},
      {"[::1]x", "no address"},
      {"ftp://host:1", "its scheme is unknown"},
  };
  for (const auto& [text, said] : wrong) {
    CAPTURE(text);
    const absl::Status status = ParseAddress(text).status();
    CHECK(absl::IsInvalidArgument(status));
    CHECK_THAT(std::string(status.message()), Catch::Contains(said) && Catch::Contains("'" + text + "'"));
    CHECK(Client::Create({.target = text}).status() == status);
  }
}

TEST_CASE("What is surely of this machine") {
  for (const std::string text : {"localhost:1", "127.0.0.1:1", "http://[::1]", "unix:/a"}) {
    CHECK(Value(ParseAddress(text)).IsLocal());
  }
  for (const std::string text : {"host:1", "127.example:1", "localhost.example:1", "dns:a:1"}) {
    CHECK_FALSE(Value(ParseAddress(text)).IsLocal());
  }
}

TEST_CASE("Where nobody answers the error says why") {
  const auto said_by = [](const std::string& target) {
    Client client = Connect({.target = target, .retry = {.total = absl::ZeroDuration()}});
    const absl::Status status = client.ListJobs().status();
    CHECK(absl::IsUnavailable(status));
    return std::string(status.message());
  };
  CHECK(said_by("127.0.0.1:1") == "cannot reach the server at 127.0.0.1:1 (connection refused)");
  CHECK_THAT(said_by("unix:/nonexistent"), Catch::Contains("at /nonexistent (no such file"));
  CHECK(said_by("nobody.invalid:50051") == "cannot reach the server at nobody.invalid:50051 (there is no such host)");
}

}  // namespace
}  // namespace zeus::bso::testing
