// Which roles the operator has granted to which tokens and certificates.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_ROLES_H_
#define ZEUS_BSO_SERVER_API_ACCESS_ROLES_H_

#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/api/access/role.h"

namespace zeus::bso::api {

// The grants of a roles file. Thread-compatible. A token or a certificate may have several grants.
//
//   file        = { line "\n" }
//   line        = [ grant ] [ comment ]
//   grant       = role [ jobs ] ( "token" sha256 | "certificate" name )
//   role        = "reader" | "trainer" | "admin"
//   jobs        = "jobs=" pattern { "," pattern }
//   pattern     a job_id without spaces and commas; with a "*" at the end, what it begins with
//   sha256      64 hexadecimal digits, of the bytes of the token
//   name        what is left of the line: a DNS name, URI or email address of the certificate's subject alternative
//               names, or its common name, letter for letter
//   comment     from a "#" that begins a line or follows a space
class Roles {
 public:
  // INVALID_ARGUMENT: the text is no roles file, grants for the same jobs twice, or nothing at all. The message names
  // the line, and quotes nothing: it may be a token that somebody wrote there by mistake.
  static absl::StatusOr<Roles> Parse(absl::string_view text);

  // The grants of who shows this token; none: it is not known. How long it takes tells nothing of the tokens that are
  // known, but for their number of grants.
  std::vector<Grant> OfToken(absl::string_view token) const;

  // The grants of who shows a certificate of this name.
  std::vector<Grant> OfCertificate(absl::string_view name) const;

 private:
  using Sha256 = std::array<unsigned char, 32>;

  struct TokenGrant {
    Sha256 hash;
    Grant grant;
  };

  static Sha256 HashOf(absl::string_view token);

  absl::Status AddLine(absl::string_view line);
  absl::Status AddToken(Grant grant, absl::string_view hexadecimal);
  absl::Status AddCertificate(Grant grant, absl::string_view name);

  std::vector<TokenGrant> tokens_;
  absl::flat_hash_map<std::string, std::vector<Grant>> certificates_;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_ROLES_H_
