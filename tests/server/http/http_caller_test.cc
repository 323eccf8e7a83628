#include "server/http/exchange/http_caller.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "catch2/catch.hpp"

namespace zeus::bso::http {
namespace {

std::vector<std::string> AuthorizationOf(const std::string& value) {
  Request request;
  request.fields.Add("Authorization", value);
  const HttpCaller caller(request, std::chrono::system_clock::time_point::max());
  const auto values = caller.authorization();
  return {values.begin(), values.end()};
}

TEST_CASE("A token comes as Bearer, or as the password of Basic") {
  using Values = std::vector<std::string>;
  CHECK(AuthorizationOf("Bearer token") == Values{"Bearer token"});
  CHECK(AuthorizationOf("Basic " + absl::Base64Escape("user:to:ken")) == Values{"Bearer to:ken"});
  CHECK(AuthorizationOf("basic " + absl::Base64Escape(":token")) == Values{"Bearer token"});
  CHECK(AuthorizationOf("Basic " + absl::Base64Escape("no colon")) == Values{"Basic bm8gY29sb24="});
  CHECK(AuthorizationOf("Basic !") == Values{"Basic !"});
}

TEST_CASE("A caller has the names of its certificate, if it has shown one") {
  Request request;
  CHECK_FALSE(HttpCaller(request, {}).certificate_names().has_value());
  request.peer = std::make_shared<Peer>(Peer{.is_encrypted = true});
  CHECK_FALSE(HttpCaller(request, {}).certificate_names().has_value());
  request.peer = std::make_shared<Peer>(Peer{.is_encrypted = true, .certificate_names = {{"a.example", "b"}}});
  const HttpCaller caller(request, {});
  REQUIRE(caller.certificate_names().has_value());
  CHECK(*caller.certificate_names() == std::vector<absl::string_view>{"a.example", "b"});
}

}  // namespace
}  // namespace zeus::bso::http
