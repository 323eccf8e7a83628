#include "tests/bench/rest_goals.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/arrivals.h"
#include "tests/bench/disk_size.h"
#include "tests/bench/history_goals.h"
#include "tests/bench/process_usage.h"
#include "tests/support/health_client.h"
#include "tests/support/rpc_client.h"
#include "tests/support/server_process.h"

namespace zeus::bso::bench {
namespace {

using testing::ServerProcess;

constexpr int kTrialsPerJobAtStart = 10;

std::unique_ptr<ServerProcess> StartOn(const std::string& directory) {
  return std::make_unique<ServerProcess>(std::vector<std::string>{"--storage=rocksdb:" + directory});
}

// From the start of the process until its health check answers SERVING.
double MillisToServing(const std::string& directory) {
  const Clock::time_point begin = Clock::now();
  const auto server = StartOn(directory);
  const std::string socket = server->address().substr(std::string("unix:").size());
  while (true) {
    // A failed attempt to connect would make the channel wait before the next.
    if (std::filesystem::exists(socket)) {
      const testing::RpcClient client(server->address());
      if (testing::CheckHealth(client.channel()) == "SERVING") break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

Series Starts(int repetitions, const std::function<std::string()>& directory) {
  Series millis;
  for (int i = 0; i < repetitions; ++i) millis.Add(MillisToServing(directory()));
  return millis;
}

void MeasureIdle(const Scale& scale, Rig& rig, Goals& goals) {
  const std::string memory = "idle on an empty store: resident MiB";
  const std::string cpu = "idle on an empty store: CPU milliseconds a second";
  if (!goals.Wants(memory) && !goals.Wants(cpu)) return;
  const auto server = StartOn(rig.stores().NewDirectory());
  server->WaitUntilListening();
  std::this_thread::sleep_for(scale.idle);
  goals.AtMost(memory, 40, [&] { return Series({ResidentMiB(server->pid())}); });
  goals.AtMost(cpu, 1, [&] {
    const double before = UsageOf(server->pid()).cpu_seconds;
    std::this_thread::sleep_for(scale.idle);
    const double used = UsageOf(server->pid()).cpu_seconds - before;
    return Series({used * 1e3 / std::chrono::duration<double>(scale.idle).count()});
  });
}

}  // namespace

void MeasureRestGoals(const Scale& scale, Rig& rig, Goals& goals) {
  MeasureIdle(scale, rig, goals);
  goals.AtMost("SERVING on an empty store: milliseconds from the start", 100,
               [&] { return Starts(scale.goal_repetitions, [&] { return rig.stores().NewDirectory(); }); });
  if (scale.trials_at_start > 0) {
    const int64_t jobs = scale.trials_at_start / kTrialsPerJobAtStart;
    const Layout layout{{{.name = "mab", .num_jobs = jobs, .num_trials = kTrialsPerJobAtStart}}};
    goals.AtMost(
        absl::StrCat("SERVING on ", jobs, " jobs and ", scale.trials_at_start, " trials: milliseconds from the start"),
        1000, [&] { return Starts(scale.goal_repetitions, [&] { return rig.stores().Copy(layout); }); });
  }
  if (scale.long_history > 0) {
    goals.AtMost("disk per trial after compaction / its serialized size", 3,
                 [&] { return Series({DiskPerSerialized(rig.stores(), HistoryLayout(scale.long_history))}); });
  }
  goals.AtMost("resident MiB under all of this load, at its highest", 256,
               [&] { return Series({rig.PeakResidentMiB()}); });
}

}  // namespace zeus::bso::bench
