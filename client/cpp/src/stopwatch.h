// Time that has passed, whatever is done to the clock meanwhile.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_STOPWATCH_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_STOPWATCH_H_

#include <chrono>

#include "absl/time/time.h"

namespace zeus::bso::client_internal {

class Stopwatch {
 public:
  // Since it was made or assigned.
  absl::Duration elapsed() const { return absl::FromChrono(std::chrono::steady_clock::now() - start_); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_STOPWATCH_H_
