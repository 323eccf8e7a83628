// The metrics of the process, as every client library of Prometheus names them, and what it was built from.
#ifndef ZEUS_BSO_SERVER_METRICS_PAGE_PROCESS_FAMILIES_H_
#define ZEUS_BSO_SERVER_METRICS_PAGE_PROCESS_FAMILIES_H_

#include "server/metrics/page/families.h"

namespace zeus::bso::metrics {

// Reads /proc. What cannot be read is left out.
void AddProcess(Families& families);

void AddBuild(Families& families);

}  // namespace zeus::bso::metrics

#endif  // ZEUS_BSO_SERVER_METRICS_PAGE_PROCESS_FAMILIES_H_
