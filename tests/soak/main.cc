// Soaks a server: calls for jobs that do not exist, jobs that come and go, sessions that are abandoned, watchers that
// do not read, and training beside them, all at once. Prints the server's resident memory over time, and fails unless
// it levels off (memory_curve.h), every answer was the right one, and the server is as good as new afterwards: it
// trains, opens as many sessions and watchers as it allows, and ends with 0 at SIGTERM.
//
// The store's buffers and its cache are larger than what these loads write in ten minutes: memory would creep up as
// they fill, and hide a leak or look like one. So a soak of five minutes and more has loads that fill them in its first
// third. A shorter one has not, and allows for what may be written into them meanwhile.
#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/process_usage.h"
#include "tests/soak/aftermath.h"
#include "tests/soak/loads.h"
#include "tests/soak/memory_curve.h"
#include "tests/soak/progress.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

ABSL_FLAG(absl::Duration, duration, absl::Minutes(10), "How long to soak, at least");
ABSL_FLAG(bool, judge_memory, true, "Fail when memory does not level off");

namespace zeus::bso::testing {
namespace {

constexpr int kMissingCallers = 8;
constexpr double kMissingCallsPerMinute = 100'000;  // The soak goes on until there were so many.

constexpr int kLines = 40;
constexpr double kSamplesPerSecond = 10;
constexpr double kMibPerMark = 4;

constexpr absl::Duration kShortest = absl::Seconds(5);
constexpr absl::Duration kFilledFrom = absl::Minutes(5);
constexpr double kWrittenMibPerSecond = 0.3;  // By the loads that do not fill, at most.

constexpr absl::Duration kSessionTimeout = absl::Seconds(2);
constexpr int kMaxSessions = 500;
constexpr int kMaxWatchers = 500;
constexpr char kBusyJob[] = "busy";

class Soak {
 public:
  Soak(const std::string& address, pid_t server, absl::Duration duration)
      : address_(address), server_(server), duration_(duration), fills_(duration >= kFilledFrom) {}

  // Runs all loads, and prints the curve meanwhile; false when the server has ended.
  bool Run() {
    std::vector<std::thread> threads = Start();
    PrintHead();
    const absl::Time begin = absl::Now();
    absl::Time next_line = begin + duration_ / kLines;
    Pace pace(progress_, kSamplesPerSecond);
    double resident = 1;
    while (resident > 0 && (absl::Now() < begin + duration_ || !HasCalledEnough())) {
      pace.Next();
      resident = bench::ResidentMiB(server_);
      curve_.Add(resident);
      if (absl::Now() < next_line) continue;
      PrintLine(absl::Now() - begin);
      next_line += duration_ / kLines;
    }
    progress_.Stop();
    for (std::thread& thread : threads) thread.join();
    return resident > 0;
  }

  // Prints whether memory has levelled off: whether it has.
  bool Judge() const {
    const Thirds thirds = curve_.MediansOfThirds();
    double allowed = kAllowedGrowthMib;
    if (!fills_) allowed += kWrittenMibPerSecond * absl::ToDoubleSeconds(duration_) / 3;
    std::cout << absl::StreamFormat(
        "medians of the thirds: %.1f, %.1f, %.1f MiB; %+.1f MiB from the second to the third, at most %+.1f is level\n",
        thirds.first, thirds.middle, thirds.last, thirds.Growth(), allowed);
    if (thirds.Growth() > allowed) return false;
    const double calls = static_cast<double>(progress_.count(Deed::kMissingCall)) / 3;
    std::cout << absl::StreamFormat("(with %.0f more bytes kept by each call for a missing job it would not be)\n",
                                    (allowed - thirds.Growth()) * (1 << 20) / calls);
    return true;
  }

  Progress& progress() { return progress_; }

