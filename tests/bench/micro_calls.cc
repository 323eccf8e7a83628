// What it costs to count a call, without the call: two reads of the clock and four counters.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "server/api/access/caller.h"
#include "server/api/calls/call_monitor.h"
#include "server/api/calls/call_record.h"

namespace zeus::bso::bench {
namespace {

class Anybody final : public api::Caller {
 public:
  api::Transport transport() const override { return api::Transport::kGrpc; }
  std::chrono::steady_clock::time_point arrival() const override { return std::chrono::steady_clock::now(); }
  // As over gRPC: read when it is needed.
  api::TraceReader trace() const override {
    return [caller = this] { return std::string(caller->authorization().size(), 'x'); };
  }
  std::chrono::system_clock::time_point deadline() const override {
    return std::chrono::system_clock::time_point::max();
  }
  std::vector<absl::string_view> authorization() const override { return {}; }
  std::optional<std::vector<absl::string_view>> certificate_names() const override { return std::nullopt; }
};

void CountCall(benchmark::State& state, api::CallMonitor& monitor) {
  const Anybody caller;
  const std::string request_type = "StartTrialRequest";
  for (auto _ : state) {
    api::CallRecord record(monitor, caller, api::MethodId::kBatchSizeOptimizerStartTrial);
    record.End(request_type, absl::OkStatus());
  }
}

void CountUnaryCall(benchmark::State& state) {
  static auto* const monitor = new api::CallMonitor();
  CountCall(state, *monitor);
}
BENCHMARK(CountUnaryCall)->Threads(1)->Threads(2);

void CountCallThatMayBeSlow(benchmark::State& state) {
  static auto* const monitor = new api::CallMonitor(absl::Hours(1));
  CountCall(state, *monitor);
}
BENCHMARK(CountCallThatMayBeSlow);

}  // namespace
}  // namespace zeus::bso::bench
