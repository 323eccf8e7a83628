#include "server/http/connect/deadlines.h"

#include <chrono>

namespace zeus::bso::http {
namespace {

absl::Duration Now() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

}  // namespace

Deadlines::~Deadlines() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_up_.Signal();
  }
  thread_.join();
}

std::unique_ptr<Deadlines::Timer> Deadlines::Start(absl::Duration timeout, OnDeadline on_deadline) {
  if (timeout == absl::InfiniteDuration()) return nullptr;
  absl::MutexLock lock(&mutex_);
  const Key key(Now() + timeout, ++last_number_);
  const auto added = timers_.emplace(key, std::move(on_deadline)).first;
  if (added == timers_.begin()) wake_up_.Signal();
  return std::make_unique<Timer>(*this, key);
}

void Deadlines::Remove(const Key& key) {
  std::map<Key, OnDeadline>::node_type removed;  // Ends when others can go on.
  absl::MutexLock lock(&mutex_);
  removed = timers_.extract(key);
}

void Deadlines::Run() {
  while (OnDeadline on_deadline = AwaitNext()) std::move(on_deadline)();
}

Deadlines::OnDeadline Deadlines::AwaitNext() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    const auto first = timers_.begin();
    const absl::Duration remaining = first == timers_.end() ? absl::InfiniteDuration() : first->first.first - Now();
    if (remaining <= absl::ZeroDuration()) return std::move(timers_.extract(first).mapped());
    wake_up_.WaitWithTimeout(&mutex_, remaining);
  }
  return nullptr;
}

}  // namespace zeus::bso::http
