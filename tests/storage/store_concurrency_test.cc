// Many threads on one store: no number is lost or given twice, no job is seen in part, every change is told.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "storage/store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/change_recorder.h"
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
  ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                      session.InsertTrial("job", {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
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

// 1 to `last`.
std::vector<int64_t> NumbersUpTo(int64_t last) {
  std::vector<int64_t> numbers(static_cast<size_t>(last));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
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
  if (numbers != NumbersUpTo(static_cast<int64_t>(numbers.size())))
    return absl::InternalError("the numbers of the trials have a gap");
  if (explorations != numbers.size()) return absl::InternalError("trials and explorations differ");
  if (job == nullptr && !numbers.empty()) return absl::InternalError("there are trials of no job");
  return numbers;
}

// All of them, ascending.
std::vector<int64_t> Sorted(const std::vector<std::vector<int64_t>>& numbers) {
  std::vector<int64_t> all;
  for (const std::vector<int64_t>& some : numbers) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  return all;
}

// Starts a trial through a session that is held open while others commit, until one wins; adds the numbers of all
// trials that were started.
absl::Status StartInHeldSession(Store& store, std::vector<int64_t>& numbers) {
  for (int attempt = 1;; ++attempt) {
    Session session = store.Begin();
    ZB_ASSIGN_OR_RETURN(const std::vector<int64_t> before, TrialsOfWholeJob(session));
    if (attempt == 1) {
      int64_t& number = numbers.emplace_back();
      ZB_RETURN_IF_ERROR(TransactUntilWon(store, [&](Session& other) { return StartTrial(other, number); }));
    }
    ZB_ASSIGN_OR_RETURN(const std::vector<int64_t> after, TrialsOfWholeJob(session));
    if (before != after) return absl::InternalError("a session saw what was committed after its begin");
    int64_t number = 0;
    ZB_RETURN_IF_ERROR(StartTrial(session, number));
    const absl::Status status = testing::Commit(store, session);
    if (HasReason(status, Reason::kLostRace)) continue;
    ZB_RETURN_IF_ERROR(status);
    if (attempt == 1) return absl::InternalError("a session won a race that it had lost");
    numbers.push_back(number);
    return absl::OkStatus();
  }
}

// The numbers of the trials that were started, in the order of their commits.
std::vector<int64_t> TrialsStarted(testing::ChangeRecorder& recorder) {
  std::vector<int64_t> numbers;
  for (const JobChange& change : recorder.ChangesOf("job")) {
    for (const Trial& trial : change.trials_started) numbers.push_back(trial.trial_number);
  }
  return numbers;
}

// Starts a trial while an observer is there, which must be told of it, and of no change twice.
absl::Status StartObserved(Store& store) {
  testing::ChangeRecorder visitor;
  store.AddObserver(&visitor);
  int64_t number = 0;
  const absl::Status status = TransactUntilWon(store, [&](Session& session) { return StartTrial(session, number); });
  store.RemoveObserver(&visitor);
  ZB_RETURN_IF_ERROR(status);
  const std::vector<int64_t> told = TrialsStarted(visitor);
  if (std::count(told.begin(), told.end(), number) != 1) return absl::InternalError("a change was not told once");
  if (std::adjacent_find(told.begin(), told.end(), std::greater_equal<>()) != told.end()) {
    return absl::InternalError("a change was told twice");
  }
  return absl::OkStatus();
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

  for (const std::vector<int64_t>& some : numbers) CHECK(std::is_sorted(some.begin(), some.end()));
  const std::vector<int64_t> expected = NumbersUpTo(kThreads * kTrialsPerThread);
  CHECK(Sorted(numbers) == expected);
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

TEST_CASE_METHOD(TestStore, "Sessions held open while others commit see one state, and lose the races that they lost") {
  constexpr int kThreads = 4;
  constexpr int kRounds = 15;
  REQUIRE_THAT(Transact([](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  std::vector<std::vector<int64_t>> numbers(kThreads);
  const auto work = [&](size_t thread) {
    absl::Status status;
    for (int i = 0; status.ok() && i < kRounds; ++i) status = StartInHeldSession(store(), numbers[thread]);
    return status;
  };
  REQUIRE_THAT(RunThreads(kThreads, work), IsOk());
  CHECK(Sorted(numbers) == NumbersUpTo(kThreads * kRounds * 2));
}

TEST_CASE_METHOD(TestStore, "Observers that come and go while others commit are told of every change once") {
  constexpr int kThreads = 8;
  constexpr int kRounds = 25;
  testing::ChangeRecorder resident;
  store().AddObserver(&resident);
  REQUIRE_THAT(Transact([](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  const auto work = [&](size_t) {
    absl::Status status;
    for (int i = 0; status.ok() && i < kRounds; ++i) status = StartObserved(store());
    return status;
  };
  REQUIRE_THAT(RunThreads(kThreads, work), IsOk());
  store().RemoveObserver(&resident);
  CHECK(resident.ChangesOf("job").size() == 1 + kThreads * kRounds);
  CHECK(TrialsStarted(resident) == NumbersUpTo(kThreads * kRounds));
}

}  // namespace
}  // namespace zeus::bso::storage
