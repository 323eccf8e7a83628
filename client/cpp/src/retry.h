// Repeats calls that failed for a reason that passes, with waits that grow.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_RETRY_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_RETRY_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cpp/src/cancellation.h"
#include "zeus/bso/client_options.h"

namespace zeus::bso::client_internal {

// What a call may be repeated after.
enum class Repeatable {
  kNothingChanged,  // ABORTED: for calls that must not take effect twice.
  kOutcomeUnknown,  // UNAVAILABLE and DEADLINE_EXCEEDED, besides: for calls that may.
};

bool MayRepeat(absl::StatusCode code, Repeatable repeatable);

// The most to wait after so many attempts, at least 1.
absl::Duration MaxBackoff(const RetryPolicy& policy, int attempts);

// How long to wait after so many attempts: anything up to MaxBackoff.
absl::Duration Backoff(const RetryPolicy& policy, int attempts);

// Calls `attempt`, given its timeout, until it succeeds, fails for good, or time is up: the last attempt's status, or
// CANCELLED when it was cancelled between two.
absl::Status CallWithRetries(absl::FunctionRef<absl::Status(absl::Duration)> attempt, absl::Duration timeout,
                             const RetryPolicy& policy, Repeatable repeatable, Cancellation& cancellation);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_RETRY_H_
