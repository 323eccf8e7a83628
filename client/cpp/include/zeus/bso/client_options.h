// How a Client reaches its server. Every member has a default, so that {.target = "host:50051"} can leave it out.
#ifndef ZEUS_BSO_CLIENT_OPTIONS_H_
#define ZEUS_BSO_CLIENT_OPTIONS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace zeus::bso {

// How long and how often a call is repeated that failed for a reason that passes.
struct RetryPolicy {
  // So long after the first attempt began no other one is in progress any more. A longer first attempt is not cut
  // short; 0: there are no others.
  absl::Duration total = absl::Seconds(30);

  // The most to wait after the first attempt; doubles with each. Any wait up to it has the same probability (full
  // jitter), so that callers who failed together do not come back together. At least 0.
  absl::Duration first_backoff = absl::Milliseconds(100);

  // The most to wait at all. At least 0.
  absl::Duration max_backoff = absl::Seconds(2);
};

// Connect over TLS. All are paths of PEM files, which are read once.
struct TlsOptions {
  // The roots that the server's certificate must lead to. Empty: the system's.
  std::string root = {};

  // The certificate to show, with those that lead to its root. Empty: show none.
  std::string cert = {};

  // Its key. Needed with cert, and only then.
  std::string key = {};
};

struct ClientOptions {
  // "host:port", "http://host" (plaintext), "https://host" (TLS), both at port 50051 unless they name one, or
  // "unix:/path". Required.
  std::string target = {};

  // Shown with each call, for servers with --roles: printable ASCII without spaces. Over TCP use it with TLS, or it can
  // be read on the way. Empty: none.
  std::string token = {};

  // Absent: plaintext, unless the target begins with https://.
  std::optional<TlsOptions> tls = std::nullopt;

  // How long one attempt at a call may take. Greater than 0.
  absl::Duration timeout = absl::Seconds(10);

  RetryPolicy retry = {};

  // Who starts trials: at most 256 bytes of UTF-8 without control characters. A client_id that has a running trial of a
  // job is given that one again, so that a trainer that was killed goes on with its own; TrialRun::resumed_from says
  // how far that had come. Only one trainer at a time may use it. Empty: each start is named after host, process and a
  // random part, and gets a new trial.
  std::string client_id = {};
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_CLIENT_OPTIONS_H_
