// A training in a trial, from its start to its end.
#ifndef ZEUS_BSO_RUN_TRIAL_H_
#define ZEUS_BSO_RUN_TRIAL_H_

#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "zeus/bso/client.h"
#include "zeus/bso/trial_run.h"

namespace zeus::bso {

// Starts a trial, trains in it, and ends it if it is still running then. How `train` is left says how it ends:
//   TRIAL_FAILURE_INFEASIBLE     std::bad_alloc, or an exception whose what() says "out of memory", as CUDA's do
//   TRIAL_FAILURE_CANCELLED      an error CANCELLED, UNAVAILABLE or DEADLINE_EXCEEDED: somebody stopped the training
//                                or the server cannot be reached, which says nothing about the batch size
//   TRIAL_FAILURE_FAILED         any other error or exception
//   TRIAL_FAILURE_NOT_CONVERGED  OK without a result: the training loop ended by itself
// Exceptions go on to the caller. Else the answer is the error of `train`, or of the calls that start and end the
// trial.
absl::Status RunTrial(Client& client, std::string_view job_id, absl::FunctionRef<absl::Status(TrialRun&)> train,
                      const TrialRunOptions& options = {});

}  // namespace zeus::bso

#endif  // ZEUS_BSO_RUN_TRIAL_H_
