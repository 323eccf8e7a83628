// CommitQueue: whose thread commits what, and when who is told.
#include "storage/commit_queue.h"

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "model/error.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/engine_decorator.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;

// Its first commit waits until it is let go.
class HeldCommits : public testing::EngineDecorator {
 public:
  using EngineDecorator::EngineDecorator;

  std::unique_ptr<Transaction> Begin(Isolation isolation) override {
    return std::make_unique<HeldTransaction>(EngineDecorator::Begin(isolation), *this);
  }

  void WaitUntilBegun() { begun_.WaitForNotification(); }
  void LetGo() { let_go_.Notify(); }

 private:
  class HeldTransaction : public testing::TransactionDecorator {
   public:
    HeldTransaction(std::unique_ptr<Transaction> transaction, HeldCommits& commits)
        : TransactionDecorator(std::move(transaction)), commits_(commits) {}

    absl::Status Commit() override {
      if (!commits_.begun_.HasBeenNotified()) {
        commits_.begun_.Notify();
        commits_.let_go_.WaitForNotification();
      }
      return TransactionDecorator::Commit();
    }

   private:
    HeldCommits& commits_;
  };

  absl::Notification begun_;
  absl::Notification let_go_;
};

class CommitQueueFixture : public SessionFixture {
 public:
  // A session that adds a job, ready to be committed.
  std::unique_ptr<Session> Adding(Engine& engine, const std::string& job_id) {
    std::unique_ptr<Session> session = NewSession(engine);
    REQUIRE_THAT(session->InsertJob(MakeJob(job_id)), IsOk());
    return session;
  }

  // A session that changes a job.
  std::unique_ptr<Session> Changing(Engine& engine, const std::string& job_id) {
    std::unique_ptr<Session> session = NewSession(engine);
    REQUIRE(session->FetchJob(job_id).ok());
    REQUIRE(session->MutableJob(job_id).ok());
    return session;
  }

  CommitQueue& queue() { return queue_; }

  // Commits `session`; what came of it is in `outcome` then.
  void Commit(Session& session, absl::Status& outcome) {
    queue_.Commit(session, [&outcome](absl::Status status) -> Session* {
      outcome = std::move(status);
      return nullptr;
    });
  }

 private:
  std::unique_ptr<Session> NewSession(Engine& engine) {
    return std::make_unique<Session>(
        Session::Parts{
            .engine = engine, .uids = uids_, .decoded_jobs = decoded_jobs_, .jobs = jobs(), .alarm = alarm()},
        Isolation::kSnapshot);
  }

  UidSequence uids_{7};
  DecodedJobs decoded_jobs_;
  CommitQueue queue_{GENERATE(CommitQueue::Telling::kAtOnce, CommitQueue::Telling::kAfterwards)};
};

TEST_CASE_METHOD(CommitQueueFixture, "A commit that meets no other is done on return") {
  const std::unique_ptr<Session> session = Adding(engine(), "job");
  absl::Status outcome = absl::UnknownError("not told");
  Commit(*session, outcome);
  CHECK_THAT(outcome, IsOk());
  CHECK(CountRows(engine(), Table::kJobs) == 1);
}

TEST_CASE_METHOD(CommitQueueFixture,
                 "Commits that meet another are left to its thread, which does them in their order") {
  HeldCommits held(engine());
  const std::unique_ptr<Session> first = Adding(held, "first");
  const std::unique_ptr<Session> second = Adding(held, "second");
  const std::unique_ptr<Session> third = Adding(held, "third");
  std::vector<std::string> told;
  std::vector<std::thread::id> tellers;
  const auto tell = [&](const std::string& name) {
    return [&, name](const absl::Status& status) -> Session* {
      told.push_back(status.ok() ? name : status.ToString());
      tellers.push_back(std::this_thread::get_id());
      return nullptr;
    };
  };
  std::thread committer([&] { queue().Commit(*first, tell("first")); });
  const std::thread::id committer_id = committer.get_id();
  held.WaitUntilBegun();
  queue().Commit(*second, tell("second"));
  queue().Commit(*third, tell("third"));
  held.LetGo();
  committer.join();
  CHECK(told == std::vector<std::string>{"first", "second", "third"});
  CHECK(tellers == std::vector<std::thread::id>(3, committer_id));
  CHECK(CountRows(engine(), Table::kJobs) == 3);
}

TEST_CASE_METHOD(CommitQueueFixture, "Each commit has its own outcome") {
  HeldCommits held(engine());
  const std::unique_ptr<Session> first = Adding(held, "job");
  const std::unique_ptr<Session> loser = Adding(held, "job");
  const std::unique_ptr<Session> other = Adding(held, "other");
  std::vector<absl::Status> outcomes(3, absl::UnknownError("not told"));
  std::thread committer([&] { Commit(*first, outcomes[0]); });
  held.WaitUntilBegun();
  Commit(*loser, outcomes[1]);
  Commit(*other, outcomes[2]);
  held.LetGo();
  committer.join();
  CHECK_THAT(outcomes[0], IsOk());
  CHECK_THAT(outcomes[1], FailsWith(Reason::kLostRace));
  CHECK_THAT(outcomes[2], IsOk());
}

