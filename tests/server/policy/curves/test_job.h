// A job of the curves policy whose runs a test makes up.
#ifndef ZEUS_BSO_TESTS_SERVER_POLICY_CURVES_TEST_JOB_H_
#define ZEUS_BSO_TESTS_SERVER_POLICY_CURVES_TEST_JOB_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/learn.h"
#include "server/policy/curves/pick.h"
#include "server/policy/curves/state.h"
#include "server/random/generator.h"

namespace zeus::bso::curves {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct TestJob {
  explicit TestJob(std::vector<int64_t> batch_sizes = {16, 32, 64, 128, 256}, size_t default_size = 2,
                   int64_t max_epochs = 100, double beta = 2)
      : state(MakeState({.batch_sizes = std::move(batch_sizes),
                         .default_size = default_size,
                         .max_epochs = max_epochs,
                         .beta = beta})) {}

  // Picks and starts a run.
  curves::Start Start() {
    const curves::Start start = Pick(state, Fit(state), generator);
    state.sizes[start.size].pending += 1;
    return start;
  }

  // Ends a run at `size` that no pick started, and returns the sizes that changed.
  std::vector<size_t> End(size_t size, Outcome outcome, Progress progress = {}, Kind kind = Kind::kExplore) {
    return Finish(Fit(state), size, kind, progress, outcome, state);
  }

  // A run whose every epoch costs the same.
  std::vector<size_t> Converge(size_t size, int64_t epochs, double epoch_cost) {
    return End(size, Outcome::kConverged, Steady(epochs, epoch_cost));
  }

  void ConvergeTimes(int times, size_t size, int64_t epochs, double epoch_cost) {
    for (int i = 0; i < times; ++i) Converge(size, epochs, epoch_cost);
  }

  static Progress Steady(int64_t epochs, double epoch_cost) {
    return {.epochs = epochs, .cost = static_cast<double>(epochs) * epoch_cost, .first_cost = epoch_cost};
  }

  SizeState& at(size_t size) { return state.sizes[size]; }

  State state;
  random::Generator generator{1};
};

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_TESTS_SERVER_POLICY_CURVES_TEST_JOB_H_
