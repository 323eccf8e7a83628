// What holds whatever trainers do at the same time, with conflicts injected on top of the real ones.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "server/policy/cost.h"
#include "server/policy/gaussian_ts.h"
#include "tests/contention/contended_server.h"
#include "tests/contention/trainers.h"
#include "tests/support/spec_messages.h"
#include "tests/support/specs.h"

namespace zeus::bso::testing {
namespace {

using google::protobuf::util::MessageDifferencer;

// Every third commit loses a race.
constexpr int kConflictPeriod = 3;

v1::JobSpec SpecMessage(const std::string& job_id) {
  v1::JobSpec spec = MakeSpecMessage(job_id);
  spec.set_max_epochs(3);
  // Costs differ by a factor of six at most: no trial is stopped for its cost, so that pruning always has survivors.
  spec.set_beta_knob(10);
  return spec;
}

class Contention {
 public:
  Contention() : server_(kConflictPeriod), client_(server_.address()) {}

  void Register(const std::string& job_id) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = SpecMessage(job_id);
    REQUIRE(client_.Call(&Optimizer::RegisterJob, request).ok());
  }

  void Train(const std::vector<std::string>& jobs, int num_trainers, int trials_each) {
    RunTrainers(server_.address(), journal_, num_trainers, [&](Trainer& trainer, int number) {
      for (int i = 0; i < trials_each; ++i) {
        trainer.RunTrial(jobs[static_cast<size_t>(number + i) % jobs.size()]);
      }
    });
    CHECK(journal_.failures() == std::vector<std::string>());
  }

  template <typename Request>
  Request Of(const std::string& job_id) {
    Request request;
    request.set_job_id(job_id);
    return request;
  }

  v1::Job GetJob(const std::string& job_id) {
    return client_.Call(&Service::GetJob, Of<v1::GetJobRequest>(job_id)).response.job();
  }

  std::vector<v1::GaussianTsArm> GetArms(const std::string& job_id) {
    const auto reply = client_.Call(&Service::GetArms, Of<v1::GetArmsRequest>(job_id));
    return {reply.response.arms().begin(), reply.response.arms().end()};
  }

  std::vector<v1::Trial> ListTrials(const std::string& job_id) {
    std::vector<v1::Trial> trials;
    auto request = Of<v1::ListTrialsRequest>(job_id);
    do {
      const auto reply = client_.Call(&Optimizer::ListTrials, request);
      REQUIRE(reply.ok());
      trials.insert(trials.end(), reply.response.trials().begin(), reply.response.trials().end());
      request.set_page_token(reply.response.next_page_token());
    } while (!request.page_token().empty());
    return trials;
  }

  ContendedServer& server() { return server_; }
  RpcClient& client() { return client_; }
  Journal& journal() { return journal_; }

