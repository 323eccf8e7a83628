// Starts of trials of the curves policy.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::FailsWith;
using testing::IsOk;

// Without a timeout of its own, a trial is overdue after at most this.
constexpr absl::Duration kOverdue = absl::Hours(49);

TEST_CASE_METHOD(CurvesFixture, "The first trial runs the default size, those beside it others near it") {
  const Trial first = Start();
  CHECK(first.type == TrialType::kFirst);
  CHECK(first.batch_size == 32);
  CHECK(first.ticket->kind == curves::Kind::kFirst);
  CHECK(first.ticket->reference_cost == 0);
  CHECK(Stored(first).ticket == first.ticket);
  CHECK(StoredSize(32).state.pending == 1);
  CHECK(StoredSize(32).num_trials == 1);
  CHECK(Start().batch_size != 32);
  CHECK(Start().batch_size != 32);
}

TEST_CASE_METHOD(CurvesFixture, "A start ends the overdue trials of its job first, so that they hold no size back") {
  CreateJob(CurvesSpec("other"));
  const Trial silent = Start(), elsewhere = Start("other");
  now += kOverdue;
  const Trial next = Start();
  CHECK(next.batch_size == 32);
  CHECK(Stored(silent).failure == TrialFailure::kTimedOut);
  CHECK(StoredSize(32).state.pending == 1);
  CHECK(StoredSize(32).state.crashes == 1);
  CHECK(Stored(elsewhere).status == TrialStatus::kDispatched);
  CHECK(StoredSize(32, "other").state.pending == 1);
}

TEST_CASE_METHOD(CurvesFixture, "A start leaves alone what is due but was heard from within its timeout") {
  limits.timeouts.grace = absl::Hours(1);
  const Trial trial = Start();
  now += kOverdue;
  limits.timeouts.server_start = now;  // The trial could not reach the server before.
  CHECK(Start().batch_size != 32);
  CHECK(Stored(trial).status == TrialStatus::kDispatched);
}

TEST_CASE_METHOD(CurvesFixture, "A client with a running trial gets it again without a draw") {
  // Something has converged, so that a pick draws.
  Converge(Start(), 10, 10);
  const Trial trial = Start("job", "a");
  const Job before = StoredJob();
  const std::vector<CurvesSize> sizes = StoredSizes();
  const Trial again = Start("job", "a");
  CHECK(again.trial_number == trial.trial_number);
  CHECK(again.ticket == trial.ticket);
  CHECK(StoredJob().generator_state == before.generator_state);
  CHECK(StoredSizes() == sizes);
  Start("job", "b");
  CHECK(StoredJob().generator_state != before.generator_state);
}

TEST_CASE_METHOD(CurvesFixture, "A client whose trial is overdue gets a new one") {
  const Trial trial = Start("job", "a");
  now += kOverdue;
  const Trial next = Start("job", "a");
  CHECK(next.trial_number == 2);
  CHECK(Stored(trial).failure == TrialFailure::kTimedOut);
  CHECK(StoredSize(32).state.pending == 1);
}

TEST_CASE_METHOD(CurvesFixture, "A trial of a size of the caller's choice gets its type from what is known, undrawn") {
  const auto generator = StoredJob().generator_state;
  const TrialType asked_for = GENERATE(TrialType::kExploration, TrialType::kMab, TrialType::kFirst, TrialType::kBest);
  CHECK(CreateTrial(64, asked_for).type == TrialType::kFirst);
  Converge(CreateTrial(32, asked_for), 10, 10);
  const Trial best = CreateTrial(32, asked_for), explore = CreateTrial(16, asked_for);
  CHECK(best.type == TrialType::kBest);
  CHECK(explore.type == TrialType::kExplore);
  CHECK(explore.ticket->kind == curves::Kind::kExplore);
  CHECK(explore.ticket->log_epochs == explore.ticket->mean);
  CHECK(explore.ticket->reference_cost == StoredCurves().best_cost);
  CHECK(StoredJob().generator_state == generator);
}

TEST_CASE_METHOD(CurvesFixture, "A job starts no more trials than the server allows, and a refusal draws nothing") {
  Converge(Start(), 10, 10);
  limits.max_running_trials = 1;
  Start();
  const testing::Rows before = StoredRows();
  CHECK_THAT(TryStart(), FailsWith(Reason::kTooManyRunningTrials));
  CHECK((StoredRows() == before));
}

TEST_CASE_METHOD(CurvesFixture,
                 "Two jobs of one seed and the same calls decide the same, and with another seed otherwise") {
  const auto play = [&](const std::string& job_id) {
    std::string picks;
    for (int i = 0; i < 30; ++i) {
      const Trial trial = Start(job_id);
      picks += std::to_string(trial.batch_size) + " ";
      TakeReport(trial, 10, 100 + trial.batch_size % 7 + i, 1);
    }
    return picks;
  };
  JobSpec spec = CurvesSpec("other");
  spec.batch_sizes = {16, 32, 64};
  CreateJob(spec);
  CHECK(play("job") == play("other"));
  CHECK(StoredJob("job").generator_state == StoredJob("other").generator_state);
  spec.job_id = "seeded otherwise";
  spec.mab_seed = 2;
  CreateJob(spec);
  play(spec.job_id);
  CHECK(StoredJob(spec.job_id).generator_state != StoredJob("job").generator_state);
}

TEST_CASE_METHOD(CurvesFixture, "Beliefs that are kept in memory decide as beliefs that are fitted anew") {
  CreateJob(CurvesSpec("forgetful"));
  for (int i = 0; i < 40; ++i) {
    const Trial trial = Start("job");
    ForgetMemory();
    const Trial other = Start("forgetful");
    ForgetMemory();
    REQUIRE(trial.batch_size == other.batch_size);
    REQUIRE(trial.ticket == other.ticket);
    const double cost = 100.0 + static_cast<double>(i % 5) + static_cast<double>(trial.batch_size);
    REQUIRE(TakeReport(trial, 10, cost, i % 4 > 0).message == TakeReport(other, 10, cost, i % 4 > 0).message);
  }
  CHECK(StoredCurves("job") == StoredCurves("forgetful"));
}

}  // namespace
}  // namespace zeus::bso
