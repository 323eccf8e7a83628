// Who may do what: roles, and the tokens and certificates that they are granted to.
#ifndef ZEUS_BSO_SERVER_RPC_ROLES_H_
#define ZEUS_BSO_SERVER_RPC_ROLES_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::rpc {

// Each includes those before it.
enum class Role {
  kReader,   // Looks.
  kTrainer,  // Registers jobs and runs trials.
  kAdmin,    // Everything: deletes jobs, and changes records at will.
};

// "reader", "trainer" or "admin".
absl::string_view RoleName(Role role);

// The grants of a roles file. Thread-compatible.
//
//   file        = { line "\n" }
//   line        = [ grant ] [ comment ]
//   grant       = role "token" sha256 | role "certificate" name
//   role        = "reader" | "trainer" | "admin"
//   sha256      64 hexadecimal digits, of the bytes of the token
//   name        what is left of the line: a DNS name, URI or email address of the certificate's subject alternative
//               names, or its common name, letter for letter
//   comment     from a "#" that begins a line or follows a space
class Roles {
 public:
  // INVALID_ARGUMENT: the text is no roles file, grants the same twice, or nothing at all. The message names the line,
  // and quotes nothing: it may be a token that somebody wrote there by mistake.
  static absl::StatusOr<Roles> Parse(absl::string_view text);

  // The role of who shows this token. How long it takes tells nothing of the tokens that are known.
  std::optional<Role> OfToken(absl::string_view token) const;

  // The role of who shows a certificate of this name.
  std::optional<Role> OfCertificate(absl::string_view name) const;

 private:
  using Sha256 = std::array<unsigned char, 32>;

  struct TokenGrant {
    Sha256 hash;
    Role role;
  };

  static Sha256 HashOf(absl::string_view token);

  absl::Status AddLine(absl::string_view line);
  absl::Status AddToken(Role role, absl::string_view hexadecimal);
  absl::Status AddCertificate(Role role, absl::string_view name);

  std::vector<TokenGrant> tokens_;
  absl::flat_hash_map<std::string, Role> certificates_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_ROLES_H_
