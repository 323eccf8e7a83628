#include "client/cpp/src/heart.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cpp/src/cancellation.h"
#include "client/cpp/src/stopwatch.h"
#include "client/cpp/src/trial_calls.h"

namespace zeus::bso::client_internal {
namespace {

// A heartbeat is abandoned when the next one is due, so that one that hangs does not cost the trial. It has at least
// this long.
constexpr absl::Duration kMinHeartbeatTimeout = absl::Seconds(1);

bool HasEnded(const absl::StatusOr<v1::Trial>& now) {
  return now.ok() ? now->status() != v1::TRIAL_STATUS_DISPATCHED : absl::IsNotFound(now.status());
}

}  // namespace

Heart::Heart(std::shared_ptr<Connection> connection, v1::Trial trial, absl::Duration interval)
    : connection_(std::move(connection)), trial_(std::move(trial)) {
  if (interval > absl::ZeroDuration()) thread_ = std::jthread([this, interval] { Beat(interval); });
}

void Heart::Beat(absl::Duration interval) {
  Cancellation cancellation(over_.get_token(), connection_->closed());
  const Connection::Limits limits = {.stop = over_.get_token(), .within = std::max(interval, kMinHeartbeatTimeout)};
  Stopwatch stopwatch;
  do {
    stopwatch = Stopwatch();
    try {
      if (HasEnded(Heartbeat(*connection_, trial_, interval, limits))) SetOver();
    } catch (const std::exception&) {
      // Such as std::bad_alloc. The training reports it if it lasts; the next heartbeat may succeed.
    }
  } while (cancellation.SleepFor(interval - stopwatch.elapsed()));
}

}  // namespace zeus::bso::client_internal
