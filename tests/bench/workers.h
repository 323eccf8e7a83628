// Two threads that run what coroutines leave to them, as the two handler threads of a gRPC server do.
#ifndef ZEUS_BSO_TESTS_BENCH_WORKERS_H_
#define ZEUS_BSO_TESTS_BENCH_WORKERS_H_

#include <array>
#include <coroutine>
#include <deque>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace zeus::bso::bench {

// Thread-safe.
class Workers {
 public:
  Workers() {
    for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
  }

  // Nothing may wait to go on any more.
  ~Workers() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    for (std::thread& thread : threads_) thread.join();
  }

  // Awaited by a coroutine, which goes on on one of the threads.
  auto Switch() {
    struct Awaitable {
      Workers& workers;
      bool await_ready() const noexcept { return false; }
      [[gnu::noinline]] void await_suspend(std::coroutine_handle<> waiting) {
        absl::MutexLock lock(&workers.mutex_);
        workers.waiting_.push_back(waiting);
      }
      void await_resume() const noexcept {}
    };
    return Awaitable{*this};
  }

 private:
  void Run() {
    while (true) {
      std::coroutine_handle<> next;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(this, &Workers::HasWork));
        if (waiting_.empty()) return;
        next = waiting_.front();
        waiting_.pop_front();
      }
      next.resume();
    }
  }

  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); }

  absl::Mutex mutex_;
  std::deque<std::coroutine_handle<>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::array<std::thread, 2> threads_;  // Last: they use all of the above.
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_WORKERS_H_
