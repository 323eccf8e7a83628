// What a store counts.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "storage/stats.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/held_writes.h"
#include "tests/support/memory_engine.h"

namespace zeus::bso::storage {
namespace {

using testing::IsOk;
using testing::Value;

// The sums, once they are added up.
JobSums AwaitSums(const Store& store) {
  std::optional<JobSums> sums = store.job_sums();
  for (; !sums.has_value(); sums = store.job_sums()) absl::SleepFor(absl::Milliseconds(1));
  return *sums;
}

std::string Show(const JobSums& sums) {
  return absl::StrCat(sums.running_trials, " running, ", sums.jobs_with_warnings, " with warnings");
}

void Insert(Store& store, const std::string& job_id) {
  REQUIRE_THAT(testing::Transact(store, [&](Session& session) { return session.InsertJob(MakeJob(job_id)); }), IsOk());
}

Trial Start(Store& store, const std::string& job_id) {
  Trial started;
  REQUIRE_THAT(testing::Transact(store,
                                 [&](Session& session) -> absl::Status {
                                   ZB_RETURN_IF_ERROR(session.FetchJob(job_id).status());
                                   ZB_ASSIGN_OR_RETURN(const Trial* const trial,
                                                       session.InsertTrial(job_id, {.batch_size = 32, .time = kStart}));
                                   started = *trial;
                                   return absl::OkStatus();
                                 }),
               IsOk());
  return started;
}

void SetWarnings(Store& store, const std::string& job_id, std::vector<Warning> warnings) {
  REQUIRE_THAT(testing::Transact(store,
                                 [&](Session& session) -> absl::Status {
                                   ZB_RETURN_IF_ERROR(session.FetchJob(job_id).status());
                                   ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(job_id));
                                   job->warnings = warnings;
                                   return absl::OkStatus();
                                 }),
               IsOk());
}

TEST_CASE("The sums over all jobs follow each commit") {
  testing::TestStore test;
  Insert(test.store(), "a");
  Insert(test.store(), "b");
  Trial trial = Start(test.store(), "a");
  Start(test.store(), "a");
  Start(test.store(), "b");
  SetWarnings(test.store(), "b", {Warning{}});
  SetWarnings(test.store(), "b", {Warning{}, Warning{.reason = WarningReason::kSizeRests, .batch_size = 16}});
  CHECK(Show(AwaitSums(test.store())) == "3 running, 1 with warnings");

  REQUIRE_THAT(test.Transact([&](Session& session) -> absl::Status {
    ZB_RETURN_IF_ERROR(session.FetchTrial(KeyOf(trial)).status());
    trial.status = TrialStatus::kFailed;
    trial.end_time = kEnd;
    return session.EndTrial(trial).status();
  }),
               IsOk());
  CHECK(Show(AwaitSums(test.store())) == "2 running, 1 with warnings");

  // A session that fails changes nothing.
  CHECK_FALSE(test.Transact([](Session& session) -> absl::Status {
                    ZB_RETURN_IF_ERROR(session.DeleteJob("a").status());
                    return absl::InternalError("no");
                  })
                  .ok());
  CHECK(Show(AwaitSums(test.store())) == "2 running, 1 with warnings");

  REQUIRE_THAT(test.Transact([](Session& session) { return session.DeleteJob("b").status(); }), IsOk());
  CHECK(Show(AwaitSums(test.store())) == "1 running, 0 with warnings");
}

TEST_CASE("The sums are added up again after a restart") {
  testing::TestStore test;
  constexpr int kJobs = 600;  // More than two pages.
  for (int i = 0; i < kJobs; ++i) Insert(test.store(), absl::StrCat("job", i));
  Start(test.store(), "job0");
  Start(test.store(), "job599");
  SetWarnings(test.store(), "job300", {Warning{}});
  test.Reopen();
  CHECK(Show(AwaitSums(test.store())) == "2 running, 1 with warnings");
  Start(test.store(), "job300");
  CHECK(Show(AwaitSums(test.store())) == "3 running, 1 with warnings");
}

TEST_CASE("Failures and reopenings of the engine are counted, and the sums are added up again") {
  auto owned = std::make_unique<testing::HeldWrites>(std::make_unique<testing::MemoryEngine>());
  testing::HeldWrites& engine = *owned;
  const std::unique_ptr<Store> store = Value(Store::Open(std::move(owned), Durability::kSync));
  Insert(*store, "job");
  Start(*store, "job");
  CHECK(AwaitSums(*store).running_trials == 1);
  engine.Fail(absl::UnavailableError("the disk fails"));
  CHECK_FALSE(testing::Transact(*store, [](Session& session) { return session.InsertJob(MakeJob("lost")); }).ok());
  engine.Fail(absl::OkStatus());
  while (!store->health().ok()) absl::SleepFor(absl::Milliseconds(1));
  const CommitterStats stats = store->committer_stats();
  CHECK(stats.num_failures == 1);
  CHECK(stats.num_reopenings == 1);
  CHECK(stats.num_commits == 2);
  CHECK(AwaitSums(*store).running_trials == 1);
}

TEST_CASE("Commits are counted with the size of their group, and syncs with their time") {
  testing::TestStore test;
  Insert(test.store(), "job");
  Start(test.store(), "job");
  const CommitterStats stats = test.store().committer_stats();
  CHECK(stats.num_commits == 2);
  CHECK(stats.group_sizes.sum == 2);
  CHECK(stats.group_sizes.counts[0] == 2);
  CHECK(stats.sync_seconds.sum > 0);
}

TEST_CASE("Lookups of jobs are hits or misses") {
  testing::TestStore test;
  Insert(test.store(), "job");
  test.Reopen();
  Start(test.store(), "job");
  Start(test.store(), "job");
  const JobCacheStats stats = test.store().cache_stats();
  CHECK(stats.num_misses == 1);
  CHECK(stats.num_hits == 1);
  CHECK(stats.num_bytes > 0);
}

TEST_CASE("A held session that was too late is a lost race") {
  testing::TestStore test;
  Insert(test.store(), "job");
  Session session = test.store().Begin();
  REQUIRE_THAT(session.FetchJob("job").status(), IsOk());
  REQUIRE_THAT(session.MutableJob("job").status(), IsOk());
  Start(test.store(), "job");
  CHECK_FALSE(testing::Commit(test.store(), session).ok());
  CHECK(test.store().num_lost_races() == 1);
}

}  // namespace
}  // namespace zeus::bso::storage
