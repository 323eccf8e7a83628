// What a request of an open session does.
#ifndef ZEUS_BSO_SERVER_API_SESSION_OPERATIONS_H_
#define ZEUS_BSO_SERVER_API_SESSION_OPERATIONS_H_

#include "absl/status/status.h"
#include "server/api/access/permissions.h"
#include "server/service/zeus_service.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// Checks a request other than commit and sequence, does its work and fills in the response of the same name; `response`
// is empty. The same code as the unary methods run, but for the fetching. INVALID_FIELD, and the errors of CheckJobs
// and of Apply (zeus_operations.h).
absl::Status ServeInSession(ZeusService& service, const Permissions& permissions, const v1::SessionRequest& request,
                            v1::SessionResponse& response);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_SESSION_OPERATIONS_H_
