// What GET /metrics answers: all metrics of a server, in Prometheus' text format. No label has a value that a client
// chooses.
#ifndef ZEUS_BSO_SERVER_METRICS_PAGE_METRICS_PAGE_H_
#define ZEUS_BSO_SERVER_METRICS_PAGE_METRICS_PAGE_H_

#include <string>

#include "server/api/calls/call_monitor.h"
#include "server/api/streams/job_watch_hub.h"
#include "server/api/streams/open_sessions.h"
#include "server/metrics/http_counts.h"
#include "server/service/trial_totals.h"
#include "storage/store.h"

namespace zeus::bso::metrics {

// The parts of a server that count.
struct Sources {
  const storage::Store& store;
  const api::JobWatchHub& watchers;
  const api::OpenSessions& sessions;
  const api::CallMonitor& calls;
  const HttpCounts& http;
  const TrialTotals& trials;
};

std::string MakePage(const Sources& sources);

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_PAGE_METRICS_PAGE_H_
