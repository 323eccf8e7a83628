// TimeoutQueue: who is told that their time is up, in which order, and who is not.
#include "server/api/streams/timeout_queue.h"

#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"

namespace zeus::bso::api {
namespace {

// Tests assert nothing about time but its order.
constexpr absl::Duration kShort = absl::Milliseconds(20);

TEST_CASE("All whose time is up are told, in the order in which they came") {
  TimeoutQueue queue(kShort);
  std::vector<int> told;  // By one thread.
  absl::BlockingCounter untold(3);
  for (int i = 0; i < 3; ++i) {
    queue.Add([&, i] {
      told.push_back(i);
      untold.DecrementCount();
    });
  }
  untold.Wait();
  CHECK(told == std::vector<int>{0, 1, 2});
}

TEST_CASE("Nobody is told before their time") {
  TimeoutQueue queue(kShort);
  const absl::Time begin = absl::Now();
  absl::Time end;
  absl::Notification told;
  queue.Add([&] {
    end = absl::Now();
    told.Notify();
  });
  told.WaitForNotification();
  CHECK(end - begin >= kShort / 2);  // The clock of the wall may be corrected meanwhile.
}

TEST_CASE("Who is removed is not told, and those after are") {
  TimeoutQueue queue(kShort);
  bool removed_was_told = false;
  absl::Notification other_was_told;
  const TimeoutQueue::Id first = queue.Add([&] { removed_was_told = true; });
  const TimeoutQueue::Id second = queue.Add([&] { removed_was_told = true; });
  queue.Add([&] { other_was_told.Notify(); });
  queue.Remove(second);
  queue.Remove(first);
  queue.Remove(first);
  other_was_told.WaitForNotification();
  CHECK_FALSE(removed_was_told);
}

TEST_CASE("Who comes when the queue was empty for long is told") {
  TimeoutQueue queue(kShort);
  for (int i = 0; i < 3; ++i) {
    absl::SleepFor(2 * kShort);
    absl::Notification told;
    queue.Add([&] { told.Notify(); });
    told.WaitForNotification();
  }
}

TEST_CASE("Who is told can add and remove") {
  TimeoutQueue queue(kShort);
  absl::Notification told;
  bool removed_was_told = false;
  TimeoutQueue::Id removed = 0;
  absl::Notification removed_is_known;
  queue.Add([&] {
    removed_is_known.WaitForNotification();
    queue.Remove(removed);
    queue.Add([&] { told.Notify(); });
  });
  removed = queue.Add([&] { removed_was_told = true; });
  removed_is_known.Notify();
  told.WaitForNotification();
  CHECK_FALSE(removed_was_told);
}

TEST_CASE("Who is removed is forgotten, with all that they hold") {
  TimeoutQueue queue(kShort);
  const auto held = std::make_shared<int>(0);
  const TimeoutQueue::Id id = queue.Add([held] {});
  CHECK(held.use_count() == 2);
  queue.Remove(id);
  CHECK(held.use_count() == 1);
}

TEST_CASE("A queue that ends tells nobody whose time is not up, however many wait") {
  bool told = false;
  {
    TimeoutQueue queue(absl::InfiniteDuration());
    for (int i = 0; i < 3; ++i) queue.Add([&] { told = true; });
  }
  CHECK_FALSE(told);
}

TEST_CASE("Many threads add and remove at once") {
  constexpr int kNumThreads = 4;
  constexpr int kEach = 200;
  TimeoutQueue queue(absl::Milliseconds(1));
  absl::BlockingCounter kept_untold(kNumThreads * kEach / 2);
  std::vector<std::thread> threads;
  for (int t = 0; t < kNumThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        if (i % 2 == 0) {
          queue.Add([&] { kept_untold.DecrementCount(); });
        } else {
          queue.Remove(queue.Add([] {}));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  kept_untold.Wait();
}

}  // namespace
}  // namespace zeus::bso::api
