// The metrics of the store, the streams and the jobs.
#ifndef ZEUS_BSO_SERVER_METRICS_PAGE_SERVER_FAMILIES_H_
#define ZEUS_BSO_SERVER_METRICS_PAGE_SERVER_FAMILIES_H_

#include "server/api/streams/job_watch_hub.h"
#include "server/api/streams/open_sessions.h"
#include "server/metrics/page/families.h"
#include "server/service/trial_totals.h"
#include "storage/store.h"

namespace zeus::bso::metrics {

void AddStore(const storage::Store& store, Families& families);

void AddStreams(const api::JobWatchHub& watchers, const api::OpenSessions& sessions, Families& families);

void AddJobs(const storage::Store& store, const TrialTotals& trials, Families& families);

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_PAGE_SERVER_FAMILIES_H_
