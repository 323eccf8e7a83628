// Six trainings on four GPUs, as the traces of the Zeus paper (You, Chung, Chowdhury, NSDI 2023) recorded them at the
// greatest power limit. docs/results.md says where the traces are. recorded_workloads.json holds what is needed here:
//
//   trainings: "epochs_to_target" lists batch size and epochs of its runs; null: the run never reached the target
//   jobs:      "epochs" lists batch size, seconds of an epoch and average watts
#ifndef ZEUS_BSO_TESTS_SCENARIOS_RECORDED_WORKLOADS_H_
#define ZEUS_BSO_TESTS_SCENARIOS_RECORDED_WORKLOADS_H_

#include <vector>

#include "tests/scenarios/workload.h"

namespace zeus::bso::scenarios {

// 24 of them, each with one phase: GPU by GPU, and in each GPU the same six trainings in the same order.
std::vector<Workload> RecordedWorkloads();

}  // namespace zeus::bso::scenarios

#endif  // ZEUS_BSO_TESTS_SCENARIOS_RECORDED_WORKLOADS_H_
