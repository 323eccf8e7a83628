// What all calls are served from.
#ifndef ZEUS_BSO_SERVER_RPC_BACKEND_H_
#define ZEUS_BSO_SERVER_RPC_BACKEND_H_

#include <functional>

#include "absl/time/time.h"
#include "storage/store.h"

namespace zeus::bso::rpc {

struct Backend {
  storage::Store& store;
  std::function<absl::Time()> clock;  // Of the times that requests leave in the store. May step back. Thread-safe.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_BACKEND_H_
