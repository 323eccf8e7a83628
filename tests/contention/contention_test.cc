// What holds whatever trainers do at the same time, with conflicts injected on top of the real ones.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "server/policy/zeus/gaussian_ts.h"
#include "tests/contention/contended_store.h"
#include "tests/contention/trainers.h"
#include "tests/server/model/printers.h"
#include "tests/support/specs.h"

namespace zeus::bso::testing {
namespace {

JobSpec ContendedSpec(const std::string& job_id) {
  JobSpec spec = MakeSpec(job_id);
  spec.max_epochs = 3;
  // Costs differ by a factor of six at most: no trial is stopped for its cost, so that pruning always has survivors.
  spec.beta_knob = 10;
  return spec;
}

class Contention {
 public:
  Contention() : client_(store_.front_end().Connect()) {}

  void Register(const std::string& job_id) { REQUIRE(Value(client().RegisterJob(ContendedSpec(job_id))).created); }

  void Train(const std::vector<std::string>& jobs, int num_trainers, int trials_each) {
    RunTrainers(store_.front_end(), journal_, num_trainers, [&](Trainer& trainer, int number) {
      for (int i = 0; i < trials_each; ++i) {
        trainer.RunTrial(jobs[static_cast<size_t>(number + i) % jobs.size()]);
      }
    });
    CHECK(journal_.failures() == std::vector<std::string>());
  }

  ContendedStore& store() { return store_; }
  Client& client() { return *client_; }
  Journal& journal() { return journal_; }

 private:
  ContendedStore store_;
  const std::unique_ptr<Client> client_;
  Journal journal_;
};

// Numbers are 1..n without gap or repeat, and each answered result is there once.
void CheckTrials(Contention& contention, const std::string& job_id, size_t expected) {
  const std::vector<Trial> trials = Value(contention.client().ListTrials(job_id));
  REQUIRE(trials.size() == expected);
  const AnsweredTrials answered = contention.journal().trials();
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    REQUIRE(trial.trial_number == static_cast<int64_t>(i) + 1);
    const auto known = answered.find({job_id, trial.trial_number});
    REQUIRE(known != answered.end());
    const auto& [started, report, verdict] = known->second;
    Trial expected_trial = started;
    expected_trial.status = report.has_value() ? TrialStatus::kSucceeded : TrialStatus::kFailed;
    if (report.has_value()) {
      expected_trial.result = Result{*report->time_seconds, *report->energy_joules, verdict.converged};
    }
    CHECK(Describe(trial) == Describe(expected_trial));
    CHECK(trial.result == expected_trial.result);
  }
}

void CheckMinCost(Contention& contention, const std::string& job_id) {
  std::optional<double> least;
  for (const Trial& trial : Value(contention.client().ListTrials(job_id))) {
    if (!trial.result.has_value() || !trial.result->converged) continue;
    // With eta_knob 1 a cost is the energy.
    if (!least.has_value() || trial.result->energy_joules < *least) least = trial.result->energy_joules;
  }
  REQUIRE(least.has_value());
  CHECK(Value(contention.client().GetJob(job_id)).min_cost == least);
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

// Does with `copy` alone, one call after the other, what one change of the contended job did; it must go the same way.
void Repeat(Client& client, const AnsweredTrials& answered, const storage::JobChange& change, const std::string& copy) {
  for (const Trial& started : change.trials_started) {
    const Trial again = Value(client.StartTrial(copy));
    REQUIRE(Describe(again) == Describe(answered.at({change.job_id, started.trial_number}).started));
  }
  for (const Trial& ended : change.trials_ended) {
    const AnsweredTrial& known = answered.at({change.job_id, ended.trial_number});
    const TrialKey key{copy, ended.batch_size, ended.trial_number};
    if (!known.last_report.has_value()) {
      Value(client.EndTrial(key));
      continue;
    }
    Report report = *known.last_report;
    report.trial = key;
    const Verdict verdict = Value(client.ReportResult(report));
    REQUIRE(verdict.stop_train == known.verdict.stop_train);
    REQUIRE(verdict.converged == known.verdict.converged);
    REQUIRE(verdict.message == known.verdict.message);
  }
}

}  // namespace

TEST_CASE("Trainers on one job leave every answered result once, and what follows from them", "[contention]") {
  Contention contention;
  contention.Register("job");
  contention.Train({"job"}, 16, 15);
  CheckTrials(contention, "job", 16 * 15);
  CheckMinCost(contention, "job");
  CheckArms(contention, "job");
}

TEST_CASE("Trainers on many jobs leave every answered result once, and what follows from them", "[contention]") {
  Contention contention;
  std::vector<std::string> jobs;
  for (int i = 0; i < 8; ++i) contention.Register(jobs.emplace_back("job-" + std::to_string(i)));
  contention.Train(jobs, 16, 16);
  for (const std::string& job : jobs) {
    CheckTrials(contention, job, 16 * 16 / 8);
    CheckMinCost(contention, job);
  }
}

TEST_CASE("Concurrent calls decide as the same calls one after the other, draw for draw", "[contention]") {
  Contention contention;
  contention.Register("job");
  contention.Train({"job"}, 16, 15);

  contention.Register("copy");
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
  contention.Register("job");
  contention.Train({"job"}, 64, 4);
  CheckTrials(contention, "job", 64 * 4);
}

}  // namespace zeus::bso::testing
