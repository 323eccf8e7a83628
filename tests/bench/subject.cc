#include "tests/bench/subject.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "tests/bench/process_usage.h"
#include "tests/bench/work.h"

namespace zeus::bso::bench {
namespace {

// Jobs with trials to list are enough for a cache to miss, and few enough to be loaded in no time.
constexpr int64_t kMaxPageJobs = 1000;

// How many trials are ready for a measurement of final reports, as a multiple of what earlier ones took.
constexpr double kPoolReserve = 1.5;

}  // namespace

const char* Name(Operation operation) {
  switch (operation) {
    case Operation::kKeepTraining:
      return "ReportResult, keep training";
    case Operation::kStartTrial:
      return "StartTrial";
    case Operation::kFinalInPruning:
      return "ReportResult, final, pruning";
    case Operation::kFinalInMab:
      return "ReportResult, final, MAB";
    case Operation::kWholeLife:
      return "whole life, 10 epochs";
    case Operation::kSession:
      return "Session of 5 operations";
    case Operation::kSequence:
      return "Session of 5 operations in a sequence";
    case Operation::kListTrials:
      return "ListTrials, page of 100";
    case Operation::kLifeAndSession:
      return "whole life and a session of 5 operations";
    case Operation::kLifeAndReservedSession:
      return "whole life and a session of 5 operations that reserves its job";
    case Operation::kCurvesKeepTraining:
      return "ReportResult, keep training, curves";
    case Operation::kCurvesStartTrial:
      return "StartTrial, curves";
    case Operation::kCurvesFinal:
      return "ReportResult, final, curves";
    case Operation::kCurvesWholeLife:
      return "whole life, 10 epochs, curves";
  }
  return "";
}

Measurement MeasurePlaced(const LoadOptions& options, Transport transport, BenchServer& server, const Work& work) {
  const Connections* const connections = &server.connections(transport);
  const bool alone = options.in_flight == 1;
  for (const pid_t pid : {getpid(), server.pid()}) alone ? PinToOneCpu(pid) : Unpin(pid);
  const Measurement measured = Measure(options, connections, server.pid(), work);
  if (alone) Unpin(getpid());
  return measured;
}

SubjectJobs::SubjectJobs(int64_t num_jobs)
    : mab{.name = "mab", .num_jobs = num_jobs},
      page{.name = "page", .num_jobs = std::min(num_jobs, kMaxPageJobs), .num_trials = kPageSize},
      pruning{.name = "pruning", .num_jobs = num_jobs, .stage = Stage::kPruning},
      curves{.name = "curves",
             .num_jobs = std::min(num_jobs, kMaxCurvesJobs),
             .policy = PolicyKind::kCurves,
             .batch_sizes = ManyBatchSizes()},
      reports{.name = "reports", .num_jobs = std::min(num_jobs, kMaxCurvesJobs), .policy = PolicyKind::kCurves} {}

Subject::Subject(PreparedStores& stores, int64_t num_jobs, const std::vector<std::string>& server_flags)
    : jobs_(num_jobs), server_(BenchServer::OnStore(stores.Copy(jobs_.layout()), server_flags)) {}

Work Subject::WorkOf(Operation operation) {
  switch (operation) {
    case Operation::kKeepTraining:
      return KeepTraining(jobs_.mab);
    case Operation::kStartTrial:
      return StartTrial(jobs_.mab, mab_trials_);
    case Operation::kFinalInPruning:
      return FinalReport(explorations_);
    case Operation::kFinalInMab:
      return FinalReport(mab_trials_);
    case Operation::kWholeLife:
      return WholeLife(jobs_.mab);
    case Operation::kSession:
      return FiveOperations(jobs_.mab);
    case Operation::kSequence:
      return SequenceOfFive(jobs_.mab);
    case Operation::kListTrials:
      return ListPage(jobs_.page);
    case Operation::kLifeAndSession:
      return LifeAndSession(jobs_.mab, /*reserve=*/false);
    case Operation::kLifeAndReservedSession:
      return LifeAndSession(jobs_.mab, /*reserve=*/true);
    case Operation::kCurvesKeepTraining:
      return KeepTraining(jobs_.reports);
    case Operation::kCurvesStartTrial:
      return StartTrial(jobs_.curves, curves_trials_);
    case Operation::kCurvesFinal:
      return FinalReport(curves_trials_);
    case Operation::kCurvesWholeLife:
      return WholeLife(jobs_.curves);
  }
  return nullptr;
}

Subject::Supply Subject::SupplyOf(Operation operation) {
  switch (operation) {
    case Operation::kFinalInPruning:
      return {&explorations_, StartExploration(jobs_.pruning, explorations_)};
    case Operation::kFinalInMab:
      return {&mab_trials_, WorkOf(Operation::kStartTrial)};
    case Operation::kCurvesFinal:
      return {&curves_trials_, WorkOf(Operation::kCurvesStartTrial)};
    default:
      return {};
  }
}

void Subject::Fill(const Supply& supply, Transport transport, const LoadOptions& options) {
  const double seconds = std::chrono::duration<double>(options.warm_up + options.window).count();
  double rate = options.per_second;
  if (rate == 0) rate = rates_.contains(options.in_flight) ? rates_[options.in_flight] : 400.0 * options.in_flight;
  const auto wanted = static_cast<int64_t>(seconds * std::min(rate, 40'000.0) * kPoolReserve) + options.in_flight;
  const int64_t missing = wanted - static_cast<int64_t>(supply.trials->size());
  if (missing <= 0) return;
  MeasurePlaced({.in_flight = 64,
                 .warm_up = std::chrono::milliseconds(0),
                 .window = std::chrono::seconds(60),
                 .max_units = missing},
                transport, *server_, supply.start);
}

Measurement Subject::Measure(Operation operation, Transport transport, const LoadOptions& options) {
  const Supply supply = SupplyOf(operation);
  const bool is_final = supply.trials != nullptr;
  if (is_final) Fill(supply, transport, options);
  const Measurement measured = MeasurePlaced(options, transport, *server_, WorkOf(operation));
  if (is_final && options.per_second == 0) {
    rates_[options.in_flight] = std::max(rates_[options.in_flight], measured.per_second());
  }
  return measured;
}

}  // namespace zeus::bso::bench
