// Trials of a job of another policy teach the curves policy: the records that only older servers or a restart leave.
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "server/policy/curves/warm_start.h"
#include "tests/support/specs.h"

namespace zeus::bso::curves {
namespace {

// A trial of size 32 that converged. Each of its epochs cost 10 J.
Trial Converged(int64_t trial_number, int64_t epochs) {
  const double joules = 10 * static_cast<double>(epochs);
  return {.trial_number = trial_number,
          .batch_size = 32,
          .status = TrialStatus::kSucceeded,
          .result = Result{.time_seconds = 1, .energy_joules = joules, .converged = true},
          .progress = TrialProgress{.epochs = epochs, .time_seconds = 1, .energy_joules = joules}};
}

std::optional<KnownJob> Learn(const std::vector<Trial>& trials) {
  return LearnFromTrials(testing::MakeSpec(), std::nullopt, trials);
}

// The epochs that size 32 needs.
double EpochsAfter(const std::vector<Trial>& trials) {
  const std::optional<KnownJob> known = Learn(trials);
  REQUIRE(known.has_value());
  return std::exp(known->sizes[1].state.log_epochs);
}

TEST_CASE("A running trial teaches nothing, even if its record has a report") {
  Trial running = Converged(1, 10);
  running.status = TrialStatus::kDispatched;
  running.result.reset();
  CHECK_FALSE(Learn({running}).has_value());
}

TEST_CASE("A trial whose record has only the final report teaches its epochs and its costs") {
  Trial trial = Converged(1, 10);
  trial.progress.reset();
  CHECK_FALSE(Learn({trial}).has_value());
  trial.final_report = FinalReport{.epochs = 10};
  CHECK(EpochsAfter({trial}) == Approx(10));
  CHECK(Learn({trial})->sizes[1].epoch_joules == Approx(10));
}

// Two trials of a size that contradict each other: the later one is believed.
TEST_CASE("Trials without a revision of their end ended before all others, in the order of their times") {
  Trial early = Converged(3, 10);
  Trial late = Converged(2, 40);
  early.end_time = absl::UnixEpoch();
  late.end_time = absl::UnixEpoch() + absl::Seconds(1);
  CHECK(EpochsAfter({early, late}) == Approx(40));
  CHECK(EpochsAfter({late, early}) == Approx(40));
  early.end_revision = 1;
  CHECK(EpochsAfter({early, late}) == Approx(10));
}

TEST_CASE("Of a job with few batch sizes, the newest 10,000 trials teach") {
  std::vector<Trial> trials = {Converged(1, 10)};
  trials.front().batch_size = 16;
  for (int64_t number = 2; number <= 10'000; ++number) trials.push_back(Converged(number, 10));
  CHECK(Learn(trials)->sizes[0].state.runs == 1);
  trials.push_back(Converged(10'001, 10));
  CHECK(Learn(trials)->sizes[0].state.runs == 0);
}

}  // namespace
}  // namespace zeus::bso::curves
