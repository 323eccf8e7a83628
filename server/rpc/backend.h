// What all calls are served from.
#ifndef ZEUS_BSO_SERVER_RPC_BACKEND_H_
#define ZEUS_BSO_SERVER_RPC_BACKEND_H_

#include <functional>

#include "absl/time/time.h"
#include "model/job.h"
#include "model/limits.h"
#include "server/rpc/roles_file.h"
#include "server/service/memory.h"
#include "storage/store.h"

namespace zeus::bso::rpc {

struct Backend {
  storage::Store& store;
  std::function<absl::Time()> clock;  // Of the times that requests leave in the store. May step back. Thread-safe.
  Limits limits;
  Memory& memory;
  PolicyKind default_policy = PolicyKind::kCurves;  // Of jobs that are registered without one.
  absl::Duration request_id_ttl;                    // How long an answer is kept for requests that are repeated.
  RolesFile* roles = nullptr;                       // Null: everybody may do everything.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_BACKEND_H_
