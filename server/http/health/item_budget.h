// How many frames or requests, and bytes, a connection may still send.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_ITEM_BUDGET_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_ITEM_BUDGET_H_

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "server/http/health/bounds.h"

namespace zeus::bso::http::health {

// A bucket of tokens, which fills at a steady rate (bounds.h).
class ItemBudget {
  using Clock = std::chrono::steady_clock;

 public:
  // Takes one frame or request; false: nothing is left.
  bool TakeItem() { return Take(1); }

  // Takes what so many bytes count for; false: nothing is left.
  bool TakeBytes(size_t num_bytes) { return Take(static_cast<double>(num_bytes) / kBytesPerItem); }

 private:
  bool Take(double count) {
    const Clock::time_point now = Clock::now();
    const std::chrono::duration<double> passed = now - time_;
    time_ = now;
    left_ = std::min(kMaxItemsAtOnce, left_ + passed.count() * kItemsPerSecond);
    if (left_ < count) return false;
    left_ -= count;
    return true;
  }

  double left_ = kMaxItemsAtOnce;
  Clock::time_point time_ = Clock::now();
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_ITEM_BUDGET_H_
