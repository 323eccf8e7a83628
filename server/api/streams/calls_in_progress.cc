#include "server/api/streams/calls_in_progress.h"

#include <chrono>

#include "absl/time/clock.h"
#include "model/error.h"

namespace zeus::bso::api {

absl::Status CallsInProgress::Begin() {
  if ((state_.fetch_add(kOneCall) & kDraining) == 0) return absl::OkStatus();
  End();
  return MakeError(Reason::kDraining, "the server is about to stop; nothing was done");
}

void CallsInProgress::Drain(absl::Duration patience) {
  constexpr absl::Duration kPeriod = absl::Milliseconds(1);
  state_.fetch_or(kDraining);
  const auto begin = std::chrono::steady_clock::now();
  const auto is_over = [&] { return absl::FromChrono(std::chrono::steady_clock::now() - begin) >= patience; };
  // Not woken by the end of the last call, which could then still be at work here when the server is gone.
  while (state_.load() != kDraining && !is_over()) absl::SleepFor(kPeriod);
}

}  // namespace zeus::bso::api
