// Records as bytes and back.
#include <string>

#include "absl/time/clock.h"
#include "benchmark/benchmark.h"
#include "storage/records.h"
#include "tests/bench/layout.h"

namespace zeus::bso::bench {
namespace {

Trial SucceededTrial() {
  Trial trial;
  trial.job_id = "job";
  trial.trial_number = 1;
  trial.batch_size = kDefaultBatchSize;
  trial.type = TrialType::kMab;
  trial.status = TrialStatus::kSucceeded;
  trial.start_time = absl::Now();
  trial.end_time = trial.start_time + absl::Seconds(100);
  trial.result = MakeResult(1);
  return trial;
}

storage::JobRow MakeRow() {
  storage::JobRow row;
  row.uid = 1;
  row.job.spec = MakeSpec("job", 10);
  row.job.min_cost = 1;
  row.job.create_time = absl::Now();
  return row;
}

void EncodeJob(benchmark::State& state) {
  const storage::JobRow row = MakeRow();
  for (auto _ : state) benchmark::DoNotOptimize(storage::EncodeJob(row));
}
BENCHMARK(EncodeJob);

void DecodeJob(benchmark::State& state) {
  const std::string value = storage::EncodeJob(MakeRow());
  for (auto _ : state) benchmark::DoNotOptimize(storage::DecodeJob("job", value));
}
BENCHMARK(DecodeJob);

void EncodeTrial(benchmark::State& state) {
  const Trial trial = SucceededTrial();
  for (auto _ : state) benchmark::DoNotOptimize(storage::EncodeTrial(trial));
}
BENCHMARK(EncodeTrial);

void DecodeTrial(benchmark::State& state) {
  const std::string value = storage::EncodeTrial(SucceededTrial());
  for (auto _ : state) benchmark::DoNotOptimize(storage::DecodeTrial("job", 1, value));
}
BENCHMARK(DecodeTrial);

}  // namespace
}  // namespace zeus::bso::bench
