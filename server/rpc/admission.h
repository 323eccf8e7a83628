// What is asked of every call before anything is done for it.
#ifndef ZEUS_BSO_SERVER_RPC_ADMISSION_H_
#define ZEUS_BSO_SERVER_RPC_ADMISSION_H_

#include <chrono>

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "model/error.h"
#include "server/rpc/authorization.h"
#include "server/rpc/backend.h"
#include "server/rpc/needed_role.h"

namespace zeus::bso::rpc {

inline bool HasPassed(std::chrono::system_clock::time_point deadline) {
  return deadline <= std::chrono::system_clock::now();
}

// Whether the caller still waits, and has the role that a method with this type of request needs. DEADLINE_PASSED, and
// the errors of Authorize.
template <typename Request>
absl::Status Admit(const Backend& backend, const grpc::ServerContextBase& call) {
  if (HasPassed(call.deadline())) {
    return MakeError(Reason::kDeadlinePassed, "the deadline had passed before the call began; nothing was done");
  }
  constexpr Role kNeeded = NeededRole<Request>();
  return backend.roles == nullptr ? absl::OkStatus() : Authorize(*backend.roles->Current(), call, kNeeded);
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_ADMISSION_H_
