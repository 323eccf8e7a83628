// Many threads on one store: no number is lost or given twice, and no job is seen in part.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catch2/catch.hpp"
#include "server/model/status_macros.h"
#include "storage/store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::TestStore;

// As a client does: a call that lost its race is repeated.
absl::Status TransactUntilWon(Store& store, Store::Body body) {
  while (true) {
    absl::Status status = testing::Transact(store, body);
    if (!HasReason(status, Reason::kLostRace)) return status;
  }
}

// Starts a trial; `number` is its number.
absl::Status StartTrial(Session& session, int64_t& number) {
  ZB_RETURN_IF_ERROR(session.FetchJob("job").status());
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session.InsertTrial("job", 32, TrialType::kExploration, kStart));
  number = trial->trial_number;
  return absl::OkStatus();
}

// Runs `work(index)` on `count` threads; answers the first error.
template <typename Work>
absl::Status RunThreads(int count, Work work) {
  std::vector<absl::Status> outcomes(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < outcomes.size(); ++i) threads.emplace_back([&, i] { outcomes[i] = work(i); });
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& outcome : outcomes) ZB_RETURN_IF_ERROR(outcome);
  return absl::OkStatus();
}

// The trial numbers of the job; an error when it is there in part only.
absl::StatusOr<std::vector<int64_t>> TrialsOfWholeJob(Session& session) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob("job"));
  std::vector<int64_t> numbers;
  ZB_RETURN_IF_ERROR(session.ScanTrials("job", 0, [&](const Trial& trial) {
    numbers.push_back(trial.trial_number);
    return true;
  }));
  size_t explorations = 0;
  ZB_ASSIGN_OR_RETURN(const Explorations by_size, session.ReadExplorations("job"));
  for (const auto& [size, trials] : by_size) explorations += trials.size();
  std::vector<int64_t> expected(numbers.size());
  std::iota(expected.begin(), expected.end(), 1);
  if (numbers != expected) return absl::InternalError("the numbers of the trials have a gap");
  if (explorations != numbers.size()) return absl::InternalError("trials and explorations differ");
  if (job == nullptr && !numbers.empty()) return absl::InternalError("there are trials of no job");
  return numbers;
}

TEST_CASE_METHOD(TestStore, "Trials that many threads start on one job are numbered without gap or repetition") {
  constexpr int kThreads = 8;
  constexpr int kTrialsPerThread = 40;
  REQUIRE_THAT(Transact([](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  std::vector<std::vector<int64_t>> numbers(kThreads);
  const auto start_trials = [&](size_t thread) {
    absl::Status status;
    for (int i = 0; status.ok() && i < kTrialsPerThread; ++i) {
      int64_t& number = numbers[thread].emplace_back();
      status = TransactUntilWon(store(), [&](Session& session) { return StartTrial(session, number); });
    }
    return status;
  };
  REQUIRE_THAT(RunThreads(kThreads, start_trials), IsOk());

  std::vector<int64_t> all;
  for (const std::vector<int64_t>& some : numbers) {
    CHECK(std::is_sorted(some.begin(), some.end()));
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<int64_t> expected(kThreads * kTrialsPerThread);
  std::iota(expected.begin(), expected.end(), 1);
  CHECK(all == expected);
  const auto check_stored = [&](Session& session) {
    CHECK(testing::Value(TrialsOfWholeJob(session)) == expected);
    return absl::OkStatus();
  };
  CHECK_THAT(Transact(check_stored), IsOk());
}

TEST_CASE_METHOD(TestStore, "Deletions that race with new trials leave the job whole or nothing of it") {
  constexpr int kRounds = 60;
  const auto delete_job = [](Session& session) -> absl::Status {
    ZB_RETURN_IF_ERROR(TrialsOfWholeJob(session).status());
    return session.DeleteJob("job").status();
  };
  const auto start_trial = [](Session& session) -> absl::Status {
    ZB_RETURN_IF_ERROR(TrialsOfWholeJob(session).status());
    ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob("job"));
    if (job == nullptr) ZB_RETURN_IF_ERROR(session.InsertJob(MakeJob()));
    int64_t number = 0;
    return StartTrial(session, number);
  };
  const auto work = [&](size_t thread) {
    absl::Status status;
    for (int i = 0; status.ok() && i < kRounds; ++i) {
      status = thread == 0 ? TransactUntilWon(store(), delete_job) : TransactUntilWon(store(), start_trial);
    }
    return status;
  };
  REQUIRE_THAT(RunThreads(4, work), IsOk());
  CHECK_THAT(Transact([](Session& session) { return TrialsOfWholeJob(session).status(); }), IsOk());
}

}  // namespace
}  // namespace zeus::bso::storage
