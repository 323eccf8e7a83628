#include "tests/bench/load.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "catch2/catch.hpp"
#include "tests/bench/workers.h"

namespace zeus::bso::bench {
namespace {

using std::chrono::milliseconds;

// Work that takes a millisecond of one of two threads.
class SlowWork {
 public:
  Work work() {
    return [this](Slot&) { return Run(); };
  }
  int max_at_once() const { return max_at_once_; }
  int64_t count() const { return count_; }

 private:
  Task Run() {
    const int at_once = ++at_once_;
    int seen = max_at_once_;
    while (seen < at_once && !max_at_once_.compare_exchange_weak(seen, at_once)) {
    }
    co_await workers_.Switch();
    std::this_thread::sleep_for(milliseconds(1));
    ++count_;
    --at_once_;
    co_return grpc::Status::OK;
  }

  std::atomic<int> at_once_ = 0;
  std::atomic<int> max_at_once_ = 0;
  std::atomic<int64_t> count_ = 0;
  Workers workers_;
};

TEST_CASE("A closed loop keeps so many units in flight") {
  SlowWork slow;
  const Measurement measured = Measure({.in_flight = 6, .window = milliseconds(50)}, nullptr, getpid(), slow.work());
  CHECK(slow.max_at_once() == 6);
  CHECK(measured.units > 0);
  CHECK(measured.failures == 0);
  // Six units share two threads.
  CHECK(measured.p50_micros >= 2000);
}

TEST_CASE("An open loop counts the wait for a slot") {
  SlowWork slow;
  // Twice what the threads can do.
  const LoadOptions options{.in_flight = 2, .per_second = 4000, .window = milliseconds(100)};
  const Measurement measured = Measure(options, nullptr, getpid(), slow.work());
  CHECK(slow.max_at_once() == 2);
  // At the end of the window the queue is half of the window long, or longer.
  CHECK(measured.p99_micros > 20'000);
}

TEST_CASE("An open loop that has time keeps to its rate") {
  SlowWork slow;
  const LoadOptions options{
      .in_flight = 50, .per_second = 100, .warm_up = milliseconds(0), .window = milliseconds(200)};
  Measure(options, nullptr, getpid(), slow.work());
  CHECK(slow.count() <= 21);
}

TEST_CASE("A load ends when it has made so many units") {
  SlowWork slow;
  const LoadOptions options{
      .in_flight = 3, .warm_up = milliseconds(0), .window = std::chrono::minutes(10), .max_units = 20};
  const Measurement measured = Measure(options, nullptr, getpid(), slow.work());
  CHECK(slow.count() == 20);
  CHECK(measured.units >= 18);
}

TEST_CASE("A load ends when there is no more work, and tells failures") {
  std::atomic<int> left = 3;
  const auto run = [&](Slot&) -> Task {
    if (--left < 0) co_return grpc::Status(kNoMoreWork, "");
    co_return grpc::Status(grpc::StatusCode::ABORTED, "again");
  };
  const Work work = run;
  const Measurement measured =
      Measure({.warm_up = milliseconds(0), .window = std::chrono::minutes(10)}, nullptr, getpid(), work);
  CHECK(measured.failures == 3);
  CHECK(measured.first_failure == "10 again");
}

}  // namespace
}  // namespace zeus::bso::bench
