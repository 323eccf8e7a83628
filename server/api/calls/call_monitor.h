// Counts the calls of a server, and says which of them are slow.
#ifndef ZEUS_BSO_SERVER_API_CALLS_CALL_MONITOR_H_
#define ZEUS_BSO_SERVER_API_CALLS_CALL_MONITOR_H_

#include "absl/time/time.h"
#include "server/api/access/caller.h"
#include "server/api/calls/method_id.h"
#include "server/metrics/call_counts.h"

namespace zeus::bso::api {

// Thread-safe.
struct CallMonitor {
  // Unary calls that take longer than `slow_call` are logged; zero: none is.
  explicit CallMonitor(absl::Duration the_slow_call = absl::ZeroDuration()) : slow_call(the_slow_call) {}

  metrics::CallCounts& CountsOf(Transport transport) { return transport == Transport::kGrpc ? grpc : http; }

  metrics::CallCounts grpc{MethodNames().size()};
  metrics::CallCounts http{MethodNames().size()};
  const absl::Duration slow_call;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CALLS_CALL_MONITOR_H_
