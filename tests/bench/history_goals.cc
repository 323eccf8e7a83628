#include "tests/bench/history_goals.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/comparison.h"
#include "tests/bench/work.h"

namespace zeus::bso::bench {
namespace {

constexpr int64_t kShortHistory = 100;

// Jobs with a short history, so many that what is measured does not make it long.
constexpr int64_t kNumShort = 20;

// Enough for a median, and few enough to leave a short history short.
constexpr int kMaxCalls = 200;

// Much more than the rows of the short jobs take to be collected.
constexpr std::chrono::milliseconds kCollectingTime(500);

constexpr double kBound = 1.2;

JobGroup Group(const std::string& name, int64_t num_jobs, int64_t window_size, int64_t num_trials) {
  return {.name = absl::StrCat(name, "-w", window_size),
          .num_jobs = num_jobs,
          .window_size = window_size,
          .num_trials = num_trials};
}

JobGroup ShortGroup(int64_t window_size) { return Group("short", kNumShort, window_size, kShortHistory); }

JobGroup LongGroup(int64_t window_size, int64_t num_trials) { return Group("long", 1, window_size, num_trials); }

// A call on jobs of a group.
struct Call {
  std::string name;
  std::function<Work(const JobGroup&, TrialPool&)> work;
  bool needs_trials = false;  // From the pool.
};

std::vector<Call> Calls() {
  return {
      {"ReportResult, keep training", [](const JobGroup& jobs, TrialPool&) { return KeepTraining(jobs); }},
      {"StartTrial", [](const JobGroup& jobs, TrialPool& pool) { return StartTrial(jobs, pool); }},
      {"ReportResult, final", [](const JobGroup&, TrialPool& pool) { return FinalReport(pool); }, true},
      {"EndTrial", [](const JobGroup&, TrialPool& pool) { return EndTrial(pool); }, true},
      {"Session of 5 operations", [](const JobGroup& jobs, TrialPool&) { return FiveOperations(jobs); }},
      {"ListTrials", [](const JobGroup& jobs, TrialPool&) { return ListPage(jobs); }},
  };
}

double P50(const Measurement& measured) { return measured.p50_micros; }

class HistoryGoals {
 public:
  HistoryGoals(const Scale& scale, Rig& rig, Goals& goals) : scale_(scale), rig_(rig), goals_(goals) {}

  void OfOneJob(int64_t window_size) {
    const JobGroup few = ShortGroup(window_size);
    const JobGroup many = LongGroup(window_size, scale_.long_history);
    for (const Call& call : Calls()) {
      const std::string name = absl::StrCat(scale_.long_history, " trials in a job, window ", window_size, ", ",
                                            call.name, ": p50 / with ", kShortHistory);
      goals_.AtMost(name, kBound, [&] {
        const Comparison comparison(
            scale_.goal_repetitions, rig_.quietest(), [&] { return MeasureCall(call, many); },
            [&] { return MeasureCall(call, few); });
        return comparison.Ratio(P50);
      });
    }
  }

  // A store serves one such deletion, as it has one such job. So that this one call meets what the median of the others
  // does, the rows of those are collected first, and the job has been in use.
  void OfDeletion() {
    const std::string name =
        absl::StrCat("DeleteJob of ", scale_.long_history, " trials: time / p50 with ", kShortHistory);
    goals_.AtMost(name, kBound, [&] {
      const JobGroup few = ShortGroup(10);
      const JobGroup many = LongGroup(10, scale_.long_history);
      Series ratios;
      for (int i = 0; i < scale_.goal_repetitions; ++i) {
        const auto server = BenchServer::OnStore(rig_.stores().Copy(HistoryLayout(scale_.long_history)));
        const double micros_few = MeasureOn(*server, DeleteJobs(few)).p50_micros;
        std::this_thread::sleep_for(kCollectingTime);
        TrialPool pool;
        MeasureOn(*server, StartTrial(many, pool));
        ratios.Add(MeasureOn(*server, DeleteJobs(many)).p50_micros / micros_few);
      }
      return ratios;
    });
  }

  void OfTheStore() {
    const auto ratio = [&](const std::function<Measurement(int64_t jobs)>& measure) {
      return Comparison(
                 scale_.goal_repetitions, rig_.quietest(), [&] { return measure(scale_.long_history); },
                 [&] { return measure(kShortHistory); })
          .Ratio(P50);
    };
    const auto name = [&](const std::string& call) {
      return absl::StrCat(scale_.long_history, " jobs in the store, ", call, ": p50 / with ", kShortHistory);
    };
    for (const Operation operation : kZeusOperations) {
      goals_.AtMost(name(Name(operation)), kBound, [&] {
        return ratio(
            [&](int64_t jobs) { return rig_.SubjectOf(jobs).Measure(operation, Transport::kUnix, Options()); });
      });
    }
    for (const auto& [call, work] : {std::pair{"RegisterJob", RegisterNewJob()}, {"ListJobs", ListJobsPage()}}) {
      goals_.AtMost(name(call), kBound, [&, &call_work = work] {
        return ratio([&](int64_t jobs) { return MeasureOn(rig_.SubjectOf(jobs).server(), call_work); });
      });
    }
  }

 private:
  LoadOptions Options() const {
    return {
        .in_flight = 1, .warm_up = std::chrono::milliseconds(0), .window = scale_.goal_window, .max_units = kMaxCalls};
  }

  Measurement MeasureOn(BenchServer& server, const Work& work) {
    const Measurement measured = MeasurePlaced(Options(), Transport::kUnix, server, work);
    goals_.Note("a long history", measured);
    return measured;
  }

  Measurement MeasureCall(const Call& call, const JobGroup& group) {
    if (server_ == nullptr) {
      server_ = BenchServer::OnStore(rig_.stores().Copy(HistoryLayout(scale_.long_history)));
    }
    TrialPool pool;
    if (call.needs_trials) MeasureOn(*server_, StartTrial(group, pool));
    return MeasureOn(*server_, call.work(group, pool));
  }

  const Scale& scale_;
  Rig& rig_;
  Goals& goals_;
  std::unique_ptr<BenchServer> server_;
};

}  // namespace

Layout HistoryLayout(int64_t long_history) {
  return {{ShortGroup(0), ShortGroup(10), LongGroup(0, long_history), LongGroup(10, long_history)}};
}

void MeasureHistoryGoals(const Scale& scale, Rig& rig, Goals& goals) {
  if (scale.long_history == 0) return;
  HistoryGoals history_goals(scale, rig, goals);
  history_goals.OfOneJob(0);
  history_goals.OfOneJob(10);
  history_goals.OfDeletion();
  history_goals.OfTheStore();
}

}  // namespace zeus::bso::bench
