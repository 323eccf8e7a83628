// What a call costs the server besides gRPC: sessions, and whole transactions.
#include <map>
#include <string>

#include "absl/time/clock.h"
#include "benchmark/benchmark.h"
#include "model/status_macros.h"
#include "server/service/optimizer.h"
#include "server/service/zeus_service.h"
#include "tests/bench/micro_store.h"

namespace zeus::bso::bench {
namespace {

using storage::Session;

MicroStore& StoreOf(PolicyKind policy) {
  static auto& stores = *new std::map<PolicyKind, MicroStore>();
  return stores.try_emplace(policy, policy).first->second;
}

MicroStore& Store() { return StoreOf(PolicyKind::kZeus); }

TrialKey RunningTrial(MicroStore& store) { return {store.RandomJobId(), kDefaultBatchSize, kRunningTrial}; }

void BeginSession(benchmark::State& state) {
  storage::Store& store = Store().store();
  for (auto _ : state) benchmark::DoNotOptimize(store.Begin());
}
BENCHMARK(BeginSession);

void FetchJob(benchmark::State& state) {
  for (auto _ : state) {
    storage::Session session = Store().store().Begin();
    Must(session.FetchJob(Store().RandomJobId()));
  }
}
BENCHMARK(FetchJob);

void FetchJobAndTrial(benchmark::State& state, PolicyKind policy) {
  MicroStore& store = StoreOf(policy);
  for (auto _ : state) {
    storage::Session session = store.store().Begin();
    Must(session.FetchTrial(RunningTrial(store)));
  }
}
BENCHMARK_CAPTURE(FetchJobAndTrial, zeus, PolicyKind::kZeus);
BENCHMARK_CAPTURE(FetchJobAndTrial, curves, PolicyKind::kCurves);

void ReadArms(benchmark::State& state) {
  for (auto _ : state) {
    storage::Session session = Store().store().Begin();
    Must(session.ReadArms(Store().RandomJobId()));
  }
}
BENCHMARK(ReadArms);

void TransactKeepTraining(benchmark::State& state, PolicyKind policy) {
  MicroStore& store = StoreOf(policy);
  const Result end = MakeResult(kRunningTrial);
  Memory memory;
  for (auto _ : state) {
    const Report report{RunningTrial(store), end.time_seconds / kEpochsOfALife, end.energy_joules / kEpochsOfALife, 0.1,
                        1};
    store.Transact([&](Session& session) -> absl::Status {
      ZeusService service(session, absl::Now(), {}, &memory);
      ZB_ASSIGN_OR_RETURN(const Verdict verdict, Optimizer(service).TakeReport(report));
      return verdict.stop_train ? absl::InternalError(verdict.message) : absl::OkStatus();
    });
  }
}
BENCHMARK_CAPTURE(TransactKeepTraining, zeus, PolicyKind::kZeus);
BENCHMARK_CAPTURE(TransactKeepTraining, curves, PolicyKind::kCurves);

void TransactStartTrial(benchmark::State& state) {
  for (auto _ : state) {
    const std::string job_id = Store().RandomJobId();
    Store().Transact([&](Session& session) {
      ZeusService service(session, absl::Now());
      return Optimizer(service).StartTrial(job_id).status();
    });
  }
}
BENCHMARK(TransactStartTrial);

// Both ends of a trial's life.
void TransactStartTrialAndFinalReport(benchmark::State& state) {
  int64_t number = 0;
  for (auto _ : state) {
    Report report;
    const Result result = MakeResult(++number);
    report.trial.job_id = Store().RandomJobId();
    report.time_seconds = result.time_seconds;
    report.energy_joules = result.energy_joules;
    report.metric = 1;
    Store().Transact([&](Session& session) -> absl::Status {
      ZeusService service(session, absl::Now());
      ZB_ASSIGN_OR_RETURN(const StartedRun run, Optimizer(service).StartTrial(report.trial.job_id));
      const Trial* const trial = run.trial;
      report.trial.batch_size = trial->batch_size;
      report.trial.trial_number = trial->trial_number;
      return absl::OkStatus();
    });
    Store().Transact([&](Session& session) {
      ZeusService service(session, absl::Now());
      return Optimizer(service).TakeReport(report).status();
    });
  }
}
BENCHMARK(TransactStartTrialAndFinalReport);

}  // namespace
}  // namespace zeus::bso::bench
