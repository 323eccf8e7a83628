// The clock of a store, by which things are due. It runs while a server has the store open, and stands still otherwise.
#ifndef ZEUS_BSO_STORAGE_SERVING_CLOCK_H_
#define ZEUS_BSO_STORAGE_SERVING_CLOCK_H_

#include <chrono>

#include "absl/time/time.h"

namespace zeus::bso::storage {

// It began with the time of day, in stores of servers that had only that, too, so that their times go on. It goes on
// from where it was stored last: at least every ten seconds while anything is due, and at a clean end. Thread-safe.
class ServingClock {
 public:
  explicit ServingClock(absl::Time start) : start_(start) {}

  absl::Time Now() const { return start_ + absl::FromChrono(std::chrono::steady_clock::now() - begin_); }

 private:
  const absl::Time start_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_SERVING_CLOCK_H_
