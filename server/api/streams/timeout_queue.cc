#include "server/api/streams/timeout_queue.h"

#include <chrono>
#include <utility>

namespace zeus::bso::api {
namespace {

// Clocks of the wall are set.
absl::Duration Now() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

}  // namespace

TimeoutQueue::TimeoutQueue(absl::Duration timeout) : timeout_(timeout), thread_([this] { Run(); }) {}

TimeoutQueue::~TimeoutQueue() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_up_.Signal();
  }
  thread_.join();
}

TimeoutQueue::Id TimeoutQueue::Add(OnTimeout on_timeout) {
  absl::MutexLock lock(&mutex_);
  const absl::Duration due = Now() + timeout_;  // Under the mutex, so that the order of ids is that of times.
  entries_.emplace_hint(entries_.end(), ++last_id_, Entry{due, std::move(on_timeout)});
  // Hardly ever: it sleeps until the first is due that was there when it went to sleep, whether that is still there.
  if (due < sleeps_until_) wake_up_.Signal();
  return last_id_;
}

void TimeoutQueue::Remove(Id id) {
  std::map<Id, Entry>::node_type removed;  // Ends when others can go on.
  absl::MutexLock lock(&mutex_);
  removed = entries_.extract(id);
}

void TimeoutQueue::Run() {
  while (OnTimeout on_timeout = AwaitNext()) std::move(on_timeout)();
}

TimeoutQueue::OnTimeout TimeoutQueue::AwaitNext() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    const auto first = entries_.begin();
    const absl::Duration due = first == entries_.end() ? absl::InfiniteDuration() : first->second.due;
    const absl::Duration remaining = due - Now();
    if (remaining <= absl::ZeroDuration()) {
      return std::move(entries_.extract(first).mapped().on_timeout);
    }
    sleeps_until_ = due;
    wake_up_.WaitWithTimeout(&mutex_, remaining);
    sleeps_until_ = -absl::InfiniteDuration();
  }
  return nullptr;
}

}  // namespace zeus::bso::api
