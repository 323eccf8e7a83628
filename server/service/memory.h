// In-memory state that calls share and that the server does not store. Losing it changes no record.
#ifndef ZEUS_BSO_SERVER_SERVICE_MEMORY_H_
#define ZEUS_BSO_SERVER_SERVICE_MEMORY_H_

#include <cstddef>

#include "server/policy/curves/belief_cache.h"
#include "server/service/running_reports.h"

namespace zeus::bso {

// Thread-safe.
struct Memory {
  // Holds the beliefs of some 4,000 jobs of 20 sizes, or of 60 of 256.
  static constexpr size_t kBeliefBytes = size_t{64} << 20;

  curves::BeliefCache beliefs{kBeliefBytes};
  RunningReports reports;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_MEMORY_H_
