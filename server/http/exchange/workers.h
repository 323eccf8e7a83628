// The threads that parse requests, build lists and print responses, so that the one that reads and writes sockets never
// waits.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_WORKERS_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_WORKERS_H_

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace zeus::bso::http {

// Thread-safe.
class Workers {
 public:
  using Work = absl::AnyInvocable<void() &&>;

  explicit Workers(int num_threads);
  ~Workers() { Stop(); }

  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Has one of the threads do it; drops it after Stop.
  void Do(Work work) ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns when everything that was to be done is done. Not to be called by two threads at a time.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool HasWorkOrStops() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); }
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // Last: they use all of the above.
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_WORKERS_H_
