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
      pruning{.name = "pruning", .num_jobs = num_jobs, .stage = Stage::kPruning} {}

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
  }
  return nullptr;
}

void Subject::FillPool(Operation operation, Transport transport, const LoadOptions& options) {
  TrialPool& pool = operation == Operation::kFinalInMab ? mab_trials_ : explorations_;
  const double seconds = std::chrono::duration<double>(options.warm_up + options.window).count();
  double rate = options.per_second;
  if (rate == 0) rate = rates_.contains(options.in_flight) ? rates_[options.in_flight] : 400.0 * options.in_flight;
  const auto wanted = static_cast<int64_t>(seconds * std::min(rate, 40'000.0) * kPoolReserve) + options.in_flight;
  const int64_t missing = wanted - static_cast<int64_t>(pool.size());
  if (missing <= 0) return;
  const Work work =
      operation == Operation::kFinalInMab ? StartTrial(jobs_.mab, pool) : StartExploration(jobs_.pruning, pool);
  MeasurePlaced({.in_flight = 64,
                 .warm_up = std::chrono::milliseconds(0),
                 .window = std::chrono::seconds(60),
                 .max_units = missing},
                transport, *server_, work);
}

Measurement Subject::Measure(Operation operation, Transport transport, const LoadOptions& options) {
  const bool is_final = operation == Operation::kFinalInPruning || operation == Operation::kFinalInMab;
  if (is_final) FillPool(operation, transport, options);
  const Measurement measured = MeasurePlaced(options, transport, *server_, WorkOf(operation));
  if (is_final && options.per_second == 0) {
    rates_[options.in_flight] = std::max(rates_[options.in_flight], measured.per_second());
  }
  return measured;
}

}  // namespace zeus::bso::bench
