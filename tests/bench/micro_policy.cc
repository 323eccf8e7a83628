// The policies: pure functions.
#include <cstdint>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/policy/cost.h"
#include "server/policy/zeus/gaussian_ts.h"
#include "server/policy/zeus/pruning.h"
#include "server/random/generator.h"
#include "tests/bench/layout.h"

namespace zeus::bso::bench {
namespace {

std::vector<double> MakeCosts(const JobSpec& spec, int64_t count) {
  std::vector<double> costs;
  for (int64_t i = 0; i < count; ++i) {
    costs.push_back(Cost(spec, MakeResult(i).energy_joules, MakeResult(i).time_seconds));
  }
  return costs;
}

// An arm fit on so many results.
void FitArm(benchmark::State& state) {
  const JobSpec spec = MakeSpec("job", 0);
  const std::vector<double> costs = MakeCosts(spec, state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(bso::FitArm(spec, kDefaultBatchSize, costs));
}
BENCHMARK(FitArm)->Arg(10)->Arg(1000)->Arg(100'000);

void PickArm(benchmark::State& state) {
  const JobSpec spec = MakeSpec("job", 0);
  std::vector<GaussianTsArm> arms;
  for (const int64_t size : kBatchSizes) arms.push_back(bso::FitArm(spec, size, MakeCosts(spec, 10)));
  random::Generator generator(1);
  for (auto _ : state) {
    const auto picked = bso::PickArm(
        arms, 2,
        {.choices = [&](std::span<const int64_t> sizes) -> absl::StatusOr<std::vector<int64_t>> {
           return generator.Choice(sizes);
         },
         .normal = [&](double loc, double scale) -> absl::StatusOr<double> { return generator.Normal(loc, scale); }});
    benchmark::DoNotOptimize(picked);
  }
}
BENCHMARK(PickArm);

// After all rounds, which have to be walked again.
void NextPruningStep(benchmark::State& state) {
  Job job;
  job.spec = MakeSpec("job", 0);
  Explorations explorations;
  int64_t number = 0;
  for (int64_t round = 0; round < job.spec.num_pruning_rounds; ++round) {
    for (const int64_t size : kBatchSizes) {
      Trial& trial = explorations[size].emplace_back();
      trial.trial_number = ++number;
      trial.batch_size = size;
      trial.status = TrialStatus::kSucceeded;
      trial.result = MakeResult(number);
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(bso::NextPruningStep(job, explorations));
}
BENCHMARK(NextPruningStep);

}  // namespace
}  // namespace zeus::bso::bench
