// The same of jobs of the curves policy: what holds whatever trainers do at the same time.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "tests/contention/contention.h"
#include "tests/support/test_store.h"

namespace zeus::bso::testing {
namespace {

JobSpec CurvesSpec(const std::string& job_id) {
  JobSpec spec = MakeSpec(job_id);
  spec.policy = PolicyKind::kCurves;
  spec.max_epochs = 3;
  return spec;
}

struct StoredCurves {
  Job job;
  std::vector<CurvesSize> sizes;
};

StoredCurves Read(Contention& contention, const std::string& job_id) {
  StoredCurves stored;
  REQUIRE_THAT(Transact(contention.store().store(),
                        [&](storage::Session& session) -> absl::Status {
                          ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(job_id));
                          stored.job = *job;
                          ZB_ASSIGN_OR_RETURN(stored.sizes, session.FetchCurvesSizes(job_id));
                          return absl::OkStatus();
                        }),
               IsOk());
  return stored;
}

// Checks what each size counts against the trials of the job.
void CheckCounts(Contention& contention, const std::string& job_id) {
  std::map<int64_t, CurvesSize> expected;
  int64_t num_running = 0;
  for (const Trial& trial : Value(contention.client().ListTrials(job_id))) {
    CurvesSize& size = expected[trial.batch_size];
    ++size.num_trials;
    if (trial.status == TrialStatus::kDispatched) {
      ++size.state.pending;
      ++num_running;
    }
    if (trial.status == TrialStatus::kDispatched) continue;
    ++(trial.result.has_value() && trial.result->converged ? size.num_converged : size.num_failed);
  }
  const StoredCurves stored = Read(contention, job_id);
  CHECK(stored.job.num_running_trials == num_running);
  for (const CurvesSize& size : stored.sizes) {
    CAPTURE(size.batch_size);
    CHECK(size.state.pending == expected[size.batch_size].state.pending);
    CHECK(size.num_trials == expected[size.batch_size].num_trials);
    CHECK(size.num_failed == expected[size.batch_size].num_failed);
    CHECK(size.num_converged == expected[size.batch_size].num_converged);
  }
}

}  // namespace

TEST_CASE("Trainers on a curves job leave every answered result once, and sizes that count them", "[contention]") {
  Contention contention;
  contention.Register(CurvesSpec("job"));
  contention.Train({"job"}, 16, 15);
  CheckTrials(contention, "job", 16 * 15);
  CheckMinCost(contention, "job");
  CheckCounts(contention, "job");
  for (int i = 0; i < 5; ++i) Value(contention.client().StartTrial("job"));
  CheckCounts(contention, "job");
}

TEST_CASE("Trainers on jobs of both policies leave every answered result once", "[contention]") {
  Contention contention;
  const std::vector<std::string> jobs = {"curves-1", "curves-2", "zeus"};
  contention.Register(CurvesSpec(jobs[0]));
  contention.Register(CurvesSpec(jobs[1]));
  JobSpec zeus = CurvesSpec(jobs[2]);
  zeus.policy = PolicyKind::kZeus;
  zeus.beta_knob = 10;
  contention.Register(zeus);
  contention.Train(jobs, 15, 12);
  for (const std::string& job : jobs) CheckTrials(contention, job, 15 * 12 / 3);
  for (const std::string& job : {jobs[0], jobs[1]}) CheckCounts(contention, job);
}

TEST_CASE("Concurrent calls on a curves job decide and learn as the same calls one after the other", "[contention]") {
  Contention contention;
  // Without early stop: when a trial is stopped depends on what is known at its report, which is no commit.
  JobSpec spec = CurvesSpec("job");
  spec.beta_knob.reset();
  contention.Register(spec);
  contention.Train({"job"}, 16, 15);

  spec.job_id = "copy";
  contention.Register(spec);
  const AnsweredTrials answered = contention.journal().trials();
  int64_t revision = 0;
  for (const storage::JobChange& change : contention.store().recorder().ChangesOf("job")) {
    REQUIRE(change.revision == ++revision);
    for (const Trial& ended : change.trials_ended) CHECK(ended.end_revision == revision);
    Repeat(contention.client(), answered, change, "copy");
  }
  const StoredCurves job = Read(contention, "job"), copy = Read(contention, "copy");
  CHECK(job.job.generator_state == copy.job.generator_state);
  CHECK(job.job.min_cost == copy.job.min_cost);
  CHECK(job.job.curves == copy.job.curves);
  CHECK(job.sizes == copy.sizes);
}

TEST_CASE("No call of 64 trainers on one curves job is refused for a lost race", "[contention]") {
  Contention contention;
  contention.Register(CurvesSpec("job"));
  contention.Train({"job"}, 64, 4);
  CheckTrials(contention, "job", 64 * 4);
  CheckCounts(contention, "job");
}

}  // namespace zeus::bso::testing
