// Which batch sizes of a job are not to be tried again, because of how their trials failed.
#ifndef ZEUS_BSO_SERVER_POLICY_ZEUS_FAILED_SIZES_H_
#define ZEUS_BSO_SERVER_POLICY_ZEUS_FAILED_SIZES_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/error.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/policy/policy.h"

namespace zeus::bso {

// How a trial counts. One that ran out of memory has failed, if its size is known to fit, or is the smallest one.
absl::StatusOr<TrialOutcome> CountedOutcome(const Job& job, const Trial& trial, JobRecords& records);

// Takes in how a trial of this size ended. A size that has converged fits, and so does any smaller one.
void CountOutcome(Job& job, int64_t batch_size, const TrialOutcome& outcome);

// Takes back one of the failures of this size that were counted.
void TakeBackFailure(Job& job, int64_t batch_size);

// Whether the size counts as one that does not converge: it, or a smaller one, is infeasible; or it failed
// max_failures_per_batch_size times since its last result. The smallest size is never infeasible, as that would end the
// job.
bool IsRuledOut(const Job& job, int64_t batch_size);

// Whether it is ruled out for its own failures alone.
bool FailsTooOften(const Job& job, int64_t batch_size);

// The error for a job of which none of `batch_sizes` is left: `message`, continued with why, size by size. Metadata
// "failed_batch_sizes" and "infeasible_batch_sizes" name those that are ruled out. Of many sizes, the first twenty.
absl::Status NoSizeLeft(Reason reason, const Job& job, std::span<const int64_t> batch_sizes,
                        std::map<std::string, std::string> metadata, const std::string& message);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_POLICY_ZEUS_FAILED_SIZES_H_
