#include "server/api/access/authorization.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "model/error.h"
#include "model/status_macros.h"

namespace zeus::bso::api {
namespace {

// The token in an authorization header; nothing when it holds none.
std::optional<absl::string_view> TokenIn(absl::string_view header) {
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return std::nullopt;
  return header.substr(kScheme.size());
}

// The grants of the token that was shown; none: none was shown.
absl::StatusOr<std::vector<Grant>> GrantsByToken(const Roles& roles, const Caller& caller, Role needed) {
  std::vector<Grant> grants;
  const std::vector<absl::string_view> headers = caller.authorization();
  if (headers.empty()) return grants;
  if (headers.size() == 1) {
    if (const auto token = TokenIn(headers.front()); token.has_value()) grants = roles.OfToken(*token);
  }
  if (!grants.empty()) return grants;
  return Refuse(Reason::kCredentialsUnknown, "the authorization header must be 'Bearer TOKEN', and the token known",
                needed);
}

}  // namespace

absl::StatusOr<Permissions> Authorize(const Roles& roles, const Caller& caller, Role needed) {
  ZB_ASSIGN_OR_RETURN(std::vector<Grant> grants, GrantsByToken(roles, caller, needed));
  const std::optional<std::vector<absl::string_view>> names = caller.certificate_names();
  if (grants.empty() && !names.has_value()) {
    return Refuse(Reason::kCredentialsMissing, "neither a token nor a certificate was shown", needed);
  }
  for (const absl::string_view name : names.value_or(std::vector<absl::string_view>())) {
    const std::vector<Grant> by_name = roles.OfCertificate(name);
    grants.insert(grants.end(), by_name.begin(), by_name.end());
  }
  if (grants.empty()) return Refuse(Reason::kCredentialsUnknown, "the certificate has no role", needed);
  Permissions permissions(std::move(grants));
  ZB_RETURN_IF_ERROR(permissions.CheckRole(needed));
  return permissions;
}

}  // namespace zeus::bso::api
