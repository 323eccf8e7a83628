// What a decision of the curves policy costs the server besides gRPC: whole transactions. The argument is the number of
// batch sizes, all of which have converged. A decision is to take at most 200 us for 20 sizes and 20 ms for 256.
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "benchmark/benchmark.h"
#include "model/status_macros.h"
#include "server/service/optimizer.h"
#include "server/service/zeus_service.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/bench/must.h"
#include "tests/support/specs.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::bench {
namespace {

using storage::Session;

// A store with one job of the curves policy that waits for no disk.
class CurvesStore {
 public:
  explicit CurvesStore(int64_t num_sizes)
      : store_(Must(storage::Store::Open(Must(storage::OpenRocksDb(directory_.path())), storage::Durability::kAsync))) {
    JobSpec spec = testing::MakeSpec();
    spec.batch_sizes.clear();
    for (int64_t i = 1; i <= num_sizes; ++i) spec.batch_sizes.push_back(8 * i);
    spec.default_batch_size = 8 * (num_sizes / 2);
    spec.policy = PolicyKind::kCurves;
    Run([&](ZeusService& service) { return service.CreateJob(spec).status(); });
    for (const int64_t batch_size : spec.batch_sizes) {
      Trial trial;
      Run([&](ZeusService& service) -> absl::Status {
        Must(service.GetJob("job"));
        ZB_ASSIGN_OR_RETURN(const Trial* const started, service.CreateTrial("job", batch_size, TrialType::kExplore));
        trial = *started;
        return absl::OkStatus();
      });
      FinalReport(trial);
    }
  }

  Trial StartTrial() {
    Trial trial;
    Run([&](ZeusService& service) -> absl::Status {
      ZB_ASSIGN_OR_RETURN(const StartedRun run, Optimizer(service).StartTrial("job"));
      const Trial* const started = run.trial;
      trial = *started;
      return absl::OkStatus();
    });
    return trial;
  }

  void FinalReport(const Trial& trial) { Take({KeyOf(trial), 10, Energy(trial), /*metric=*/1, /*current_epoch=*/10}); }

  void KeepTraining(const Trial& trial) { Take({KeyOf(trial), 1, Energy(trial) / 10, /*metric=*/0, 1}); }

 private:
  static double Energy(const Trial& trial) {
    return 1000 + static_cast<double>((trial.batch_size * 7 + trial.trial_number * 13) % 50);
  }

  void Take(const Report& report) {
    Run([&](ZeusService& service) { return Optimizer(service).TakeReport(report).status(); });
  }

  template <typename Body>
  void Run(Body body) {
    store_->Transact(
        [&](Session& session) {
          ZeusService service(session, absl::Now(), {}, &memory_);
          return body(service);
        },
        [](const absl::Status& status) { Must(status); });
  }

  testing::TempDir directory_;
  Memory memory_;
  std::unique_ptr<storage::Store> store_;
};

CurvesStore& StoreOf(int64_t num_sizes) {
  static auto& stores = *new std::map<int64_t, std::unique_ptr<CurvesStore>>();
  std::unique_ptr<CurvesStore>& store = stores[num_sizes];
  if (store == nullptr) store = std::make_unique<CurvesStore>(num_sizes);
  return *store;
}

void CurvesTransactStartTrial(benchmark::State& state) {
  CurvesStore& store = StoreOf(state.range(0));
  for (auto _ : state) {
    const Trial trial = store.StartTrial();
    state.PauseTiming();
    store.FinalReport(trial);
    state.ResumeTiming();
  }
}
BENCHMARK(CurvesTransactStartTrial)->Arg(20)->Arg(256)->Unit(benchmark::kMicrosecond);

void CurvesTransactFinalReport(benchmark::State& state) {
  CurvesStore& store = StoreOf(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Trial trial = store.StartTrial();
    state.ResumeTiming();
    store.FinalReport(trial);
  }
}
BENCHMARK(CurvesTransactFinalReport)->Arg(20)->Arg(256)->Unit(benchmark::kMicrosecond);

void CurvesTransactKeepTraining(benchmark::State& state) {
  CurvesStore& store = StoreOf(state.range(0));
  const Trial trial = store.StartTrial();
  for (auto _ : state) store.KeepTraining(trial);
  store.FinalReport(trial);
}
BENCHMARK(CurvesTransactKeepTraining)->Arg(20)->Arg(256)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace zeus::bso::bench
