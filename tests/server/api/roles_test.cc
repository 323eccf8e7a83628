#include "server/api/access/roles.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"
#include "tests/support/tokens.h"

namespace zeus::bso::api {
namespace {

using testing::Sha256Of;
using testing::TokenGrant;

Roles Parse(const std::string& text) { return testing::Value(Roles::Parse(text)); }

using Grants = std::vector<Grant>;

// For all jobs.
Grants AllJobs(Role role) { return {{.role = role}}; }

TEST_CASE("Roles are granted to tokens and to names of certificates, each as the file says") {
  const Roles roles =
      Parse(absl::StrCat(TokenGrant("reader", "r"), TokenGrant("trainer", "t"), TokenGrant("admin", "a"),
                         "reader certificate dashboard\n", "admin certificate ops@example.com\n"));
  CHECK(roles.OfToken("r") == AllJobs(Role::kReader));
  CHECK(roles.OfToken("t") == AllJobs(Role::kTrainer));
  CHECK(roles.OfToken("a") == AllJobs(Role::kAdmin));
  CHECK(roles.OfCertificate("dashboard") == AllJobs(Role::kReader));
  CHECK(roles.OfCertificate("ops@example.com") == AllJobs(Role::kAdmin));
}

TEST_CASE("Whatever is not in the file has no role") {
  const Roles roles = Parse(TokenGrant("admin", "a") + "admin certificate name\n");
  for (const std::string token : {"", "A", "a ", "aa", "name"}) CHECK(roles.OfToken(token).empty());
  // The hash is no token: who reads the file can do nothing with it.
  CHECK(roles.OfToken(Sha256Of("a")).empty());
  for (const std::string name : {"", "Name", "nam", "name ", "a"}) CHECK(roles.OfCertificate(name).empty());
}

TEST_CASE("The hash of a token is what sha256sum prints") {
  // printf %s swordfish | sha256sum
  const Roles roles = Parse("reader token b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799");
  CHECK(roles.OfToken("swordfish") == AllJobs(Role::kReader));
}

TEST_CASE("Each role includes those before it") {
  CHECK(Role::kReader < Role::kTrainer);
  CHECK(Role::kTrainer < Role::kAdmin);
}

TEST_CASE("Comments, empty lines, spaces and line ends of any kind are let be") {
  const Roles roles = Parse(absl::StrCat("# who may do what\r\n\r\n  \t\n", "  reader \t token  ", Sha256Of("r"),
                                         "   # Rita's\n", "admin token ", absl::AsciiStrToUpper(Sha256Of("a")),
                                         "\r\ntrainer certificate Jane Doe \t# of the lab\n",
                                         "trainer certificate spiffe://lab/trainer#1"));
  CHECK(roles.OfToken("r") == AllJobs(Role::kReader));
  CHECK(roles.OfToken("a") == AllJobs(Role::kAdmin));
  CHECK(roles.OfCertificate("Jane Doe") == AllJobs(Role::kTrainer));
  CHECK(roles.OfCertificate("spiffe://lab/trainer#1") == AllJobs(Role::kTrainer));
}

TEST_CASE("What is wrong in a file is said by line, and nothing of the file is repeated") {
  const std::string good = TokenGrant("reader", "good");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"secret token " + Sha256Of("x"), "line 3: the role must be reader, trainer or admin"},
      {"Reader token " + Sha256Of("x"), "line 3: the role must be reader, trainer or admin"},
      {"reader", "line 3: after the role must come 'jobs=', 'token' or 'certificate'"},
      {"reader secret", "line 3: after the role must come 'jobs=', 'token' or 'certificate'"},
      {"reader token", "line 3: after 'token' must come the SHA-256 of the token: 64 hexadecimal digits"},
      {"reader token secret", "line 3: after 'token' must come the SHA-256 of the token: 64 hexadecimal digits"},
      {"reader token " + Sha256Of("x") + "0",
       "line 3: after 'token' must come the SHA-256 of the token: 64 hexadecimal "
       "digits"},
      {"reader token " + std::string(64, 'g'),
       "line 3: after 'token' must come the SHA-256 of the token: 64 "
       "hexadecimal digits"},
      {"reader token " + Sha256Of("x") + " secret",
       "line 3: after 'token' must come the SHA-256 of the token: 64 "
       "hexadecimal digits"},
      {"reader certificate", "line 3: after 'certificate' must come a name"},
      {"reader certificate # secret", "line 3: after 'certificate' must come a name"},
      {TokenGrant("admin", "good"), "line 3: this token has a role for these jobs already"},
      {"reader jobs= token " + Sha256Of("x"),
       "line 3: after 'jobs=' must come job ids, or what they begin with and a *"},
      {"reader jobs=a,* token " + Sha256Of("x"),
       "line 3: after 'jobs=' must come job ids, or what they begin with and a *"},
      {"reader jobs=a,,b token " + Sha256Of("x"),
       "line 3: after 'jobs=' must come job ids, or what they begin with and a *"},
      {"reader jobs=a*b token " + Sha256Of("x"), "line 3: a * may be at the end of a job id only"},
      {"reader jobs=a secret", "line 3: after the role must come 'jobs=', 'token' or 'certificate'"}};
  for (const auto& [line, message] : cases) {
    CAPTURE(line);
    const absl::Status status = Roles::Parse(absl::StrCat("# roles\n", good, line, "\n")).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(status.message() == message);
  }
  CHECK(Roles::Parse("reader certificate a\nadmin certificate a").status().message() ==
        "line 2: this certificate has a role for these jobs already");
  CHECK(Roles::Parse("reader jobs=a certificate a\nadmin jobs=a certificate a").status().message() ==
        "line 2: this certificate has a role for these jobs already");
}

TEST_CASE("A grant can be limited to jobs, and a token or a certificate can have several") {
  const Roles roles =
      Parse(absl::StrCat("reader token ", Sha256Of("a"), "\ntrainer jobs=team-a/*,nightly token ", Sha256Of("a"),
                         "\nadmin  jobs=x*  certificate Jane Doe\n", "admin jobs=y certificate Jane Doe\n"));
  CHECK(roles.OfToken("a") ==
        Grants{{.role = Role::kReader}, {.role = Role::kTrainer, .jobs = {{"team-a/", true}, {"nightly", false}}}});
  CHECK(roles.OfCertificate("Jane Doe") ==
        Grants{{.role = Role::kAdmin, .jobs = {{"x", true}}}, {.role = Role::kAdmin, .jobs = {{"y", false}}}});
}

TEST_CASE("A file that grants nothing is wrong") {
  for (const std::string text : {"", "\n", "# nobody\n"}) {
    CHECK(Roles::Parse(text).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace zeus::bso::api
