#include "server/service/job_queue.h"

#include <utility>

namespace zeus::bso {

void JobQueue::Add(const std::string& job_id) {
  absl::MutexLock lock(&mutex_);
  if (queued_.insert(job_id).second) jobs_.push_back(job_id);
}

std::vector<std::string> JobQueue::Take(size_t most) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> taken;
  while (!jobs_.empty() && taken.size() < most) {
    queued_.erase(jobs_.front());
    taken.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  return taken;
}

void JobQueue::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
}

bool JobQueue::stopped() const {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

bool JobQueue::Wait() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &JobQueue::CanGoOn));
  return !stopped_;
}

bool JobQueue::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&stopped_), duration);
}

}  // namespace zeus::bso
