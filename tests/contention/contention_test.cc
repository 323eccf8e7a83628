// What holds whatever trainers do at the same time, with conflicts injected on top of the real ones.
#include "tests/contention/contention.h"

#include <cstdint>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "server/policy/zeus/gaussian_ts.h"

namespace zeus::bso::testing {
namespace {

JobSpec ContendedSpec(const std::string& job_id) {
  JobSpec spec = MakeSpec(job_id);
  spec.max_epochs = 3;
  // Costs differ by a factor of six at most: no trial is stopped for its cost, so that pruning always has survivors.
  spec.beta_knob = 10;
  return spec;
}

// But for the last digits, on which the order of a sum depends.
void CheckIsNear(const GaussianTsArm& arm, const GaussianTsArm& refit) {
  using Catch::Matchers::WithinRel;
  CHECK(arm.num_observations == refit.num_observations);
  CHECK_THAT(arm.param_mean, WithinRel(refit.param_mean, 1e-12));
  CHECK_THAT(arm.param_precision, WithinRel(refit.param_precision, 1e-12));
  CHECK_THAT(arm.reward_precision, WithinRel(refit.reward_precision, 1e-12));
}

// Ends one more trial of the bandit with each arm, so that each is refit; then it must be what its results say.
void CheckArms(Contention& contention, const std::string& job_id) {
  Client& client = contention.client();
  REQUIRE(Value(client.GetJob(job_id)).stage == Stage::kMab);
  std::vector<GaussianTsArm> refits;
  for (const GaussianTsArm& arm : Value(client.GetArms(job_id))) {
    const Trial trial = Value(client.CreateTrial(job_id, arm.batch_size, TrialType::kMab));
    REQUIRE(Value(client.ReportResult({.trial = KeyOf(trial), .energy_joules = 150, .metric = 1})).stop_train);
    std::vector<double> costs;
    for (const TrialResult& result : Value(client.GetTrialResultsOfBatchSize(job_id, arm.batch_size))) {
      costs.push_back(result.result.energy_joules);
    }
    refits.push_back(FitArm(ContendedSpec(job_id), arm.batch_size, costs));
  }
  const std::vector<GaussianTsArm> arms = Value(client.GetArms(job_id));
  REQUIRE(arms.size() == refits.size());
  for (size_t i = 0; i < arms.size(); ++i) CheckIsNear(arms[i], refits[i]);
}

}  // namespace

TEST_CASE("Trainers on one job leave every answered result once, and what follows from them", "[contention]") {
  Contention contention;
  contention.Register(ContendedSpec("job"));
  contention.Train({"job"}, 16, 15);
  CheckTrials(contention, "job", 16 * 15);
  CheckMinCost(contention, "job");
  CheckArms(contention, "job");
}

TEST_CASE("Trainers on many jobs leave every answered result once, and what follows from them", "[contention]") {
  Contention contention;
  std::vector<std::string> jobs;
  for (int i = 0; i < 8; ++i) contention.Register(ContendedSpec(jobs.emplace_back("job-" + std::to_string(i))));
  contention.Train(jobs, 16, 16);
  for (const std::string& job : jobs) {
    CheckTrials(contention, job, 16 * 16 / 8);
    CheckMinCost(contention, job);
  }
}

TEST_CASE("Concurrent calls decide as the same calls one after the other, draw for draw", "[contention]") {
  Contention contention;
  contention.Register(ContendedSpec("job"));
  contention.Train({"job"}, 16, 15);

  contention.Register(ContendedSpec("copy"));
  const AnsweredTrials answered = contention.journal().trials();
  int64_t revision = 0;
  for (const storage::JobChange& change : contention.store().recorder().ChangesOf("job")) {
    REQUIRE(change.revision == ++revision);
    Repeat(contention.client(), answered, change, "copy");
  }
  const Job job = Value(contention.client().GetJob("job"));
  const Job copy = Value(contention.client().GetJob("copy"));
  CHECK(job.generator_state == copy.generator_state);
  CHECK(job.min_cost == copy.min_cost);
  CHECK(job.min_cost_batch_size == copy.min_cost_batch_size);
  CHECK(Value(contention.client().GetArms("job")) == Value(contention.client().GetArms("copy")));
}

TEST_CASE("No call of 64 trainers on one job is refused for a lost race", "[contention]") {
  Contention contention;
  contention.Register(ContendedSpec("job"));
  contention.Train({"job"}, 64, 4);
  CheckTrials(contention, "job", 64 * 4);
}

}  // namespace zeus::bso::testing
