// How many sessions a server holds open, and for how long.
#ifndef ZEUS_BSO_SERVER_RPC_SESSION_LIMITS_H_
#define ZEUS_BSO_SERVER_RPC_SESSION_LIMITS_H_

#include "absl/time/time.h"

namespace zeus::bso::rpc {

struct SessionLimits {
  int max_sessions = 1000;                    // Open at the same time.
  absl::Duration timeout = absl::Minutes(1);  // From the beginning of a session to its end.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_SESSION_LIMITS_H_
