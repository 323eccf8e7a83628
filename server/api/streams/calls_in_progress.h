// Counts the calls that are in progress, so that a server that is to stop knows when it can.
#ifndef ZEUS_BSO_SERVER_API_STREAMS_CALLS_IN_PROGRESS_H_
#define ZEUS_BSO_SERVER_API_STREAMS_CALLS_IN_PROGRESS_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace zeus::bso::api {

// Thread-safe.
class CallsInProgress {
 public:
  // Counts one more, until End. DRAINING: it does not, as no more calls are served.
  absl::Status Begin();
  void End() { state_.fetch_sub(kOneCall); }

  // Serves no more calls, and returns when none is in progress, or after `patience`.
  void Drain(absl::Duration patience);

 private:
  static constexpr int64_t kDraining = 1;
  static constexpr int64_t kOneCall = 2;

  std::atomic<int64_t> state_ = 0;  // kOneCall for each call, and kDraining.
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_STREAMS_CALLS_IN_PROGRESS_H_
