#include "client/cpp/src/retry.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "client/cpp/src/stopwatch.h"

namespace zeus::bso::client_internal {
namespace {

// 2^30 times anything is more than any bound.
constexpr int kMaxDoublings = 30;

}  // namespace

bool MayRepeat(absl::StatusCode code, Repeatable repeatable) {
  if (code == absl::StatusCode::kAborted) return true;
  if (repeatable == Repeatable::kNothingChanged) return false;
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded;
}

absl::Duration MaxBackoff(const RetryPolicy& policy, int attempts) {
  const int doublings = std::min(attempts - 1, kMaxDoublings);
  return std::min(policy.max_backoff, policy.first_backoff * std::ldexp(1.0, doublings));
}

absl::Duration Backoff(const RetryPolicy& policy, int attempts) {
  // From the system's entropy: forked children would share the state of a generator, and come back together.
  std::random_device random;
  return MaxBackoff(policy, attempts) * std::uniform_real_distribution<double>()(random);
}

absl::Status CallWithRetries(absl::FunctionRef<absl::Status(absl::Duration)> attempt, absl::Duration timeout,
                             const RetryPolicy& policy, Repeatable repeatable, Cancellation& cancellation) {
  const Stopwatch stopwatch;
  absl::Duration remaining = timeout;
  absl::Status before;
  for (int attempts = 1;; ++attempts) {
    absl::Status status = attempt(std::min(timeout, remaining));
    // The last attempt has less time than it may need, and does not tell what is wrong.
    if (remaining < timeout && absl::IsDeadlineExceeded(status)) return before;
    if (status.ok() || !MayRepeat(status.code(), repeatable)) return status;
    const absl::Duration backoff = Backoff(policy, attempts);
    remaining = policy.total - stopwatch.elapsed() - backoff;
    if (remaining <= absl::ZeroDuration()) return status;
    before = std::move(status);
    if (!cancellation.SleepFor(backoff)) return absl::CancelledError("cancelled between two attempts");
  }
}

}  // namespace zeus::bso::client_internal
