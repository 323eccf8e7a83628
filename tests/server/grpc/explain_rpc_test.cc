// BatchSizeOptimizer.ExplainJob.
#include <cmath>
#include <string>

#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

// Three sizes, the smallest of which costs least: epochs of 10, 20 and 19 J, ten of them each.
class ExplainFixture : public RpcFixture {
 public:
  void RegisterWith(v1::Policy policy) {
    v1::JobSpec spec = testing::MakeSpecMessage();
    spec.set_policy(policy);
    spec.set_num_pruning_rounds(1);
    Answer(Register(spec));
  }

  // Ends a trial at its tenth epoch, at this metric.
  void End(const v1::Trial& trial, double metric) {
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    const double epoch_cost = trial.batch_size() == 16 ? 10 : trial.batch_size() == 32 ? 20 : 19;
    request.set_time_seconds(epoch_cost);
    request.set_energy_joules(10 * epoch_cost);
    request.set_metric(metric);
    request.set_current_epoch(10);
    CHECK(Answer(Call(Optimizer::ReportResult, request)).stop_train());
  }

  void Converge(int trials) {
    for (int i = 0; i < trials; ++i) End(StartTrial(), 1);
  }

  v1::ExplainJobResponse Explain() { return Answer(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>())); }
};

TEST_CASE_METHOD(ExplainFixture, "A job without trials says so, and which size is first") {
  RegisterWith(v1::POLICY_CURVES);
  const v1::ExplainJobResponse explanation = Explain();
  CHECK(explanation.summary() == "No trial has been started yet.");
  CHECK(explanation.next_batch_size() == 32);
  CHECK_FALSE(explanation.has_best_batch_size());
  CHECK_FALSE(explanation.has_cost_saving());
  REQUIRE(explanation.batch_sizes_size() == 3);
  for (const v1::BatchSizeExplanation& size : explanation.batch_sizes()) {
    CHECK(size.standing() == v1::STANDING_NOTHING_CONVERGED);
    CHECK_FALSE(size.has_cost());
    CHECK_FALSE(size.has_epochs());
    CHECK_FALSE(size.has_epoch_cost());
    CHECK_FALSE(size.has_energy());
    CHECK_FALSE(size.has_time());
    CHECK_FALSE(size.has_trial_number());
  }
}

TEST_CASE_METHOD(ExplainFixture, "The curves policy says what it believes of each size, and what the best one saves") {
  RegisterWith(v1::POLICY_CURVES);
  Converge(12);
  const v1::ExplainJobResponse explanation = Explain();
  CHECK(explanation.job().spec().job_id() == "job");
  CHECK(explanation.best_batch_size() == 16);
  REQUIRE(explanation.batch_sizes_size() == 3);
  const v1::BatchSizeExplanation& best = explanation.batch_sizes(0);
  CHECK(best.batch_size() == 16);
  CHECK(best.standing() == v1::STANDING_BEST);
  CHECK(best.num_trials() == best.num_converged());
  CHECK(best.has_trial_number());
  CHECK(best.cost().value() == Approx(100).epsilon(0.05));
  CHECK(best.energy().value() == Approx(100).epsilon(0.05));
  CHECK(best.time().value() == Approx(10).epsilon(0.05));
  CHECK(best.epochs().value() == Approx(10).epsilon(0.05));
  CHECK(best.epoch_cost().value() == Approx(10).epsilon(0.05));
  CHECK(best.cost().relative_sd() > 0);
  double sum = 0;
  int64_t num_trials = 0;
  for (const v1::BatchSizeExplanation& size : explanation.batch_sizes()) {
    sum += size.best_probability();
    num_trials += size.num_trials();
  }
  CHECK(sum == Approx(1));
  CHECK(num_trials == 12);
  CHECK(best.best_probability() > 0.9);
  // From 200 J to 100 J.
  CHECK(explanation.cost_saving().median() == Approx(0.5).margin(0.05));
  CHECK(explanation.energy_saving().median() == Approx(0.5).margin(0.05));
  CHECK(explanation.time_saving().median() == Approx(0.5).margin(0.05));
  CHECK(explanation.cost_saving().low() < explanation.cost_saving().median());
  CHECK(explanation.cost_saving().high() > explanation.cost_saving().median());
  CHECK_THAT(explanation.summary(), Catch::StartsWith("Batch size 16 is the best with a probability of ") &&
                                        Catch::EndsWith(" % less than with the default, 32."));
}

TEST_CASE_METHOD(ExplainFixture, "Savings are those of the costs that are shown, also where a first epoch is dear") {
  RegisterWith(v1::POLICY_CURVES);
  // Each first epoch costs 100 J more.
  for (int i = 0; i < 12; ++i) {
    const v1::Trial trial = StartTrial();
    const double epoch_cost = trial.batch_size() == 16 ? 10 : 20;
    for (int epoch = 1; epoch <= 10; ++epoch) {
      auto request = OfTrial<v1::ReportResultRequest>(trial);
      request.set_time_seconds(epoch_cost * epoch / 10);
      request.set_energy_joules(100 + epoch_cost * epoch);
      request.set_metric(epoch == 10 ? 1 : 0);
      request.set_current_epoch(epoch);
      if (Answer(Call(Optimizer::ReportResult, request)).stop_train()) break;
    }
  }
  const v1::ExplainJobResponse explanation = Explain();
  REQUIRE(explanation.best_batch_size() == 16);
  const auto saving = [](const v1::Estimate& best, const v1::Estimate& other) {
    return 1 - best.value() / other.value();
  };
  const v1::BatchSizeExplanation& best = explanation.batch_sizes(0);
  const v1::BatchSizeExplanation& other = explanation.batch_sizes(1);
  CHECK(best.cost().value() == Approx(200).epsilon(0.1));
  CHECK(explanation.cost_saving().median() == Approx(saving(best.cost(), other.cost())).epsilon(1e-9));
  CHECK(explanation.energy_saving().median() == Approx(saving(best.energy(), other.energy())).epsilon(1e-9));
  CHECK(explanation.time_saving().median() == Approx(saving(best.time(), other.time())).epsilon(1e-9));
}

