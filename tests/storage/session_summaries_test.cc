// Summaries of jobs in sessions, and what observers are told of results and warnings.
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/storage/session_fixture.h"
#include "tests/support/change_recorder.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::TestStore;
using testing::Value;

JobSummary MakeSummary(int64_t last_trial_number) {
  return {.last_trial_number = last_trial_number, .last_end_time = kStart, .best_batch_size = 32};
}

TEST_CASE_METHOD(SessionFixture, "A summary is read back, also with the job in a scan, and is no change of the job") {
  AddJob("a");
  AddJob("b");
  Run([](Session& session) {
    Value(session.FetchJob("b"));
    REQUIRE_THAT(session.PutSummary("b", MakeSummary(7)), IsOk());
  });
  Session session = Begin();
  Value(session.FetchJob("b"));
  CHECK(Value(session.ReadSummary("b")) == MakeSummary(7));
  CHECK(Value(session.VersionOf("b")).revision == 1);
  std::string seen;
  REQUIRE_THAT(session.ScanJobs("", "",
                                [&](const Job& job, const std::optional<JobSummary>& summary) {
                                  seen += job.spec.job_id + (summary == MakeSummary(7) ? " 7 " : " ");
                                  return true;
                                }),
               IsOk());
  CHECK(seen == "a b 7 ");
}

TEST_CASE_METHOD(SessionFixture, "A summary needs its job fetched") {
  AddJob();
  Session session = Begin();
  CHECK_THAT(session.PutSummary("job", MakeSummary(1)), FailsWith(Reason::kJobNotFetched));
  CHECK_THAT(session.ReadSummary("job").status(), FailsWith(Reason::kJobNotFetched));
}

TEST_CASE_METHOD(SessionFixture, "A summary that is put while its job changes is neither lost nor in the way") {
  AddJob();
  Session changes = Begin();
  REQUIRE(Value(changes.FetchJob("job")) != nullptr);
  Value(changes.MutableJob("job"))->min_cost = 5;
  Run([](Session& session) {
    Value(session.FetchJob("job"));
    REQUIRE_THAT(session.PutSummary("job", MakeSummary(1)), IsOk());
  });
  CHECK_THAT(Commit(changes), IsOk());
  Session session = Begin();
  Value(session.FetchJob("job"));
  CHECK(Value(session.ReadSummary("job")) == MakeSummary(1));
}

// Observes what it is asked to.
class Notes final : public CommitObserver {
 public:
  bool Observes(const ChangedJob& job) const override {
    seen += std::string(job.trials_ended ? "results " : "") + (job.warnings_changed ? "warnings " : "") + "; ";
    return false;
  }
  void OnCommit(const JobChange&) override { FAIL("it observes nothing"); }

  mutable std::string seen;
};

TEST_CASE("Observers are told whether results or warnings have changed, and of all warnings before and after") {
  TestStore store;
  Notes notes;
  testing::ChangeRecorder recorder;
  store.store().AddObserver(&notes);
  store.store().AddObserver(&recorder);
  const auto change = [&](absl::FunctionRef<void(Job&)> body) {
    REQUIRE_THAT(store.Transact([&](Session& session) {
      Value(session.FetchJob("job"));
      body(*Value(session.MutableJob("job")));
      return absl::OkStatus();
    }),
                 IsOk());
  };
  const Warning warning{.reason = WarningReason::kNoEnergy, .since = kStart};
  REQUIRE_THAT(store.Transact([](Session& session) { return session.InsertJob(MakeJob()); }), IsOk());
  change([](Job& job) { job.latest_results.last_trial_number = 1; });
  change([&](Job& job) { job.warnings = {warning}; });
  change([](Job& job) { job.min_cost = 5; });
  change([](Job& job) { job.warnings.clear(); });
  CHECK(notes.seen == "; results ; warnings ; ; warnings ; ");

  const std::vector<JobChange> changes = recorder.ChangesOf("job");
  REQUIRE(changes.size() == 5);
  CHECK(changes[2].warnings_changed == std::vector<Warning>{warning});
  CHECK(changes[2].warnings_before.empty());
  CHECK_FALSE(changes[3].warnings_changed.has_value());
  CHECK(changes[4].warnings_changed == std::vector<Warning>());
  CHECK(changes[4].warnings_before == std::vector<Warning>{warning});
  store.store().RemoveObserver(&recorder);
  store.store().RemoveObserver(&notes);
}

}  // namespace
}  // namespace zeus::bso::storage