TEST_CASE_METHOD(CommitQueueFixture, "Who is told can commit something else") {
  const std::unique_ptr<Session> first = Adding(engine(), "first");
  const std::unique_ptr<Session> second = Adding(engine(), "second");
  absl::Status nested = absl::UnknownError("not told");
  queue().Commit(*first, [&](const absl::Status&) -> Session* {
    Commit(*second, nested);
    return nullptr;
  });
  CHECK_THAT(nested, IsOk());
  CHECK(CountRows(engine(), Table::kJobs) == 2);
}

TEST_CASE_METHOD(CommitQueueFixture, "Who is told of a lost race does not stand in the way of a commit meanwhile") {
  const std::unique_ptr<Session> loser = Adding(engine(), "job");
  AddJob("job");
  const std::unique_ptr<Session> second = Adding(engine(), "second");
  absl::Status meanwhile = absl::UnknownError("not told");
  absl::Status known_inside = absl::OkStatus();
  queue().Commit(*loser, [&](const absl::Status& status) -> Session* {
    CHECK_THAT(status, FailsWith(Reason::kLostRace));
    Commit(*second, meanwhile);
    known_inside = meanwhile;
    return nullptr;
  });
  CHECK_THAT(known_inside, IsOk());
}

TEST_CASE_METHOD(CommitQueueFixture, "Who loses races commits again, however often, and the stack does not grow") {
  constexpr size_t kLosers = 100;
  std::vector<std::unique_ptr<Session>> sessions;
  for (size_t i = 0; i < kLosers; ++i) sessions.push_back(Adding(engine(), "job"));
  AddJob("job");
  sessions.push_back(Adding(engine(), "second"));
  std::vector<absl::Status> outcomes;
  std::set<const void*> frames;
  queue().Commit(*sessions[0], [&](absl::Status status) -> Session* {
    frames.insert(&status);
    outcomes.push_back(std::move(status));
    return outcomes.size() < sessions.size() ? sessions[outcomes.size()].get() : nullptr;
  });
  REQUIRE(outcomes.size() == kLosers + 1);
  for (size_t i = 0; i < kLosers; ++i) CHECK_THAT(outcomes[i], FailsWith(Reason::kLostRace));
  CHECK_THAT(outcomes[kLosers], IsOk());
  CHECK(frames.size() <= 2);  // One for each place that tells.
}

TEST_CASE_METHOD(CommitQueueFixture, "Those who lost the same race do not lose to each other again") {
  constexpr int kLosers = 20;
  AddJob("job");
  HeldCommits held(engine());
  const std::unique_ptr<Session> first = Changing(held, "job");
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < kLosers; ++i) sessions.push_back(Changing(held, "job"));
  absl::Status first_outcome = absl::UnknownError("not told");
  std::thread committer([&] { Commit(*first, first_outcome); });
  held.WaitUntilBegun();
  int lost = 0;
  int won = 0;
  for (std::unique_ptr<Session>& session : sessions) {
    queue().Commit(*session, [&](const absl::Status& status) -> Session* {
      if (!HasReason(status, Reason::kLostRace)) {
        won += status.ok() ? 1 : 0;
        return nullptr;
      }
      ++lost;
      session = Changing(held, "job");
      return session.get();
    });
  }
  held.LetGo();
  committer.join();
  CHECK_THAT(first_outcome, IsOk());
  CHECK(won == kLosers);
  CHECK(lost == kLosers);
}

TEST_CASE_METHOD(CommitQueueFixture, "What is committed after a lost race takes its turn") {
  HeldCommits held(engine());
  const std::unique_ptr<Session> first = Adding(held, "job");
  const std::unique_ptr<Session> loser = Adding(held, "job");
  const std::unique_ptr<Session> again = Adding(held, "again");
  const std::unique_ptr<Session> other = Adding(held, "other");
  absl::Status first_outcome = absl::UnknownError("not told");
  absl::Status other_outcome = absl::UnknownError("not told");
  std::vector<absl::Status> outcomes;
  std::thread committer([&] { Commit(*first, first_outcome); });
  held.WaitUntilBegun();
  queue().Commit(*loser, [&](absl::Status status) -> Session* {
    outcomes.push_back(std::move(status));
    return outcomes.size() == 1 ? again.get() : nullptr;
  });
  Commit(*other, other_outcome);
  held.LetGo();
  committer.join();
  CHECK_THAT(first_outcome, IsOk());
  CHECK_THAT(other_outcome, IsOk());
  REQUIRE(outcomes.size() == 2);
  CHECK_THAT(outcomes[0], FailsWith(Reason::kLostRace));
  CHECK_THAT(outcomes[1], IsOk());
  CHECK(CountRows(engine(), Table::kJobs) == 3);
}

}  // namespace
}  // namespace zeus::bso::storage