 private:
  std::vector<std::thread> Start() {
    std::vector<std::thread> threads;
    for (uint32_t seed = 0; seed < kMissingCallers; ++seed) {
      threads.emplace_back([this, seed] { CallForMissingJobs(address_, seed, progress_); });
    }
    threads.emplace_back([this] { ChurnJobs(address_, progress_); });
    threads.emplace_back([this] { AbandonSessions(address_, kSessionTimeout, progress_); });
    threads.emplace_back([this] { WatchWithoutReading(address_, kBusyJob, progress_); });
    threads.emplace_back([this] { Train(address_, kBusyJob, 32, progress_); });
    threads.emplace_back([this] { Train(address_, "calm", 64, progress_); });
    if (fills_) {
      threads.emplace_back([this] { ChurnLargeJobs(address_, progress_); });
      threads.emplace_back([this] { Train(address_, "wide", 512, progress_); });
    }
    return threads;
  }

  bool HasCalledEnough() const {
    return static_cast<double>(progress_.count(Deed::kMissingCall)) >=
           kMissingCallsPerMinute * absl::ToDoubleMinutes(duration_);
  }

  static void PrintHead() {
    std::cout << "        calls for               jobs  sessions  watchers      memory, MiB\n"
                 "   time missing jobs   trials  deleted      abandoned        resident   heap\n";
  }

  void PrintLine(absl::Duration time) {
    const double resident = curve_.TakeMedian();
    std::cout << absl::StreamFormat("%5.0f s %12d %8d %8d %9d %9d %9.1f %6.1f %s", absl::ToDoubleSeconds(time),
                                    progress_.count(Deed::kMissingCall), progress_.count(Deed::kTrial),
                                    progress_.count(Deed::kJobDeleted), progress_.count(Deed::kSessionAbandoned),
                                    progress_.count(Deed::kWatcherAbandoned), resident, bench::ResidentHeapMiB(server_),
                                    std::string(static_cast<size_t>(resident / kMibPerMark), '#'))
              << std::endl;
  }

  const std::string address_;
  const pid_t server_;
  const absl::Duration duration_;
  const bool fills_;  // Whether the store's buffers are filled.
  Progress progress_;
  MemoryCurve curve_;
};

// What the server must still be able to do, once it has had the time to end what was abandoned last.
void CheckAfterwards(ServerProcess& server, Progress& progress) {
  absl::SleepFor(2 * kSessionTimeout);
  std::cout << absl::StreamFormat("at rest: %.1f MiB resident, %.1f MiB heap\n", bench::ResidentMiB(server.pid()),
                                  bench::ResidentHeapMiB(server.pid()));
  CheckAftermath(server.address(), {.sessions = kMaxSessions, .watchers = kMaxWatchers, .job_id = kBusyJob}, progress);
  server.Signal(SIGTERM);
  const int code = server.Wait();
  if (code != 0) progress.Fail(absl::StrCat("the server ended with ", code, " at SIGTERM:\n", server.output()));
}

int Main() {
  const absl::Duration duration = absl::GetFlag(FLAGS_duration);
  if (duration < kShortest) {
    std::cout << "soak: --duration must be at least " << absl::FormatDuration(kShortest) << "\n";
    return EXIT_FAILURE;
  }
  const TempDir directory;
  ServerProcess server({"--storage=rocksdb:" + (directory / "data"),
                        absl::StrCat("--session_timeout=", absl::FormatDuration(kSessionTimeout)),
                        absl::StrCat("--max_sessions=", kMaxSessions), absl::StrCat("--max_watchers=", kMaxWatchers)});
  if (!server.WaitUntilListening()) {
    std::cout << "soak: the server does not start:\n" << server.output();
    return EXIT_FAILURE;
  }
  Soak soak(server.address(), server.pid(), duration);
  Progress& progress = soak.progress();
  if (soak.Run()) {
    const bool level = soak.Judge();
    if (!level && absl::GetFlag(FLAGS_judge_memory)) progress.Fail("memory does not level off");
    CheckAfterwards(server, progress);
  } else {
    progress.Fail(absl::StrCat("the server ended:\n", server.output()));
  }
  for (const std::string& failure : progress.failures()) std::cout << failure << "\n";
  const int64_t failures = progress.num_failures();
  std::cout << (failures == 0 ? "soak: passed\n" : absl::StrCat("soak: FAILED, ", failures, " failures\n"));
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace zeus::bso::testing

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Soaks a server of its own in load, and checks that its memory levels off.");
  absl::ParseCommandLine(argc, argv);
  return zeus::bso::testing::Main();
}
