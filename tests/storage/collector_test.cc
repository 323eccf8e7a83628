#include "storage/collector.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "tests/storage/session_fixture.h"
#include "tests/support/end_trial.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::Value;

// Polls until the table is empty; false when that takes too long.
bool BecomesEmpty(Engine& engine, Table table) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (CountRows(engine, table) > 0) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

// Says what each commit erased, and can fail from some commit on. Thread-safe.
class CommitLog {
 public:
  using Erased = std::map<Table, int>;

  // Lets `count` commits pass and fails those that follow.
  void FailAfter(size_t count) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    limit_ = count;
  }

  absl::Status Add(const Erased& erased) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (limit_.has_value() && commits_.size() == *limit_) {
      failed_ = true;
      return MakeError(Reason::kStorageUnavailable, "the disk fails");
    }
    commits_.push_back(erased);
    return absl::OkStatus();
  }

  void WaitUntilFailed() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&failed_));
  }

  std::vector<Erased> commits() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return commits_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::optional<size_t> limit_ ABSL_GUARDED_BY(mutex_);
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Erased> commits_ ABSL_GUARDED_BY(mutex_);
};

class LoggedEngine : public testing::EngineDecorator {
 public:
  LoggedEngine(Engine& engine, CommitLog& log) : testing::EngineDecorator(engine), log_(log) {}

  absl::Status Write(std::span<const WriteBatch* const> batches, bool sync) override {
    CommitLog::Erased erased;
    for (const WriteBatch* const batch : batches) {
      for (const RowWrite& write : batch->writes()) {
        if (!write.value.has_value()) ++erased[write.table];
      }
    }
    const absl::Status logged = log_.Add(erased);
    return logged.ok() ? testing::EngineDecorator::Write(batches, sync) : logged;
  }

 private:
  CommitLog& log_;
};

// A collector with what it needs.
class RunningCollector {
 public:
  explicit RunningCollector(Engine& engine)
      : committer_(engine, {.clear_cache = [] {}}), collector_(engine, committer_) {}

  void Notify() { collector_.Notify(); }

 private:
  Committer committer_;
  Collector collector_;
};

// Jobs with all kinds of rows below them; a collector starts when the test says so.
class CollectorFixture : public SessionFixture {
 public:
  // A job with `trials` succeeded explorations and an arm.
  void AddFullJob(const std::string& job_id, int trials) {
    Run([&](Session& session) {
      REQUIRE_THAT(session.InsertJob(MakeJob(job_id)), IsOk());
      REQUIRE_THAT(session.InsertArm(job_id, {.batch_size = 32, .param_mean = -5}), IsOk());
      for (int number = 1; number <= trials; ++number) {
        Value(session.InsertTrial(job_id, {.batch_size = 32, .type = TrialType::kExploration, .time = kStart}));
        Value(testing::EndTrial(session, {job_id, 32, number}, kEnd, MakeResult(number)));
      }
    });
  }

  // Deletes a job as a server would that dies before it collects anything. The store does not know.
  void DeleteJob(const std::string& job_id = "job") {
    const JobRow row = Value(DecodeJob(job_id, testing::GetRow(engine(), Table::kJobs, job_id).value()));
    WriteBatch batch;
    batch.Delete(Table::kJobs, job_id);
    batch.Put(Table::kGarbage, UidKey(row.uid), "");
    REQUIRE_THAT(testing::Write(engine(), batch), IsOk());
  }

  void CheckRowsBelowJobs(int trials, int arms) {
    CHECK(CountRows(engine(), Table::kTrials) == trials);
    CHECK(CountRows(engine(), Table::kExplorations) == trials);
    CHECK(CountRows(engine(), Table::kResults) == trials);
    CHECK(CountRows(engine(), Table::kArms) == arms);
  }

  CommitLog& log() { return log_; }
  Engine& logged_engine() { return logged_engine_; }

 private:
  CommitLog log_;
  LoggedEngine logged_engine_{engine(), log_};
};

TEST_CASE_METHOD(CollectorFixture, "The rows of a deleted job vanish from all tables, those of others stay") {
  AddFullJob("before", 3);
  AddFullJob("job", 4);
  AddFullJob("after", 5);
  DeleteJob("job");
  CheckRowsBelowJobs(/*trials=*/12, /*arms=*/3);
  {
    const RunningCollector collector(engine());
    REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  }
  CheckRowsBelowJobs(/*trials=*/8, /*arms=*/2);
  Reopen();
  Session session = Begin();
  CHECK(DescribeResults(session, 32, 0, "before") == "3: 3 J, 2: 2 J, 1: 1 J");
  CHECK(DescribeExplorations(session, "after") == "32: 1 2 3 4 5");
  CHECK(DescribeArms(session, "after") == "32: mean -5");
}

