// How many sessions a server holds open, and for how long.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_SESSION_LIMITS_H_
#define ZEUS_BSO_SERVER_API_STREAMS_SESSION_LIMITS_H_

#include "absl/time/time.h"

namespace zeus::bso::api {

struct SessionLimits {
  int max_sessions = 1000;                    // Open at the same time.
  absl::Duration timeout = absl::Minutes(1);  // From the beginning of a session to its end.
  int max_reservations = 100;                 // Sessions that have reserved jobs, or wait to, at the same time.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_SESSION_LIMITS_H_
