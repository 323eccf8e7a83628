// The curves policy. The argument is the number of sizes. Fits are included, as the service fits whenever the state has
// changed.
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/explain.h"
#include "server/policy/curves/learn.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/state.h"
#include "server/policy/curves/stop.h"
#include "server/random/generator.h"

namespace zeus::bso::bench {
namespace {

using curves::Beliefs;
using curves::State;
using curves::Ticket;

// A job of which every size has converged, which is the most to fit.
State MakeTriedState(int64_t num_sizes) {
  curves::Setup setup{.batch_sizes = {}, .default_size = 0, .max_epochs = 100, .beta = 2};
  for (int64_t i = 1; i <= num_sizes; ++i) setup.batch_sizes.push_back(8 * i);
  State state = curves::MakeState(setup);
  state.setup.default_size = state.sizes.size() / 2;
  for (size_t i = 0; i < state.sizes.size(); ++i) {
    curves::SizeState& size = state.sizes[i];
    size.runs = size.timed = 5;
    size.log_epochs = 2 + 0.01 * static_cast<double>(i % 7);
    size.log_cost = 5 - 0.01 * static_cast<double>(i % 5);
    state.job.run += 5;
    size.last = state.job.run;
  }
  return state;
}

void CurvesFit(benchmark::State& state) {
  const State job = MakeTriedState(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(curves::Fit(job));
}
BENCHMARK(CurvesFit)->Arg(20)->Arg(256)->Arg(1024)->Unit(benchmark::kMicrosecond);

// No size has converged, each has as many bounds as it keeps.
void CurvesFitBounds(benchmark::State& state) {
  State job = MakeTriedState(state.range(0));
  for (curves::SizeState& size : job.sizes) {
    size.runs = 0;
    size.bounds = {3.0, 3.5, 4.0};
  }
  for (auto _ : state) benchmark::DoNotOptimize(curves::Fit(job));
}
BENCHMARK(CurvesFitBounds)->Arg(20)->Arg(256)->Unit(benchmark::kMicrosecond);

void CurvesPick(benchmark::State& state) {
  const State job = MakeTriedState(state.range(0));
  random::Generator generator(1);
  for (auto _ : state) {
    const Beliefs beliefs = curves::Fit(job);
    benchmark::DoNotOptimize(curves::Pick(job, beliefs, generator));
  }
}
BENCHMARK(CurvesPick)->Arg(20)->Arg(256)->Arg(1024)->Unit(benchmark::kMicrosecond);

void CurvesFinish(benchmark::State& state) {
  State job = MakeTriedState(state.range(0));
  const curves::Progress progress{.epochs = 8, .cost = 1200, .first_cost = 150};
  for (auto _ : state) {
    const Beliefs beliefs = curves::Fit(job);
    benchmark::DoNotOptimize(curves::Finish(beliefs, job.setup.default_size, curves::Kind::kBest, progress,
                                            curves::Outcome::kConverged, job));
  }
}
BENCHMARK(CurvesFinish)->Arg(20)->Arg(256)->Arg(1024)->Unit(benchmark::kMicrosecond);

// An exploring run past what its pick hoped for, which has the longest formula.
void CurvesShouldStop(benchmark::State& state) {
  const curves::JobState job;
  const Ticket ticket{.kind = curves::Kind::kExplore,
                      .reference_cost = 1000,
                      .log_epochs = 1,
                      .mean = 1.5,
                      .sd = 0.3,
                      .log_cost = 4.6,
                      .known_cost = 4.6,
                      .jump = 0.15};
  const curves::Progress progress{.epochs = 4, .cost = 400, .first_cost = 100};
  for (auto _ : state) benchmark::DoNotOptimize(curves::ShouldStop(/*beta=*/2, job, ticket, progress, 1000));
}
BENCHMARK(CurvesShouldStop);

// The argument is the number of epochs at which the limit lies, of a billion that the job allows.
void CurvesLimit(benchmark::State& state) {
  const curves::Setup setup{.batch_sizes = {8, 16}, .default_size = 0, .max_epochs = 1'000'000'000, .beta = 2};
  const curves::JobState job;
  const Ticket ticket{
      .kind = curves::Kind::kBest, .reference_cost = static_cast<double>(state.range(0)) / 2, .sd = 0.3};
  for (auto _ : state) benchmark::DoNotOptimize(curves::Limit(setup, job, ticket, /*epoch_cost=*/1, 1000));
}
BENCHMARK(CurvesLimit)->Arg(100)->Arg(100'000'000)->Unit(benchmark::kMicrosecond);

void CurvesExplain(benchmark::State& state) {
  const State job = MakeTriedState(state.range(0));
  const Beliefs beliefs = curves::Fit(job);
  for (auto _ : state) benchmark::DoNotOptimize(curves::Explain(job, beliefs));
}
BENCHMARK(CurvesExplain)->Arg(20)->Arg(256)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace zeus::bso::bench
