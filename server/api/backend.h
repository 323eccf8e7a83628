// What all calls are served from.
#ifndef ZEUS_BSO_SERVER_API_BACKEND_H_
#define ZEUS_BSO_SERVER_API_BACKEND_H_

#include <functional>

#include "absl/time/time.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/moment.h"
#include "server/api/access/roles_file.h"
#include "server/api/calls/call_monitor.h"
#include "server/api/streams/calls_in_progress.h"
#include "server/api/streams/job_watch_hub.h"
#include "server/service/memory.h"
#include "storage/store.h"

namespace zeus::bso::api {

struct Backend {
  storage::Store& store;
  std::function<Moment()> clock;  // Of the times that requests leave in the store. Thread-safe.
  Limits limits;
  Memory& memory;
  JobWatchHub& watchers;
  CallsInProgress& calls;
  CallMonitor& monitor;
  PolicyKind default_policy = PolicyKind::kCurves;  // Of jobs that are registered without one.
  absl::Duration request_id_ttl;                    // How long an answer is kept for requests that are repeated.
  RolesFile* roles = nullptr;                       // Null: everybody may do everything.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_BACKEND_H_