TEST_CASE_METHOD(CollectorFixture, "Jobs deleted together are all collected") {
  for (const char* job_id : {"a", "b", "c"}) AddFullJob(job_id, 2);
  for (const char* job_id : {"a", "b", "c"}) DeleteJob(job_id);
  const RunningCollector collector(engine());
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);
}

TEST_CASE_METHOD(CollectorFixture, "A collector that is told of new garbage collects it") {
  AddFullJob("job", 2);
  RunningCollector collector(engine());
  DeleteJob("job");
  collector.Notify();
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);
}

TEST_CASE_METHOD(CollectorFixture, "A job registered again under the name of one that is collected loses nothing") {
  AddFullJob("job", 5);
  DeleteJob("job");
  Reopen();
  AddFullJob("job", 2);
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/2, /*arms=*/1);
  Session session = Begin();
  CHECK(DescribeTrials(session) == "1: 32 Succeeded 1 J, 2: 32 Succeeded 2 J");
}

TEST_CASE_METHOD(CollectorFixture, "A large job is collected in bounded steps and its garbage row goes last") {
  constexpr int kTrials = 2500;
  AddFullJob("job", kTrials);
  DeleteJob("job");
  const RunningCollector collector(logged_engine());
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);

  const std::vector<CommitLog::Erased> commits = log().commits();
  CommitLog::Erased total;
  for (const CommitLog::Erased& commit : commits) {
    int rows = 0;
    for (const auto& [table, count] : commit) {
      rows += count;
      total[table] += count;
    }
    CHECK(rows <= 200);
  }
  CHECK(total == CommitLog::Erased{{Table::kTrials, kTrials},
                                   {Table::kExplorations, kTrials},
                                   {Table::kResults, kTrials},
                                   {Table::kArms, 1},
                                   {Table::kGarbage, 1}});
  CHECK(commits.back() == CommitLog::Erased{{Table::kGarbage, 1}});
}

TEST_CASE_METHOD(CollectorFixture, "The sizes of a job of the curves policy are collected with it") {
  Run([](Session& session) {
    REQUIRE_THAT(session.InsertJob(MakeJob()), IsOk());
    for (const int64_t size : {16, 32, 64}) {
      REQUIRE_THAT(session.PutCurvesSize("job", {.batch_size = size}), IsOk());
    }
  });
  DeleteJob("job");
  CHECK(CountRows(engine(), Table::kCurvesSizes) == 3);
  const RunningCollector collector(engine());
  CHECK(BecomesEmpty(engine(), Table::kCurvesSizes));
}

TEST_CASE_METHOD(CollectorFixture, "The summary of a job is collected with it") {
  Run([](Session& session) {
    REQUIRE_THAT(session.InsertJob(MakeJob()), IsOk());
    REQUIRE_THAT(session.PutSummary("job", {.last_trial_number = 1, .last_end_time = kStart}), IsOk());
  });
  DeleteJob("job");
  CHECK(CountRows(engine(), Table::kSummaries) == 1);
  const RunningCollector collector(engine());
  CHECK(BecomesEmpty(engine(), Table::kSummaries));
}

TEST_CASE_METHOD(CollectorFixture, "Jobs of exactly one step's and two steps' rows are collected whole") {
  const int trials = GENERATE(199, 200, 201, 1000);
  AddFullJob("job", trials);
  DeleteJob("job");
  const RunningCollector collector(engine());
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);
}

TEST_CASE_METHOD(CollectorFixture,
                 "A collection that was interrupted keeps its garbage row, and the next one ends it") {
  AddFullJob("job", 1500);
  DeleteJob("job");
  log().FailAfter(2);
  {
    const RunningCollector interrupted(logged_engine());
    log().WaitUntilFailed();
  }
  CHECK(CountRows(engine(), Table::kGarbage) == 1);
  CHECK(CountRows(engine(), Table::kExplorations) == 1500);
  Reopen();
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);
}

TEST_CASE_METHOD(CollectorFixture, "Collecting does not make a session that reads the deleted job lose sight of it") {
  AddFullJob("job", 3);
  Session reader = Begin();
  DeleteJob("job");
  const RunningCollector collector(engine());
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CHECK(DescribeExplorations(reader) == "32: 1 2 3");
  CHECK(DescribeResults(reader, 32) == "3: 3 J, 2: 2 J, 1: 1 J");
}

TEST_CASE_METHOD(CollectorFixture, "A store collects what its sessions delete") {
  AddFullJob("job", 3);
  Run([](Session& session) { CHECK(Value(session.DeleteJob("job"))); });
  CHECK(BecomesEmpty(engine(), Table::kArms));
  CHECK(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);
}

TEST_CASE_METHOD(CollectorFixture, "A store that is opened collects what the last one left") {
  AddFullJob("job", 10);
  DeleteJob("job");
  Reopen();
  REQUIRE(BecomesEmpty(engine(), Table::kGarbage));
  CheckRowsBelowJobs(/*trials=*/0, /*arms=*/0);
}

}  // namespace
}  // namespace zeus::bso::storage
