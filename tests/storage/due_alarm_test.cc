#include "storage/due_alarm.h"

#include <atomic>
#include <thread>

#include "catch2/catch.hpp"

namespace zeus::bso::storage {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// No test waits that long.
constexpr absl::Duration kLong = absl::Hours(1);

TEST_CASE("The wait for something that is due is over at once") {
  DueAlarm alarm;
  std::atomic<bool> stopping = false;
  alarm.Set(kNow + kLong);
  alarm.Set(kNow);
  CHECK(alarm.Wait(kNow, kLong, stopping));
}

TEST_CASE("The wait ends when its time has come") {
  DueAlarm alarm;
  std::atomic<bool> stopping = false;
  alarm.Set(kNow + absl::Milliseconds(5));
  CHECK(alarm.Wait(kNow, kLong, stopping));
}

TEST_CASE("The wait ends after the time that it may take") {
  DueAlarm alarm;
  std::atomic<bool> stopping = false;
  CHECK(alarm.Wait(kNow, absl::Milliseconds(1), stopping));
  alarm.Set(kNow + kLong);
  CHECK(alarm.Wait(kNow, absl::Milliseconds(1), stopping));
}

TEST_CASE("An earlier time that is set during the wait ends it") {
  DueAlarm alarm;
  std::atomic<bool> stopping = false;
  alarm.Set(kNow + kLong);
  std::thread waiting([&] { CHECK(alarm.Wait(kNow, kLong, stopping)); });
  alarm.Set(kNow + kLong / 2);
  alarm.Set(kNow);
  waiting.join();
}

TEST_CASE("What was set before the alarm was cleared is forgotten") {
  DueAlarm alarm;
  std::atomic<bool> stopping = false;
  alarm.Set(kNow);
  alarm.Clear();
  std::thread waiting([&] { CHECK_FALSE(alarm.Wait(kNow, kLong, stopping)); });
  alarm.Stop(stopping);
  waiting.join();
}

TEST_CASE("Stopped before the wait, it ends at once, and only that of the same waiter") {
  DueAlarm alarm;
  std::atomic<bool> stopping = false;
  const std::atomic<bool> not_stopping = false;
  alarm.Stop(stopping);
  CHECK_FALSE(alarm.Wait(kNow, kLong, stopping));
  CHECK(alarm.Wait(kNow, absl::Milliseconds(1), not_stopping));
}

}  // namespace
}  // namespace zeus::bso::storage
