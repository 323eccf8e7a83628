// Runs all recurrences of a workload against a server, as a trainer would.
#ifndef ZEUS_BSO_TESTS_SCENARIOS_RECURRENCES_H_
#define ZEUS_BSO_TESTS_SCENARIOS_RECURRENCES_H_

#include <cstdint>
#include <string>

#include "tests/scenarios/workload.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::scenarios {

struct Outcome {
  // What all recurrences cost beyond trainings at the best size, in units of such a training.
  double regret = 0;
  int64_t failed_recurrences = 0;  // that did not reach the target in 20 trials, those of an outage not counted
};

// Registers the job `job_id`, without naming a policy. It starts with the knowledge of the job `warm_start`, unless
// that is empty. The same seed gives the same outcome.
Outcome RunRecurrences(const Workload& workload, const std::string& job_id, uint64_t seed, testing::RpcClient& client,
                       const std::string& warm_start = "");

}  // namespace zeus::bso::scenarios

#endif  // ZEUS_BSO_TESTS_SCENARIOS_RECURRENCES_H_
