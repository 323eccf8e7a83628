#include "server/http/connect/deadlines.h"

#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"

namespace zeus::bso::http {

TEST_CASE("Timers call in the order in which they are due") {
  absl::Mutex mutex;
  std::vector<int> called;
  absl::Notification last;
  Deadlines deadlines;
  std::vector<std::unique_ptr<Deadlines::Timer>> timers;
  for (const int i : {2, 0, 1}) {
    timers.push_back(deadlines.Start(absl::Milliseconds(20 * i), [&, i] {
      absl::MutexLock lock(&mutex);
      called.push_back(i);
      if (i == 2) last.Notify();
    }));
  }
  last.WaitForNotification();
  absl::MutexLock lock(&mutex);
  CHECK(called == std::vector<int>{0, 1, 2});
}

TEST_CASE("A timer that is dropped does not call, and one that is infinite does not exist") {
  bool called = false;
  absl::Notification later;
  Deadlines deadlines;
  auto dropped = deadlines.Start(absl::Milliseconds(20), [&] { called = true; });
  dropped.reset();
  const auto timer = deadlines.Start(absl::Milliseconds(40), [&] { later.Notify(); });
  later.WaitForNotification();
  CHECK_FALSE(called);
  CHECK(deadlines.Start(absl::InfiniteDuration(), [] {}) == nullptr);
}

}  // namespace zeus::bso::http
