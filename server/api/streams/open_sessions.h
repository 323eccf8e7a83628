// The sessions that streams of all transports hold open, and their limits.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_OPEN_SESSIONS_H_
#define ZEUS_BSO_SERVER_API_STREAMS_OPEN_SESSIONS_H_

#include "model/error.h"
#include "server/api/streams/calls_in_progress.h"
#include "server/api/streams/session_lease.h"
#include "server/api/streams/session_limits.h"
#include "server/api/streams/timeout_queue.h"
#include "server/api/validation/bounds.h"

namespace zeus::bso::api {

// Thread-safe.
struct OpenSessions {
  // Counts each session as a call in progress. `calls` outlives the sessions.
  OpenSessions(const SessionLimits& limits, CallsInProgress& calls)
      : timeouts(limits.timeout),
        reservation_times(kReservationTime),
        sessions(limits.max_sessions, timeouts, &calls),
        imports(kMaxImports, timeouts, &calls),
        reservations(limits.max_reservations, reservation_times, /*calls=*/nullptr,
                     MakeError(Reason::kTooManyReservations,
                               "too many sessions have reserved jobs; try again later, or without")) {}

  TimeoutQueue timeouts;
  TimeoutQueue reservation_times;
  SessionCount sessions;  // Those of Session and ExportJob.
  SessionCount imports;
  SessionCount reservations;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_OPEN_SESSIONS_H_
