#include "server/rpc/authorization.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::rpc {
namespace {

// Where gRPC keeps the names of a client's certificate. The alternative names of all kinds together, which it has too,
// would let an address pass for a DNS name.
constexpr const char* kNameProperties[] = {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME,
                                           GRPC_PEER_EMAIL_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME};

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

absl::Status Refuse(Reason reason, absl::string_view message, Role needed) {
  return MakeError(reason, absl::StrCat(message, "; needed is the role ", RoleName(needed)),
                   {{"needed_role", std::string(RoleName(needed))}});
}

// The token in an authorization header; nothing when it holds none.
std::optional<absl::string_view> TokenIn(absl::string_view header) {
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return std::nullopt;
  return header.substr(kScheme.size());
}

// The role of the token that was shown; nothing when none was.
absl::StatusOr<std::optional<Role>> RoleByToken(const Roles& roles, const grpc::ServerContextBase& call, Role needed) {
  const auto [begin, end] = call.client_metadata().equal_range("authorization");
  if (begin == end) return std::nullopt;
  std::optional<Role> role;
  if (std::next(begin) == end) {
    if (const auto token = TokenIn(View(begin->second)); token.has_value()) role = roles.OfToken(*token);
  }
  if (role.has_value()) return role;
  return Refuse(Reason::kCredentialsUnknown, "the authorization header must be 'Bearer TOKEN', and the token known",
                needed);
}

// The greatest role of the names that a verified certificate bears.
std::optional<Role> RoleByCertificate(const Roles& roles, const grpc::AuthContext& peer) {
  std::optional<Role> greatest;
  for (const char* const property : kNameProperties) {
    for (const grpc::string_ref& name : peer.FindPropertyValues(property)) {
      // An empty optional is less than any role.
      greatest = std::max(greatest, roles.OfCertificate(View(name)));
    }
  }
  return greatest;
}

}  // namespace

absl::Status Authorize(const Roles& roles, const grpc::ServerContextBase& call, Role needed) {
  ZB_ASSIGN_OR_RETURN(std::optional<Role> role, RoleByToken(roles, call, needed));
  const auto peer = call.auth_context();
  const bool has_certificate = peer != nullptr && peer->IsPeerAuthenticated();
  if (!role.has_value() && !has_certificate) {
    return Refuse(Reason::kCredentialsMissing, "neither a token nor a certificate was shown", needed);
  }
  if (has_certificate) role = std::max(role, RoleByCertificate(roles, *peer));
  if (!role.has_value()) return Refuse(Reason::kCredentialsUnknown, "the certificate has no role", needed);
  if (*role >= needed) return absl::OkStatus();
  return Refuse(Reason::kRoleTooLow, absl::StrCat("the role ", RoleName(*role), " may not do this"), needed);
}

}  // namespace zeus::bso::rpc
