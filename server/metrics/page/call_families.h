// The metrics of calls and HTTP requests.
#ifndef ZEUS_BSO_SERVER_METRICS_PAGE_CALL_FAMILIES_H_
#define ZEUS_BSO_SERVER_METRICS_PAGE_CALL_FAMILIES_H_

#include "absl/strings/string_view.h"
#include "server/metrics/call_counts.h"
#include "server/metrics/http_counts.h"
#include "server/metrics/page/families.h"

namespace zeus::bso::metrics {

// Those of the calls of one transport, "grpc" or "http". The names of their labels begin with `label_prefix`.
void AddCalls(absl::string_view transport, absl::string_view label_prefix, const CallCounts& counts,
              Families& families);

void AddHttpRequests(const HttpCounts& counts, Families& families);

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_PAGE_CALL_FAMILIES_H_
