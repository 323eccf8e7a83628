// Pruning: which batch sizes converge at all, found out by trying each of them in rounds. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_ZEUS_PRUNING_H_
#define ZEUS_BSO_SERVER_POLICY_ZEUS_PRUNING_H_

#include <cstdint>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

// Explore this size next.
struct Explore {
  int64_t batch_size;
};

// This size is being explored already, and the next depends on it: meanwhile run the best size known.
struct RunConcurrently {
  int64_t explored;
};

// Every round is done; these sizes go on to the bandit, ascending.
struct PruningOver {
  std::vector<int64_t> survivors;
};

using PruningStep = std::variant<Explore, RunConcurrently, PruningOver>;

// The next step of a job, given its explorations so far. Of the job, the specification and the failures matter.
//
// A round walks from its default size down, largest first, then from the sizes above it up, smallest first, and leaves
// a direction at the first size that does not converge. Who converged goes on to the next round, whose default is the
// cheapest of this one, the first in a tie. A round after the first in which nothing converged is void: the survivors
// of the round before stay. The first round starts with all sizes and the job's default. A size that is ruled out
// (failed_sizes.h) before it had a result in the round is one that does not converge.
//
// NOTHING_CONVERGED, with the sizes tried, when nothing converged in the first round.
absl::StatusOr<PruningStep> NextPruningStep(const Job& job, const Explorations& explorations);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_ZEUS_PRUNING_H_
