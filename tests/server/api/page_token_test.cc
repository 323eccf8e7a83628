#include "server/api/page_token.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "tests/server/api/field_cases.h"

namespace zeus::bso::api {
namespace {

using testing::FailsWith;
using testing::Value;

// Checks that `token` is refused, and as which field.
void CheckTokenRefused(const std::string& token, const std::string& query) {
  CAPTURE(token, query);
  const absl::Status status = ParsePageToken(token, query).status();
  CHECK_THAT(status, FailsWith(Reason::kInvalidField));
  CHECK(WrongFields(status) == std::vector<std::string>{"page_token"});
}

TEST_CASE("A token gives back where its list goes on") {
  for (const std::string& last : {std::string("job-1"), std::string("x"), std::string("a\0\xff\n:", 5),
                                  std::string(256, 'x'), std::string("12:jobs job")}) {
    CHECK(Value(ParsePageToken(MakePageToken("jobs ", last), "jobs ")) == last);
    CHECK(Value(ParsePageToken(MakePageToken("", last), "")) == last);
  }
}

TEST_CASE("An empty token means from the beginning") { CHECK(Value(ParsePageToken("", "jobs ")).empty()); }

TEST_CASE("A token travels in a string and in a URL") {
  const std::string token = MakePageToken("jobs \u00e9", std::string("\xff\x00 ?&/+=", 8));
  CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=") ==
        std::string::npos);
}

TEST_CASE("A token of another query is refused") {
  const std::string token = MakePageToken("jobs a", "a1");
  for (const std::string query : {"jobs ", "jobs b", "jobs a1", "jobs", "trials a", ""})
    CheckTokenRefused(token, query);
}

TEST_CASE("A token tells queries apart of which one continues the other") {
  // Together, query and position are the same bytes.
  CheckTokenRefused(MakePageToken("jobs a", "bc"), "jobs ab");
  CheckTokenRefused(MakePageToken("jobs ab", "c"), "jobs a");
}

TEST_CASE("Rubbish is refused") {
  for (const std::string token : {"?", "not base64!", "job-1", "AAAA", " ", "\n"}) CheckTokenRefused(token, "jobs ");
  CheckTokenRefused(absl::WebSafeBase64Escape("5:jobs "), "jobs ");
  CheckTokenRefused(absl::WebSafeBase64Escape("jobs a"), "jobs ");
}

TEST_CASE("A token that lost its beginning is refused") {
  const std::string token = MakePageToken("jobs ", "job-1");
  CheckTokenRefused(token.substr(1), "jobs ");
  CheckTokenRefused(token.substr(4), "jobs ");
}

}  // namespace
}  // namespace zeus::bso::api