TEST_CASE_METHOD(ExplainFixture, "A size whose trials did not converge rests on the last of them") {
  RegisterWith(v1::POLICY_CURVES);
  const v1::Trial failed = StartTrial();
  auto request = OfTrial<v1::EndTrialRequest>(failed);
  request.set_failure(v1::TRIAL_FAILURE_NOT_CONVERGED);
  Answer(Call(Optimizer::EndTrial, request));
  Converge(4);
  const v1::BatchSizeExplanation size = Explain().batch_sizes(1);
  CHECK(size.num_failed() == 1);
  if (size.num_converged() == 0) {
    CHECK(size.standing() == v1::STANDING_HAS_NOT_CONVERGED);
    CHECK(size.trial_number() == failed.trial_number());
  }
}

TEST_CASE_METHOD(ExplainFixture, "To explain a job changes nothing, and names the size that is picked next") {
  const v1::Policy policy = GENERATE(v1::POLICY_CURVES, v1::POLICY_ZEUS);
  RegisterWith(policy);
  for (int i = 0; i < 10; ++i) {
    const v1::Job before = GetJob();
    const v1::ExplainJobResponse explanation = Explain();
    CHECK(explanation.ShortDebugString() == Explain().ShortDebugString());
    CHECK(GetJob().ShortDebugString() == before.ShortDebugString());
    const v1::Trial trial = StartTrial();
    CHECK(explanation.next_batch_size() == trial.batch_size());
    End(trial, 1);
  }
}

TEST_CASE_METHOD(ExplainFixture, "In pruning nothing is believed but what was counted") {
  RegisterWith(v1::POLICY_ZEUS);
  Converge(2);
  const v1::ExplainJobResponse explanation = Explain();
  CHECK_FALSE(explanation.has_best_batch_size());
  CHECK(explanation.summary() == "Batch sizes are tried one by one: 2 of 2 trials have converged.");
  int64_t num_converged = 0;
  for (const v1::BatchSizeExplanation& size : explanation.batch_sizes()) {
    CHECK(size.standing() == v1::STANDING_PRUNING);
    CHECK_FALSE(size.has_cost());
    CHECK_FALSE(size.has_epochs());
    CHECK(size.best_probability() == 0);
    num_converged += size.num_converged();
  }
  CHECK(num_converged == 2);
}

TEST_CASE_METHOD(ExplainFixture, "The bandit's arms are shown as costs") {
  RegisterWith(v1::POLICY_ZEUS);
  Converge(20);
  const v1::ExplainJobResponse explanation = Explain();
  REQUIRE(explanation.job().stage() == v1::STAGE_MAB);
  CHECK(explanation.best_batch_size() == 16);
  const v1::BatchSizeExplanation& best = explanation.batch_sizes(0);
  CHECK(best.standing() == v1::STANDING_BEST);
  CHECK(best.cost().value() == Approx(100));
  CHECK(best.epochs().value() == Approx(10));
  CHECK(best.best_probability() == Approx(1));
  CHECK(explanation.batch_sizes(2).standing() == v1::STANDING_COSTS_MORE);
  CHECK(explanation.cost_saving().median() == Approx(0.5));
}

TEST_CASE_METHOD(ExplainFixture, "A size that is ruled out rests on the trial that failed last") {
  RegisterWith(v1::POLICY_ZEUS);
  auto request = OfTrial<v1::EndTrialRequest>(StartTrial());
  request.set_failure(v1::TRIAL_FAILURE_INFEASIBLE);
  Answer(Call(Optimizer::EndTrial, request));
  const v1::BatchSizeExplanation size = Explain().batch_sizes(1);
  CHECK(size.standing() == v1::STANDING_RULED_OUT);
  CHECK(size.trial_number() == 1);
}

TEST_CASE_METHOD(ExplainFixture, "When there is nothing to pick, the explanation names no next size") {
  RegisterWith(v1::POLICY_ZEUS);
  for (int i = 0; i < 3; ++i) {
    const auto started = Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>());
    if (!started.ok()) break;
    auto request = OfTrial<v1::EndTrialRequest>(started.response.trial());
    request.set_failure(v1::TRIAL_FAILURE_INFEASIBLE);
    Answer(Call(Optimizer::EndTrial, request));
  }
  REQUIRE_FALSE(Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>()).ok());
  CHECK_FALSE(Explain().has_next_batch_size());
}

TEST_CASE_METHOD(RpcFixture, "A job that is not there cannot be explained") {
  CheckRefused(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
}

}  // namespace
}  // namespace zeus::bso::rpc
