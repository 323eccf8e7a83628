#include "tests/bench/arrivals.h"

#include <algorithm>

namespace zeus::bso::bench {
namespace {

// How late a slot may be woken: each wake-up of the pacer takes all that is due.
constexpr std::chrono::microseconds kShortestSleep{50};

std::chrono::nanoseconds Interval(double per_second) {
  return std::chrono::nanoseconds(per_second == 0 ? 0 : static_cast<int64_t>(1e9 / per_second));
}

}  // namespace

Arrivals::Arrivals(double per_second) : interval_(Interval(per_second)), next_due_(Clock::now()) {
  if (interval_.count() != 0) pacer_ = std::thread([this] { Pace(); });
}

Arrivals::~Arrivals() {
  Stop();
  if (pacer_.joinable()) pacer_.join();
}

void Arrivals::Stop() {
  std::vector<Awaitable*> idle;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    idle.swap(idle_);
  }
  for (Awaitable* const awaitable : idle) awaitable->waiting_.resume();
}

std::optional<Clock::time_point> Arrivals::TakeDue(Clock::time_point now) {
  if (next_due_ > now) return std::nullopt;
  const Clock::time_point due = next_due_;
  next_due_ += interval_;
  return due;
}

void Arrivals::Pace() {
  while (!stopped_) {
    Clock::time_point next;
    std::vector<Awaitable*> woken;
    {
      absl::MutexLock lock(&mutex_);
      const Clock::time_point now = Clock::now();
      while (!idle_.empty()) {
        const std::optional<Clock::time_point> due = TakeDue(now);
        if (!due.has_value()) break;
        idle_.back()->due_ = due;
        woken.push_back(idle_.back());
        idle_.pop_back();
      }
      next = next_due_;
    }
    for (Awaitable* const awaitable : woken) awaitable->waiting_.resume();
    std::this_thread::sleep_until(std::max(next, Clock::now() + kShortestSleep));
  }
}

bool Arrivals::Awaitable::await_ready() {
  if (arrivals_.stopped_) return true;
  if (arrivals_.interval_.count() != 0) return false;
  due_ = Clock::now();
  return true;
}

bool Arrivals::Awaitable::await_suspend(std::coroutine_handle<> waiting) {
  absl::MutexLock lock(&arrivals_.mutex_);
  if (arrivals_.stopped_) return false;
  due_ = arrivals_.TakeDue(Clock::now());
  if (due_.has_value()) return false;
  waiting_ = waiting;
  arrivals_.idle_.push_back(this);
  return true;
}

}  // namespace zeus::bso::bench
