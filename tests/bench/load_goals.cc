#include "tests/bench/load_goals.h"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/comparison.h"
#include "tests/bench/fsync_count.h"

namespace zeus::bso::bench {
namespace {

constexpr int kInFlight = 64;
constexpr int kManyInFlight = 256;

class LoadGoals {
 public:
  LoadGoals(const Scale& scale, Rig& rig, Goals& goals) : scale_(scale), rig_(rig), goals_(goals) {}

  void KeepTraining() {
    const std::string name = "ReportResult that keeps training";
    const auto many = CompareOnce(OnJobs(scale_.many_jobs, Operation::kKeepTraining), Empty());
    goals_.AtLeast(absl::StrCat(name, ", ", scale_.many_jobs, " jobs: rate / empty call"), 0.85,
                   [&] { return many().Ratio(&Measurement::per_second); });
    goals_.AtMost(absl::StrCat(name, ", ", scale_.many_jobs, " jobs: server CPU / empty call"), 1.3,
                  [&] { return many().Ratio(&Measurement::server_cpu_micros); });
    const auto very_many = CompareOnce(OnJobs(scale_.very_many_jobs, Operation::kKeepTraining), Empty());
    goals_.AtLeast(absl::StrCat(name, ", ", scale_.very_many_jobs, " jobs: rate / empty call"), 0.65, [&] {
      ReportOnce(scale_.very_many_jobs);
      return very_many().Ratio(&Measurement::per_second);
    });
  }

  void DurableCalls() {
    for (const Operation operation : {Operation::kStartTrial, Operation::kFinalInPruning, Operation::kFinalInMab}) {
      const std::string name = absl::StrCat(Name(operation), ", ", scale_.many_jobs, " jobs");
      for (const int in_flight : {kInFlight, kManyInFlight}) {
        goals_.AtLeast(absl::StrCat(name, ", ", in_flight, " in flight: rate / empty call"),
                       in_flight == kManyInFlight ? 0.35 : 0.25, [&] {
                         return CompareOnce(OnJobs(scale_.many_jobs, operation, in_flight), Empty(in_flight))().Ratio(
                             &Measurement::per_second);
                       });
      }
      goals_.AtMost(absl::StrCat(name, ": rate with --durability=async / rate"), 1.1, [&] {
        return CompareOnce(OnJobs(scale_.many_jobs, operation, kInFlight, storage::Durability::kAsync),
                           OnJobs(scale_.many_jobs, operation))()
            .Ratio(&Measurement::per_second);
      });
    }
    goals_.AtMost("fsyncs that a StartTrial waits for, p99.9 of calls", 2, [&] {
      return FsyncsWaitedFor(rig_.stores(), scale_.many_jobs, {.in_flight = kInFlight, .window = scale_.goal_window});
    });
  }

  void HotJob() {
    for (const Operation operation :
         {Operation::kStartTrial, Operation::kWholeLife, Operation::kCurvesStartTrial, Operation::kCurvesWholeLife}) {
      const std::string name = absl::StrCat("64 trainers on one job, ", Name(operation));
      const auto comparison = CompareOnce(OnJobs(1, operation), OnJobs(scale_.many_jobs, operation));
      goals_.AtLeast(absl::StrCat(name, ": rate / rate on many jobs"), 0.5,
                     [&] { return comparison().Ratio(&Measurement::per_second); });
      goals_.AtMost(absl::StrCat(name, ": failed calls"), 0, [&] {
        return SeriesOf(comparison().work(), [](const Measurement& measured) { return measured.failures; });
      });
      goals_.AtMost(absl::StrCat(name, ": p99 / p50"), 5, [&] {
        return SeriesOf(comparison().work(),
                        [](const Measurement& measured) { return measured.p99_micros / measured.p50_micros; });
      });
    }
  }

  // Sessions that are held open on the job of 64 trainers.
  void HotSessions() {
    const auto lost_races = [this](Operation operation) {
      const auto comparison = CompareOnce(OnJobs(1, operation), OnJobs(1, Operation::kWholeLife));
      return SeriesOf(comparison().work(), [](const Measurement& measured) {
        return static_cast<double>(measured.repeats) / static_cast<double>(measured.units);
      });
    };
    const std::string name = "64 trainers on one job, session of 5 operations";
    goals_.AtMost(name + " that reserves it: lost races / session", 0.01,
                  [&] { return lost_races(Operation::kLifeAndReservedSession); });
    goals_.Show(name + ": lost races / session", [&] { return lost_races(Operation::kLifeAndSession); });
  }

  // Calls on jobs of the curves policy beside the same calls on jobs of the Zeus policy, in one server.
  void CurvesReports() {
    const std::string report = Name(Operation::kCurvesKeepTraining);
    const auto reports = CompareOnce(OnJobs(scale_.many_jobs, Operation::kCurvesKeepTraining),
                                     OnJobs(scale_.many_jobs, Operation::kKeepTraining));
    goals_.AtLeast(report + ": rate / Zeus policy", 0.98, [&] { return reports().Ratio(&Measurement::per_second); });
    goals_.Show(report + ": server CPU / Zeus policy",
                [&] { return reports().Ratio(&Measurement::server_cpu_micros); });
    goals_.AtMost(report + ": bytes written a call", 0, [&] {
      return SeriesOf(reports().work(), [](const Measurement& measured) { return measured.written_bytes; });
    });
  }

