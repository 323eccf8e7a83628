#include "server/http/guard.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"

namespace zeus::bso::http {
namespace {

using FieldList = std::vector<std::pair<std::string, std::string>>;

Request RequestWith(const FieldList& fields, const Peer& peer = {}) {
  Request request{.method = "POST", .path = "/jobs"};
  for (const auto& [name, value] : fields) request.fields.Add(name, value);
  request.peer = std::make_shared<Peer>(peer);
  return request;
}

// 0: it is not refused.
int StatusOf(const Guard& guard, const FieldList& fields, const Peer& peer = {}) {
  const auto refusal = guard.Refuse(RequestWith(fields, peer), /*is_page=*/false, /*refuses_browsers=*/false);
  return refusal.has_value() ? refusal->status : 0;
}

TEST_CASE("On plaintext a request names an address, a loopback name, or a name that was listed") {
  const Guard guard({"Zeus.example", "other.example:8080"});
  for (const std::string host :
       {"127.0.0.1:8080", "10.1.2.3", "[::1]:8080", "[2001:db8::1]", "localhost", "LocalHost:1", "a.localhost:80",
        "localhost.", "zeus.example", "ZEUS.example:1234", "other.example:8080"}) {
    CAPTURE(host);
    CHECK(StatusOf(guard, {{"Host", host}}) == 0);
  }
  for (const std::string host :
       {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "notlocalhost", "other.example",
        "other.example:80", "[::1", "[::1]x", "127.0.0.1:80:80", "127.0.0.1:x", "user@127.0.0.1", "0x7f.1"}) {
    CAPTURE(host);
    CHECK(StatusOf(guard, {{"Host", host}}) == 421);
  }
}

TEST_CASE("The refusal of a name says which flag would take it") {
  const auto refusal = Guard({}).Refuse(RequestWith({{"Host", "my.example"}}), false, false);
  REQUIRE(refusal.has_value());
  CHECK(refusal->body.find("--http_hosts") != std::string::npos);
  CHECK(refusal->body.find("my.example") == std::string::npos);
}

TEST_CASE("A request may name no host, and then has no origin that is ours") {
  CHECK(StatusOf(Guard({}), {}) == 0);
  CHECK(StatusOf(Guard({}), {{"Origin", "http://localhost"}}) == 403);
}

TEST_CASE("Over TLS and on unix sockets a request may name any host, but one only") {
  const Guard guard({});
  CHECK(StatusOf(guard, {{"Host", "any.example"}}, {.is_encrypted = true}) == 0);
  CHECK(StatusOf(guard, {}, {.is_unix_socket = true}) == 0);
  CHECK(StatusOf(guard, {{"Host", "localhost"}, {"Host", "localhost"}}) == 400);
}

TEST_CASE("An origin is ours if its host and port are those of the Host header, or listed") {
  const Guard guard({"page.example:8443", "any.example"});
  const auto status_of = [&](const std::string& host, const std::string& origin, const Peer& peer = {}) {
    return StatusOf(guard, {{"Host", host}, {"Origin", origin}}, peer);
  };
  CHECK(status_of("localhost:8080", "http://localhost:8080") == 0);
  CHECK(status_of("localhost:8080", "https://LOCALHOST:8080") == 0);
  CHECK(status_of("localhost:80", "http://localhost") == 0);
  CHECK(status_of("[::1]:8080", "http://[::1]:8080") == 0);
  CHECK(status_of("localhost:8080", "https://page.example:8443") == 0);
  CHECK(status_of("localhost:8080", "https://any.example:1") == 0);
  CHECK(status_of("my.example", "https://my.example", {.is_encrypted = true}) == 0);
  // A proxy that does TLS passes the name on, which it was told by its own flag.
  CHECK(status_of("any.example", "https://any.example") == 0);

  for (const std::string origin : {"null", "", "http://localhost", "http://localhost:8081", "http://127.0.0.1:8080",
                                   "http://evil.example", "https://page.example", "localhost:8080", "http://"}) {
    CAPTURE(origin);
    CHECK(status_of("localhost:8080", origin) == 403);
  }
}

TEST_CASE("What a browser sends for another site is refused") {
  const Guard guard({});
  const auto status_of = [&](const std::string& site) {
    return StatusOf(guard, {{"Host", "localhost"}, {"Sec-Fetch-Site", site}});
  };
  CHECK(status_of("same-origin") == 0);
  CHECK(status_of("none") == 0);
  CHECK(status_of("cross-site") == 403);
  CHECK(status_of("same-site") == 403);
  CHECK(status_of("") == 403);
  CHECK(StatusOf(guard, {{"Host", "localhost"}, {"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "cross-site"}}) == 403);
}

TEST_CASE("Files of the page are read from everywhere, so that links work") {
  const Guard guard({});
  const Request request = RequestWith({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}});
  CHECK_FALSE(guard.Refuse(request, /*is_page=*/true, false).has_value());
  CHECK(guard.Refuse(RequestWith({{"Host", "evil.example"}}), true, false)->status == 421);
}

TEST_CASE("A GET that changes something is not for browsers") {
  const Guard guard({});
  const auto is_refused = [&](const std::string& agent) {
    return guard.Refuse(RequestWith({{"Host", "localhost"}, {"User-Agent", agent}}), false, true).has_value();
  };
  CHECK(is_refused("Mozilla/5.0 (X11; Linux x86_64)"));
  CHECK(is_refused("mozilla/5.0"));
  CHECK_FALSE(is_refused("python-httpx/0.27"));
  CHECK(StatusOf(guard, {{"Host", "localhost"}, {"User-Agent", "Mozilla/5.0"}}) == 0);
}

TEST_CASE("A host that can be listed is a name, with a port or without") {
  for (const std::string host : {"a", "a.example", "a:8080", "[::1]:80"}) CHECK(Guard::IsHost(host));
  for (const std::string host : {"", ":80", "a:b", "http://a", "a b", "a,/"}) CHECK_FALSE(Guard::IsHost(host));
}

}  // namespace
}  // namespace zeus::bso::http