 private:
  ContendedServer server_;
  RpcClient client_;
  Journal journal_;
};

// Numbers are 1..n without gap or repeat, and each answered result is there once.
void CheckTrials(Contention& contention, const std::string& job_id, size_t expected) {
  const std::vector<v1::Trial> trials = contention.ListTrials(job_id);
  REQUIRE(trials.size() == expected);
  const auto answered = contention.journal().trials();
  for (size_t i = 0; i < trials.size(); ++i) {
    const v1::Trial& trial = trials[i];
    REQUIRE(trial.trial_number() == static_cast<int64_t>(i) + 1);
    const auto known = answered.find({job_id, trial.trial_number()});
    REQUIRE(known != answered.end());
    CHECK(trial.batch_size() == known->second.started.batch_size());
    CHECK(trial.type() == known->second.started.type());
    const auto& report = known->second.last_report;
    REQUIRE(trial.status() == (report.has_value() ? v1::TRIAL_STATUS_SUCCEEDED : v1::TRIAL_STATUS_FAILED));
    if (!report.has_value()) continue;
    CHECK(trial.time_seconds() == report->time_seconds());
    CHECK(trial.energy_joules() == report->energy_joules());
    CHECK(trial.converged() == known->second.verdict.converged());
  }
}

void CheckMinCost(Contention& contention, const std::string& job_id) {
  std::optional<double> least;
  for (const v1::Trial& trial : contention.ListTrials(job_id)) {
    if (!trial.converged()) continue;
    // With eta_knob 1 a cost is the energy.
    if (!least.has_value() || trial.energy_joules() < *least) least = trial.energy_joules();
  }
  REQUIRE(least.has_value());
  CHECK(contention.GetJob(job_id).min_cost() == *least);
}

// Ends one more trial of the bandit with each arm, so that each is refit; then it must be what its results say.
void CheckArms(Contention& contention, const std::string& job_id) {
  REQUIRE(contention.GetJob(job_id).stage() == v1::STAGE_MAB);
  for (const v1::GaussianTsArm& arm : contention.GetArms(job_id)) {
    auto create = contention.Of<v1::CreateTrialRequest>(job_id);
    create.set_batch_size(arm.batch_size());
    create.set_type(v1::TRIAL_TYPE_MAB);
    auto report = contention.Of<v1::ReportResultRequest>(job_id);
    report.set_batch_size(arm.batch_size());
    report.set_trial_number(contention.client().Call(&Service::CreateTrial, create).response.trial().trial_number());
    report.set_energy_joules(150);
    report.set_metric(1);
    REQUIRE(contention.client().Call(&Optimizer::ReportResult, report).response.stop_train());
    auto get_results = contention.Of<v1::GetTrialResultsOfBatchSizeRequest>(job_id);
    get_results.set_batch_size(arm.batch_size());
    const auto results = contention.client().Call(&Service::GetTrialResultsOfBatchSize, get_results);
    std::vector<double> costs;
    for (const v1::TrialResult& result : results.response.results()) costs.push_back(result.energy_joules());
    // The present result comes last, behind the others, latest first.
    std::rotate(costs.begin(), costs.begin() + 1, costs.end());
    const GaussianTsArm refit = FitArm(MakeSpec(job_id), arm.batch_size(), costs);
    auto get_arm = contention.Of<v1::GetArmRequest>(job_id);
    get_arm.set_batch_size(arm.batch_size());
    const v1::GaussianTsArm stored = contention.client().Call(&Service::GetArm, get_arm).response.arm();
    CHECK(stored.num_observations() == refit.num_observations);
    CHECK(stored.param_mean() == refit.param_mean);
    CHECK(stored.param_precision() == refit.param_precision);
    CHECK(stored.reward_precision() == refit.reward_precision);
  }
}

// Does with `copy` alone, one call after the other, what one change of the contended job did; it must go the same way.
void Repeat(Contention& contention, const storage::JobChange& change, const std::string& copy) {
  const auto answered = contention.journal().trials();
  for (const Trial& started : change.trials_started) {
    const auto reply = contention.client().Call(&Optimizer::StartTrial, contention.Of<v1::StartTrialRequest>(copy));
    REQUIRE(reply.ok());
    REQUIRE(reply.response.trial().trial_number() == started.trial_number);
    REQUIRE(reply.response.trial().batch_size() == started.batch_size);
    const auto& known = answered.at({change.job_id, started.trial_number}).started;
    REQUIRE(reply.response.trial().type() == known.type());
  }
  for (const Trial& ended : change.trials_ended) {
    const AnsweredTrial& known = answered.at({change.job_id, ended.trial_number});
    if (!known.last_report.has_value()) {
      auto end = contention.Of<v1::EndTrialRequest>(copy);
      end.set_batch_size(ended.batch_size);
      end.set_trial_number(ended.trial_number);
      REQUIRE(contention.client().Call(&Optimizer::EndTrial, end).ok());
      continue;
    }
    v1::ReportResultRequest report = *known.last_report;
    report.set_job_id(copy);
    const auto reply = contention.client().Call(&Optimizer::ReportResult, report);
    REQUIRE(reply.ok());
    REQUIRE(MessageDifferencer::Equals(reply.response, known.verdict));
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
  int64_t revision = 0;
  for (const storage::JobChange& change : contention.server().recorder().ChangesOf("job")) {
    REQUIRE(change.revision == ++revision);
    Repeat(contention, change, "copy");
  }
  const v1::Job job = contention.GetJob("job");
  const v1::Job copy = contention.GetJob("copy");
  CHECK(MessageDifferencer::Equals(job.generator_state(), copy.generator_state()));
  CHECK(job.min_cost() == copy.min_cost());
  CHECK(job.min_cost_batch_size() == copy.min_cost_batch_size());
  const auto arms = contention.GetArms("job");
  const auto copied_arms = contention.GetArms("copy");
  REQUIRE(arms.size() == copied_arms.size());
  for (size_t i = 0; i < arms.size(); ++i) {
    CHECK(arms[i].param_mean() == copied_arms[i].param_mean());
    CHECK(arms[i].param_precision() == copied_arms[i].param_precision());
    CHECK(arms[i].num_observations() == copied_arms[i].num_observations());
  }
}

TEST_CASE("No call of 64 trainers on one job is refused for a lost race", "[contention]") {
  Contention contention;
  contention.Register("job");
  contention.Train({"job"}, 64, 4);
  CheckTrials(contention, "job", 64 * 4);
}

}  // namespace zeus::bso::testing
