// Who calls, and what they may do.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_AUTHORIZATION_H_
#define ZEUS_BSO_SERVER_API_ACCESS_AUTHORIZATION_H_

#include "absl/status/statusor.h"
#include "server/api/access/caller.h"
#include "server/api/access/permissions.h"
#include "server/api/access/roles.h"

namespace zeus::bso::api {

// What the caller may do by its token ("authorization: Bearer TOKEN") and by its certificate together: at least what
// the role `needed` may do to some job. Errors name that role in their metadata, as "needed_role":
//   CREDENTIALS_MISSING  neither was shown
//   CREDENTIALS_UNKNOWN  a token was shown that has no role; or none, and the certificate has no role
//   ROLE_TOO_LOW
absl::StatusOr<Permissions> Authorize(const Roles& roles, const Caller& caller, Role needed);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_AUTHORIZATION_H_
