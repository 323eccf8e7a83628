// Shows in the health of the servers whether the store takes changes.
#ifndef ZEUS_BSO_SERVER_GRPC_LISTENER_HEALTH_WATCH_H_
#define ZEUS_BSO_SERVER_GRPC_LISTENER_HEALTH_WATCH_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/store.h"

namespace zeus::bso::rpc {

class HealthWatch {
 public:
  // Begins at once: calls `show` with whether the server serves, each time that this changes; at the beginning it does.
  // `store` outlives it.
  HealthWatch(const storage::Store& store, std::function<void(bool is_serving)> show);

  ~HealthWatch() { Stop(); }

  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // Returns when `show` is not called any more.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  const storage::Store& store_;
  const std::function<void(bool)> show_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_GRPC_LISTENER_HEALTH_WATCH_H_
