#include "server/metrics/page/metrics_page.h"

#include "server/metrics/page/call_families.h"
#include "server/metrics/page/families.h"
#include "server/metrics/page/process_families.h"
#include "server/metrics/page/server_families.h"

namespace zeus::bso::metrics {

std::string MakePage(const Sources& sources) {
  Families families;
  AddCalls("grpc", "grpc_", sources.calls.grpc, families);
  AddCalls("http", "", sources.calls.http, families);
  AddHttpRequests(sources.http, families);
  AddStore(sources.store, families);
  AddStreams(sources.watchers, sources.sessions, families);
  AddJobs(sources.store, sources.trials, families);
  AddBuild(families);
  AddProcess(families);
  return families.Print();
}

}  // namespace zeus::bso::metrics
