// The trials in flight of each size are its running trials, whoever started or ended them.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "catch2/catch.hpp"
#include "server/service/sweeper.h"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::IsOk;
using testing::Value;

class CountsFixture : public CurvesFixture {
 public:
  std::vector<Trial> StoredTrials() {
    std::vector<Trial> trials;
    REQUIRE_THAT(testing::Transact(store(),
                                   [&](storage::Session& session) {
                                     trials.clear();
                                     return session.ScanTrials("job", 0, [&](const Trial& trial) {
                                       trials.push_back(trial);
                                       return true;
                                     });
                                   }),
                 IsOk());
    return trials;
  }

  // Checks what each size counts against the trials, and that they are numbered without a gap.
  void CheckCounts() {
    std::map<int64_t, CurvesSize> expected;
    const std::vector<Trial> trials = StoredTrials();
    int64_t num_running = 0;
    for (size_t i = 0; i < trials.size(); ++i) {
      const Trial& trial = trials[i];
      REQUIRE(trial.trial_number == static_cast<int64_t>(i) + 1);
      CurvesSize& size = expected[trial.batch_size];
      ++size.num_trials;
      size.num_converged += trial.result.has_value() && trial.result->converged ? 1 : 0;
      const bool ended = trial.status != TrialStatus::kDispatched && trial.failure != TrialFailure::kCancelled;
      size.num_failed += ended && !(trial.result.has_value() && trial.result->converged) ? 1 : 0;
      if (trial.status != TrialStatus::kDispatched) continue;
      ++size.state.pending;
      ++num_running;
    }
    CHECK(StoredJob().num_running_trials == num_running);
    for (const CurvesSize& size : StoredSizes()) {
      CAPTURE(size.batch_size);
      CHECK(size.state.pending == expected[size.batch_size].state.pending);
      CHECK(size.num_trials == expected[size.batch_size].num_trials);
      CHECK(size.num_converged == expected[size.batch_size].num_converged);
      CHECK(size.num_failed == expected[size.batch_size].num_failed);
    }
  }

  // Lets a sweeper end what is overdue.
  void Sweep() {
    const auto overdue = [&] {
      const std::vector<Trial> trials = StoredTrials();
      return std::count_if(trials.begin(), trials.end(), [&](const Trial& trial) {
        return trial.status == TrialStatus::kDispatched &&
               limits.timeouts.EndOf(StoredJob().spec, trial, std::nullopt) <= now;
      });
    };
    const Sweeper sweeper(
        store(), [this] { return now; }, limits, std::make_shared<Memory>(), [](const std::string&) {});
    while (overdue() > 0) absl::SleepFor(absl::Milliseconds(1));
  }
};

TEST_CASE_METHOD(CountsFixture, "After any mix of calls, each size counts its running and its ended trials") {
  std::mt19937 random(GENERATE(1U, 2U, 3U, 4U));
  const auto one_of = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  limits.timeouts.grace = absl::ZeroDuration();
  const std::vector<int64_t> sizes = {16, 32, 64};
  const std::vector<TrialFailure> failures = {TrialFailure::kFailed, TrialFailure::kInfeasible,
                                              TrialFailure::kCancelled, TrialFailure::kTimedOut,
                                              TrialFailure::kNotConverged};
  for (int i = 0; i < 250; ++i) {
    CAPTURE(i);
    now += absl::Hours(one_of(4));
    std::vector<Trial> running = StoredTrials();
    std::erase_if(running, [](const Trial& trial) { return trial.status != TrialStatus::kDispatched; });
    const std::optional<Trial> any = running.empty() ? std::nullopt : std::optional(running[one_of(running.size())]);
    const std::optional<TrialProgress> epochs =
        one_of(2) == 0 ? std::nullopt
                       : std::optional(TrialProgress{.epochs = 3, .time_seconds = 1, .energy_joules = 100});
    switch (one_of(12)) {
      case 0:
      case 1:
        Start();
        break;
      case 2:
        Start("job", "client-" + std::to_string(one_of(3)));
        break;
      case 3:
        StartAt(sizes[one_of(3)]);
        break;
      case 4:
        if (any.has_value()) REQUIRE_THAT(TryReport({KeyOf(*any), 1, 50, 0, 1}).status(), IsOk());
        break;
      case 5:
      case 6:
        if (any.has_value()) REQUIRE_THAT(TryReport({KeyOf(*any), 1, 100, one_of(2) * 1.0, 100}).status(), IsOk());
        break;
      case 7:
        if (any.has_value()) REQUIRE_THAT(TryEnd(KeyOf(*any), failures[one_of(failures.size())]), IsOk());
        break;
      case 8:
        if (any.has_value()) {
          EndTrial(*any,
                   {.status = TrialStatus::kSucceeded, .result = Result{1, 100, one_of(2) == 0}, .progress = epochs});
        }
        break;
      case 9:
        if (any.has_value()) {
          EndTrial(*any, {.status = TrialStatus::kFailed, .failure = failures[one_of(5)], .progress = epochs});
        }
        break;
      case 10: {
        // A session that starts and ends some, and is dropped or not.
        const auto body = [&](ZeusService& service) {
          Value(service.GetJob("job"));
          const Trial first = *Value(service.CreateTrial("job", sizes[one_of(3)], TrialType::kExploration));
          Value(service.ChooseTrial("job", ""));
          Value(service.UpdateTrial(KeyOf(first), {.status = TrialStatus::kFailed}));
          if (any.has_value()) {
            Value(service.GetTrial(KeyOf(*any)));
            Value(service.UpdateTrial(
                KeyOf(*any), {.status = TrialStatus::kSucceeded, .result = Result{1, 100, true}, .progress = epochs}));
          }
        };
        one_of(2) == 0 ? Commit(body) : Drop(body);
        break;
      }
      default:
        if (one_of(4) == 0) now += absl::Hours(20);
        Sweep();
    }
    if (i % 10 == 9) CheckCounts();
  }
  now += absl::Hours(100);
  Sweep();
  CheckCounts();
  CHECK(StoredJob().num_running_trials == 0);
}

TEST_CASE_METHOD(CountsFixture, "The last trials that a size names are those that ended last") {
  const Trial first = StartAt(32), second = StartAt(32);
  TakeReport(second, 3, 30, 1);
  TakeReport(first, 3, 30, 1);
  CHECK(StoredSize(32).last_converged_trial == first.trial_number);
  const Trial third = StartAt(32), fourth = StartAt(32);
  REQUIRE_THAT(TryEnd(KeyOf(fourth), TrialFailure::kInfeasible), IsOk());
  REQUIRE_THAT(TryEnd(KeyOf(third), TrialFailure::kFailed), IsOk());
  CHECK(StoredSize(32).last_failed_trial == third.trial_number);
  CHECK(StoredSize(32).last_infeasible_trial == fourth.trial_number);
}

TEST_CASE_METHOD(CountsFixture, "A keep-training report of a curves job writes nothing, and a result one size") {
  const Trial trial = StartAt(16);
  const testing::Rows before = StoredRows();
  REQUIRE_FALSE(TakeReport(trial, 1, 10).stop_train);
  CHECK((StoredRows() == before));
  REQUIRE(TakeReport(trial, 10, 100, 1).stop_train);
  int num_changed = 0;
  for (const auto& [key, value] : StoredRows()) {
    if (key.first == "curves_sizes" && before.at(key) != value) ++num_changed;
  }
  CHECK(num_changed == 1);
}

}  // namespace
}  // namespace zeus::bso
