#include "server/grpc/listener/health_watch.h"

#include <utility>

#include "absl/time/time.h"

namespace zeus::bso::rpc {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(200);

}  // namespace

HealthWatch::HealthWatch(const storage::Store& store, std::function<void(bool)> show)
    : store_(store), show_(std::move(show)), thread_([this] { Run(); }) {}

void HealthWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void HealthWatch::Run() {
  bool is_serving = true;
  while (true) {
    if (store_.health().ok() != is_serving) {
      is_serving = !is_serving;
      show_(is_serving);
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPeriod)) return;
  }
}

}  // namespace zeus::bso::rpc
