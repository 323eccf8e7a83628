#include "server/http/exchange/workers.h"

#include <utility>

namespace zeus::bso::http {

Workers::Workers(int num_threads) {
  for (int i = 0; i < num_threads; ++i) threads_.emplace_back([this] { Run(); });
}

void Workers::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Workers::Do(Work work) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) queue_.push_back(std::move(work));
}

void Workers::Run() {
  while (true) {
    Work work;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(this, &Workers::HasWorkOrStops));
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    std::move(work)();
  }
}

}  // namespace zeus::bso::http
