#include "server/api/streams/calls_in_progress.h"

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"

namespace zeus::bso::api {
namespace {

using testing::FailsWith;
using testing::IsOk;

TEST_CASE("A drain waits for the calls in progress, and no others begin") {
  CallsInProgress calls;
  CHECK_THAT(calls.Begin(), IsOk());
  CHECK_THAT(calls.Begin(), IsOk());
  absl::Notification drained;
  std::thread drain([&] {
    calls.Drain(absl::InfiniteDuration());
    drained.Notify();
  });
  while (calls.Begin().ok()) calls.End();
  CHECK_THAT(calls.Begin(), FailsWith(Reason::kDraining));
  calls.End();
  CHECK_FALSE(drained.HasBeenNotified());
  calls.End();
  drain.join();
  CHECK_THAT(calls.Begin(), FailsWith(Reason::kDraining));
  calls.Drain(absl::InfiniteDuration());
}

TEST_CASE("A drain does not wait for ever") {
  CallsInProgress calls;
  CHECK_THAT(calls.Begin(), IsOk());
  calls.Drain(absl::ZeroDuration());
  CHECK_THAT(calls.Begin(), FailsWith(Reason::kDraining));
}

}  // namespace
}  // namespace zeus::bso::api
