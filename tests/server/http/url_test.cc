#include "server/http/exchange/url.h"

#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"

namespace zeus::bso::http {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("A query is a list of names and values, decoded") {
  CHECK(ParseQuery("").empty());
  CHECK(ParseQuery("job_id=a%2Fb&x=1") == Parameters{{"job_id", "a/b"}, {"x", "1"}});
  CHECK(ParseQuery("a+b=c+d%2B") == Parameters{{"a b", "c d+"}});
  CHECK(ParseQuery("a&&b=") == Parameters{{"a", ""}, {"b", ""}});
  CHECK(ParseQuery("a=1=2") == Parameters{{"a", "1=2"}});
  CHECK(ParseQuery("a=%C3%BC%00") == Parameters{{"a", std::string("\xC3\xBC\0", 3)}});
}

TEST_CASE("A percent sign that encodes nothing stays") {
  CHECK(ParseQuery("a=%&b=%4&c=%zz&d=100%") == Parameters{{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "100%"}});
}

TEST_CASE("Of several values of a name, the last counts") {
  CHECK(LastOf(ParseQuery("a=1&b=2&a=3"), "a") == "3");
  CHECK_FALSE(LastOf(ParseQuery("a=1"), "b").has_value());
}

TEST_CASE("What is encoded is decoded to the same") {
  CHECK(PercentEncode("a/b c?&=%\xC3\xBC-._~Z9") == "a%2Fb%20c%3F%26%3D%25%C3%BC-._~Z9");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  CHECK(LastOf(ParseQuery("a=" + PercentEncode(all)), "a") == all);
}

}  // namespace
}  // namespace zeus::bso::http
