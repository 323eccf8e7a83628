// Ways to a server: addresses, TLS and tokens, and options that cannot be used.
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/strip.h"
#include "tests/client/cpp/fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/tokens.h"

namespace zeus::bso::testing {
namespace {

// A server that does not answer is given up at once.
constexpr RetryPolicy kOneTry = {.total = absl::ZeroDuration()};

std::string CreateError(const ClientOptions& options) {
  const absl::StatusOr<Client> client = Client::Create(options);
  REQUIRE_FALSE(client.ok());
  return client.status().ToString();
}

TEST_CASE("Over TCP and over a unix socket") {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--listen=127.0.0.1:0"}, {}}) {
    ClientFixture fixture(flags);
    CAPTURE(fixture.address());
    Client client = Connect(fixture.address());
    CHECK(Value(client.RegisterJob(ZeusSpec())).created());
  }
}

TEST_CASE("Over TLS, with the root and the certificate that the server asks for") {
  const CertificateAuthority ca;
  ca.Issue("server");
  ca.Issue("trainer");
  const CertificateAuthority other;
  std::vector<std::string> flags = {"--listen=tls:127.0.0.1:0", "--tls_cert=" + ca.Certificate("server"),
                                    "--tls_key=" + ca.Key("server")};
  const TlsOptions trusting = {.root = ca.Certificate("ca")};
  TlsOptions known = trusting;
  known.cert = ca.Certificate("trainer");
  known.key = ca.Key("trainer");
  const auto call = [](const ClientFixture& fixture, const TlsOptions& tls) {
    const std::string target(absl::StripPrefix(fixture.address(), "tls:"));
    Client client = Connect({.target = target, .tls = tls, .retry = kOneTry});
    return client.ListJobs().status();
  };
  {
    const ClientFixture fixture(flags);
    CHECK_THAT(call(fixture, trusting), IsOk());
    CHECK_THAT(call(fixture, known), IsOk());
    CHECK(absl::IsUnavailable(call(fixture, {.root = other.Certificate("ca")})));
  }
  flags.push_back("--tls_client_ca=" + ca.Certificate("ca"));
  const ClientFixture fixture(flags);
  CHECK_THAT(call(fixture, known), IsOk());
  CHECK(absl::IsUnavailable(call(fixture, trusting)));
}

TEST_CASE("A token has a role") {
  const TempDir directory;
  const std::string roles = directory / "roles";
  std::ofstream(roles) << TokenGrant("reader", "reads") << TokenGrant("trainer", "trains")
                       << TokenGrant("admin", "all");
  const ClientFixture fixture({"--roles=" + roles});
  const auto connect = [&](const std::string& token) { return Connect({.target = fixture.address(), .token = token}); };
  Client all = connect("all");
  REQUIRE(all.RegisterJob(ZeusSpec()).ok());
  CHECK_THAT(connect("reads").ListJobs().status(), IsOk());
  const absl::Status low = connect("reads").StartTrial("job").status();
  CHECK(CodeAndReason(low) == "PERMISSION_DENIED ROLE_TOO_LOW");
  CHECK(ErrorMetadata(low).at("needed_role") == "trainer");
  CHECK_THAT(connect("trains").StartTrial("job").status(), IsOk());
  CHECK(CodeAndReason(connect("unknown").GetJob("job").status()) == "UNAUTHENTICATED CREDENTIALS_UNKNOWN");
  CHECK(CodeAndReason(connect("").GetJob("job").status()) == "UNAUTHENTICATED CREDENTIALS_MISSING");
  const auto ignore = [](const v1::JobEvent&) { return false; };
  CHECK_THAT(connect("reads").WatchJob("job", ignore), IsOk());
  CHECK(CodeAndReason(connect("").WatchJob("job", ignore)) == "UNAUTHENTICATED CREDENTIALS_MISSING");
}

TEST_CASE("Options that cannot be used are named") {
  CHECK_THAT(CreateError({}), Catch::Contains("target"));
  CHECK_THAT(CreateError({.target = "a", .timeout = absl::ZeroDuration()}), Catch::Contains("timeout"));
  CHECK_THAT(CreateError({.target = "a", .retry = {.first_backoff = -absl::Seconds(1)}}), Catch::Contains("backoff"));
  for (const std::string token : {"of a file\n", "a b", "\x01", "\xc3\xa4"}) {
    CHECK_THAT(CreateError({.target = "a", .token = token}), Catch::Contains("token"));
  }
}

TEST_CASE("Files of TLS that cannot be used are named") {
  const TempDir directory;
  const auto error = [](const TlsOptions& tls) { return CreateError({.target = "a:1", .tls = tls}); };
  CHECK_THAT(error({.root = directory / "none"}), Catch::StartsWith("NOT_FOUND") && Catch::Contains("none"));
  CHECK_THAT(error({.root = directory.path()}), Catch::Contains(directory.path()));
  std::ofstream(directory / "empty");
  CHECK_THAT(error({.root = directory / "empty"}), Catch::Contains("empty"));
  CHECK_THAT(error({.cert = directory / "empty"}), Catch::Contains("key"));
  CHECK_THAT(error({.key = directory / "empty"}), Catch::Contains("certificate"));
}

TEST_CASE("A file that is no PEM fails the calls, not the program") {
  const TempDir directory;
  const std::string rubbish = directory / "rubbish";
  std::ofstream(rubbish) << "rubbish";
  for (const TlsOptions& tls : {TlsOptions{.root = rubbish}, TlsOptions{.cert = rubbish, .key = rubbish}}) {
    Client client = Connect({.target = "localhost:1", .tls = tls, .retry = kOneTry});
    CHECK(absl::IsUnavailable(client.GetJob("job").status()));
  }
}

TEST_CASE_METHOD(ClientFixture, "A client that is closed ends the calls in progress, and all to come") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const absl::Status watched = client.WatchJob("job", [&](const v1::JobEvent&) {
    client.Close();
    return true;
  });
  CHECK(absl::IsCancelled(watched));
  CHECK(absl::IsCancelled(client.GetJob("job").status()));
  CHECK(absl::IsCancelled(client.WatchJob("job", [](const v1::JobEvent&) { return true; })));
}

TEST_CASE("A client that is closed waits no more for a server that is not there") {
  const TempDir directory;
  Client client =
      Connect({.target = "unix:" + (directory / "none"),
               .retry = {.total = absl::Hours(1), .first_backoff = absl::Hours(1), .max_backoff = absl::Hours(1)}});
  absl::Status status;
  std::thread caller([&] { status = client.GetJob("job").status(); });
  client.Close();
  caller.join();
  CHECK(absl::IsCancelled(status));
}

}  // namespace
}  // namespace zeus::bso::testing
