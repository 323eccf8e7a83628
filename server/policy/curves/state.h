// The values that the curves policy works on. They are plain: the caller loads a State from its storage, calls the
// policy, and stores what changed. What a job keeps is in model/curves.h, which also says how sizes are named
// and what units are used. Of a size's state, `pending` is only read: the caller counts the runs in flight.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_STATE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_STATE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "model/curves.h"

namespace zeus::bso::curves {

// The settings of a job. They never change.
struct Setup {
  std::vector<int64_t> batch_sizes;  // 1 to 1,024 of them, positive, distinct, ascending
  size_t default_size = 0;           // an index
  int64_t max_epochs = 1;            // at least 1; a trainer ends a run there
  double beta = 2;                   // above 0: a run costs at most about this times the best

  size_t num_sizes() const { return batch_sizes.size(); }

  bool operator==(const Setup&) const = default;
};

struct State {
  Setup setup;
  JobState job;
  std::vector<SizeState> sizes;  // one for each of setup.batch_sizes, in their order

  bool operator==(const State&) const = default;
};

// The state of a new job.
JobState MakeJobState();
State MakeState(Setup setup);

// The progress of a run. Costs that are not valid (NaN, infinite, zero or negative, see constants.h) are unknown.
struct Progress {
  int64_t epochs = 0;                                            // completed; below 1: none
  double cost = 0;                                               // of exactly these epochs together
  double first_cost = std::numeric_limits<double>::quiet_NaN();  // of the first epoch
};

// The end of a run.
enum class Outcome {
  kConverged,   // it reached the target, whatever it cost
  kStopped,     // the policy stopped it, or it completed max_epochs
  kGaveUp,      // the trainer ended by itself without the target
  kFailed,      // it crashed, or was silent for too long
  kInfeasible,  // it ran out of memory
  kLost,        // it was cancelled, which says nothing
};

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_STATE_H_
