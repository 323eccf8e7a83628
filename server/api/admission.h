// The checks that each call has to pass before the server does anything for it.
#ifndef ZEUS_BSO_SERVER_API_ADMISSION_H_
#define ZEUS_BSO_SERVER_API_ADMISSION_H_

#include <chrono>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/access/authorization.h"
#include "server/api/access/caller.h"
#include "server/api/access/needed_role.h"
#include "server/api/access/permissions.h"
#include "server/api/backend.h"
#include "server/api/job_access.h"
#include "server/api/validation/validate.h"

namespace zeus::bso::api {

inline bool HasPassed(std::chrono::system_clock::time_point deadline) {
  return deadline <= std::chrono::system_clock::now();
}

// Whether the caller still waits, and has the role that a method with this type of request needs, for some job at
// least. DEADLINE_PASSED, and the errors of Authorize.
template <typename Request>
absl::StatusOr<Permissions> Admit(const Backend& backend, const Caller& caller) {
  if (HasPassed(caller.deadline())) {
    return MakeError(Reason::kDeadlinePassed, "the deadline had passed before the call began; nothing was done");
  }
  constexpr Role kNeeded = NeededRole<Request>();
  if (backend.roles == nullptr) return Permissions::Everything();
  return Authorize(*backend.roles->Current(), caller, kNeeded);
}

// The same, and whether the request is valid, and the role is one for the jobs that it names. INVALID_FIELD, and the
// errors of CheckJobs.
template <typename Request>
absl::StatusOr<Permissions> AdmitRequest(const Backend& backend, const Caller& caller, const Request& request) {
  ZB_ASSIGN_OR_RETURN(Permissions permissions, Admit<Request>(backend, caller));
  ZB_RETURN_IF_ERROR(Validate(request));
  ZB_RETURN_IF_ERROR(CheckJobs(permissions, request, NeededRole<Request>()));
  return permissions;
}

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ADMISSION_H_