  void CurvesTrials() {
    for (const auto& [curves, zeus] : {std::pair{Operation::kCurvesStartTrial, Operation::kStartTrial},
                                       {Operation::kCurvesFinal, Operation::kFinalInMab}}) {
      const std::string name = absl::StrCat(Name(curves), ", ", kManySizes, " sizes");
      const auto calls = CompareOnce(OnJobs(scale_.many_jobs, curves), OnJobs(scale_.many_jobs, zeus));
      goals_.Show(name + ": rate / Zeus policy", [&] { return calls().Ratio(&Measurement::per_second); });
      goals_.Show(name + ": server CPU / Zeus policy", [&] { return calls().Ratio(&Measurement::server_cpu_micros); });
    }
  }

  void Sessions() {
    for (const Operation operation : {Operation::kSequence, Operation::kSession}) {
      const std::string name = Name(operation);
      const auto comparison =
          CompareOnce(OnJobs(scale_.many_jobs, operation), OnJobs(scale_.many_jobs, Operation::kStartTrial));
      goals_.AtMost(name + ": server CPU / StartTrial", 1.5,
                    [&] { return comparison().Ratio(&Measurement::server_cpu_micros); });
      goals_.AtMost(name + ": time each / StartTrial", 1.5, [&] {
        return comparison().Ratio([](const Measurement& measured) { return 1 / measured.per_second(); });
      });
    }
  }

  void Transports() {
    goals_.AtLeast("TLS, ReportResult that keeps training: rate / TCP in plaintext", 0.7, [&] {
      const auto work =
          OnJobs(scale_.many_jobs, Operation::kKeepTraining, kInFlight, storage::Durability::kSync, Transport::kTls);
      return CompareOnce(work, OnJobs(scale_.many_jobs, Operation::kKeepTraining))().Ratio(&Measurement::per_second);
    });
    goals_.AtLeast("unix socket, ReportResult that keeps training: rate / TCP", 1.1, [&] {
      const auto work =
          OnJobs(scale_.many_jobs, Operation::kKeepTraining, kInFlight, storage::Durability::kSync, Transport::kUnix);
      return CompareOnce(work, OnJobs(scale_.many_jobs, Operation::kKeepTraining))().Ratio(&Measurement::per_second);
    });
  }

 private:
  LoadOptions Options(int in_flight) const {
    return {.in_flight = in_flight, .warm_up = scale_.warm_up, .window = scale_.goal_window};
  }

  // So that what follows is measured as it is from the second epoch of a trial on: nearly all jobs have reported.
  void ReportOnce(int64_t jobs) {
    constexpr int64_t kReportsPerJob = 3;  // They pick their jobs at random, and leave out 5%.
    rig_.SubjectOf(jobs, storage::Durability::kSync)
        .Measure(Operation::kKeepTraining, Transport::kTcp,
                 {.in_flight = kInFlight,
                  .warm_up = std::chrono::milliseconds(0),
                  .window = std::chrono::minutes(1),
                  .max_units = kReportsPerJob * jobs});
  }

  Comparison::Measuring OnJobs(int64_t jobs, Operation operation, int in_flight = kInFlight,
                               storage::Durability durability = storage::Durability::kSync,
                               Transport transport = Transport::kTcp) {
    return [=, this] {
      const Measurement measured = rig_.SubjectOf(jobs, durability).Measure(operation, transport, Options(in_flight));
      goals_.Note(absl::StrCat(Name(operation), ", ", jobs, " jobs"), measured);
      return measured;
    };
  }

  Comparison::Measuring Empty(int in_flight = kInFlight) {
    return [=, this] { return rig_.MeasureEmptyCall(Transport::kTcp, Options(in_flight)); };
  }

  // Compares when it is first called, for several goals.
  std::function<const Comparison&()> CompareOnce(Comparison::Measuring work, Comparison::Measuring base) {
    return [=, this, comparison = std::make_shared<std::unique_ptr<Comparison>>()]() -> const Comparison& {
      if (*comparison == nullptr)
        *comparison = std::make_unique<Comparison>(scale_.goal_repetitions, rig_.quietest(), work, base);
      return **comparison;
    };
  }

  template <typename Quantity>
  static Series SeriesOf(const std::vector<Measurement>& measurements, Quantity quantity) {
    Series series;
    for (const Measurement& measured : measurements) series.Add(static_cast<double>(quantity(measured)));
    return series;
  }

  const Scale& scale_;
  Rig& rig_;
  Goals& goals_;
};

// The same time, in shorter windows that take turns more often: for a bound near 1, which the rest of the machine's
// work would hide otherwise.
Scale InFinerTurns(Scale scale) {
  constexpr int kFiner = 4;
  scale.goal_repetitions *= kFiner;
  scale.goal_window /= kFiner;
  return scale;
}

}  // namespace

void MeasureLoadGoals(const Scale& scale, Rig& rig, Goals& goals) {
  LoadGoals load_goals(scale, rig, goals);
  load_goals.KeepTraining();
  load_goals.DurableCalls();
  load_goals.HotJob();
  load_goals.HotSessions();
  load_goals.CurvesTrials();
  load_goals.Sessions();
  load_goals.Transports();
  const Scale finer = InFinerTurns(scale);
  LoadGoals(finer, rig, goals).CurvesReports();
}

}  // namespace zeus::bso::bench
