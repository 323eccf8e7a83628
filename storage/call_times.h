// Where a call of Store::Transact spends its time.
#ifndef ZEUS_BSO_STORAGE_CALL_TIMES_H_
#define ZEUS_BSO_STORAGE_CALL_TIMES_H_

#include <chrono>

#include "absl/time/time.h"

namespace zeus::bso::storage {

// Set by the thread that runs the call at the time.
struct CallTimes {
  using Clock = std::chrono::steady_clock;

  // Of the last run of the body. Earlier runs had to wait for locks.
  Clock::time_point body_begin;
  Clock::time_point body_end;
  // How long the group of this call was written and synced; zero: it was not.
  absl::Duration write = absl::ZeroDuration();
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_CALL_TIMES_H_
