// Which batch sizes of a job are not to be tried again, because of how their trials failed. Pure functions.
#ifndef ZEUS_BSO_SERVER_POLICY_ZEUS_FAILED_SIZES_H_
#define ZEUS_BSO_SERVER_POLICY_ZEUS_FAILED_SIZES_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "model/error.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso {

// Takes in how a trial of this size ended.
void CountOutcome(Job& job, int64_t batch_size, const TrialOutcome& outcome);

// Whether the size counts as one that does not converge: it, or a smaller one, is infeasible; or it failed
// max_failures_per_batch_size times since its last result.
bool IsRuledOut(const Job& job, int64_t batch_size);

// Whether it is ruled out for its own failures alone.
bool FailsTooOften(const Job& job, int64_t batch_size);

// The error for a job of which none of `batch_sizes` is left: `message`, continued with why, size by size. Metadata
// "failed_batch_sizes" and "infeasible_batch_sizes" name those that are ruled out. Of many sizes, the first twenty.
absl::Status NoSizeLeft(Reason reason, const Job& job, std::span<const int64_t> batch_sizes,
                        std::map<std::string, std::string> metadata, const std::string& message);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_ZEUS_FAILED_SIZES_H_
