#include "tests/bench/load.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "tests/bench/arrivals.h"
#include "tests/bench/histogram.h"
#include "tests/bench/process_usage.h"

namespace zeus::bso::bench {
namespace {

// One measurement while it goes on. Thread-safe.
class Run {
 public:
  Run(const LoadOptions& options, const Work& work)
      : options_(options), work_(work), arrivals_(options.per_second), slots_(options.in_flight) {}

  Detached RunSlot(Slot slot) {
    while (true) {
      const std::optional<Clock::time_point> due = co_await arrivals_.Next();
      if (!due.has_value() || begun_.fetch_add(1) >= options_.max_units) break;
      const grpc::Status status = co_await work_(slot);
      if (status.error_code() == kNoMoreWork) break;
      Record(*due, status);
    }
    EndEarly();
    repeats_ += slot.repeats;
    slots_.DecrementCount();
  }

  // The window opens: with the first unit, or after a warm-up.
  void Open(pid_t server) {
    busy_before_ = MachineBusySeconds();
    client_before_ = UsageOf(getpid());
    server_before_ = UsageOf(server);
    begin_ = Clock::now().time_since_epoch().count();
  }

  Measurement Await(pid_t server) {
    if (options_.warm_up.count() > 0) {
      early_end_.WaitForNotificationWithTimeout(absl::FromChrono(options_.warm_up));
      Open(server);
    }
    early_end_.WaitForNotificationWithTimeout(absl::FromChrono(options_.window));
    while (ended_in_window_ == 0 && !early_end_.WaitForNotificationWithTimeout(absl::Milliseconds(1))) {
    }
    end_ = Clock::now().time_since_epoch().count();
    const ProcessUsage server_after = UsageOf(server);
    const ProcessUsage client_after = UsageOf(getpid());
    const double busy_after = MachineBusySeconds();
    arrivals_.Stop();
    slots_.Wait();

    Measurement measured;
    measured.seconds = static_cast<double>(end_ - begin_) / 1e9;
    measured.units = ended_in_window_;
    measured.repeats = repeats_;
    measured.p50_micros = latencies_.QuantileMicros(0.5);
    measured.p99_micros = latencies_.QuantileMicros(0.99);
    measured.p999_micros = latencies_.QuantileMicros(0.999);
    const double units = static_cast<double>(std::max<int64_t>(measured.units, 1));
    const double server_cpu = server_after.cpu_seconds - server_before_.cpu_seconds;
    const double client_cpu = server == getpid() ? 0 : client_after.cpu_seconds - client_before_.cpu_seconds;
    measured.server_cpu_micros = server_cpu * 1e6 / units;
    measured.client_cpu_micros = client_cpu * 1e6 / units;
    measured.cpus_of_others = std::max(0.0, busy_after - busy_before_ - server_cpu - client_cpu) / measured.seconds;
    measured.written_bytes = (server_after.written_bytes - server_before_.written_bytes) / units;
    absl::MutexLock lock(&mutex_);
    measured.failures = failures_;
    measured.first_failure = first_failure_;
    return measured;
  }

 private:
  void Record(Clock::time_point due, const grpc::Status& status) {
    const Clock::time_point now = Clock::now();
    if (InWindow(due)) latencies_.Add(now - due);
    if (InWindow(now)) ended_in_window_.fetch_add(1, std::memory_order_relaxed);
    if (status.ok()) return;
    absl::MutexLock lock(&mutex_);
    if (failures_++ == 0) first_failure_ = absl::StrCat(status.error_code(), " ", status.error_message());
  }

  bool InWindow(Clock::time_point time) const {
    const int64_t count = time.time_since_epoch().count();
    return count >= begin_ && count < end_;
  }

  void EndEarly() {
    if (!ending_.exchange(true)) early_end_.Notify();
  }

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  const LoadOptions& options_;
  const Work& work_;
  double busy_before_ = 0;
  ProcessUsage client_before_;
  ProcessUsage server_before_;
  std::atomic<int64_t> begin_ = kNever;
  std::atomic<int64_t> end_ = kNever;
  std::atomic<int64_t> begun_ = 0;
  std::atomic<int64_t> ended_in_window_ = 0;
  std::atomic<int64_t> repeats_ = 0;
  Histogram latencies_;
  absl::Mutex mutex_;
  int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string first_failure_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> ending_ = false;
  absl::Notification early_end_;
  Arrivals arrivals_;
  absl::BlockingCounter slots_;
};

}  // namespace

Measurement Measure(const LoadOptions& options, const Connections* connections, pid_t server, const Work& work) {
  const auto run = std::make_unique<Run>(options, work);
  if (options.warm_up.count() == 0) run->Open(server);
  std::random_device seed;
  for (int i = 0; i < options.in_flight; ++i) {
    run->RunSlot({.connection = connections == nullptr ? nullptr : &connections->ForSlot(i),
                  .random = std::minstd_rand(seed())});
  }
  return run->Await(server);
}

}  // namespace zeus::bso::bench
