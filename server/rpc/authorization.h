// Who calls, and whether they may.
#ifndef ZEUS_BSO_SERVER_RPC_AUTHORIZATION_H_
#define ZEUS_BSO_SERVER_RPC_AUTHORIZATION_H_

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "server/rpc/roles.h"

namespace zeus::bso::rpc {

// Whether the caller has the role `needed` or a greater one, by the token in the call's metadata
// ("authorization: Bearer TOKEN") or by the certificate of the connection; the greater counts. Errors name the role in
// their metadata, as "needed_role":
//   CREDENTIALS_MISSING  neither was shown
//   CREDENTIALS_UNKNOWN  a token was shown that has no role; or none, and the certificate has no role
//   ROLE_TOO_LOW
absl::Status Authorize(const Roles& roles, const grpc::ServerContextBase& call, Role needed);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_AUTHORIZATION_H_
