// What a job has learned, after UpdateJob.
#include <string>

#include "tests/server/grpc/update_fixture.h"

namespace zeus::bso::rpc {
namespace {

TEST_CASE_METHOD(UpdateFixture, "A size that is added starts untried, and one that is removed keeps its history") {
  RegisterCurves();
  Converge(16, 5, 10);
  Converge(32, 6, 10);
  const v1::Trial running = CreateTrial(16, v1::TRIAL_TYPE_EXPLORATION);
  const v1::UpdateJobResponse response = Apply(Update().Sizes({8, 32, 64}));
  CHECK(response.changes(0).meaning().find("Added, untried: 8.") != std::string::npos);
  CHECK(response.changes(0).meaning().find("16") != std::string::npos);
  CHECK(response.job().min_cost_batch_size() == 32);
  v1::ExplainJobResponse explained = Explain();
  REQUIRE(explained.batch_sizes_size() == 3);
  CHECK(explained.best_batch_size() == 32);
  CHECK(Size(explained, 8).num_trials() == 0);
  CHECK(Size(explained, 32).num_converged() == 1);
  CheckMovable();
  for (int i = 0; i < 5; ++i) CHECK(StartTrial().batch_size() != 16);
  CheckRefused(Call(Service::CreateTrial,
                    [] {
                      auto request = OfSize<v1::CreateTrialRequest>(16);
                      request.set_type(v1::TRIAL_TYPE_EXPLORATION);
                      return request;
                    }()),
               grpc::FAILED_PRECONDITION, "BATCH_SIZE_NOT_IN_JOB");
  auto of_size = OfJob<v1::ListTrialsRequest>();
  of_size.set_batch_size(16);
  CHECK(Answer(Call(Optimizer::ListTrials, of_size)).trials_size() == 2);

  // The trial that ran goes on, and its end teaches nothing.
  CHECK_FALSE(Report(*this, running, 1, 10).stop_train());
  SECTION("it ends while the size is away") {
    CHECK(Report(*this, running, 2, 20, 1).converged());
    CheckMovable();
    explained = Apply(Update().Sizes({8, 16, 32, 64})).job().num_running_trials() == 5 ? Explain() : explained;
    CHECK(Size(explained, 16).num_trials() == 0);
    CHECK(Size(explained, 16).standing() != v1::STANDING_BEST);
  }
  SECTION("it ends when the size is back") {
    Apply(Update().Sizes({8, 16, 32, 64}));
    CHECK(Size(Explain(), 16).num_trials() == 1);
    CheckMovable();
    CHECK(Report(*this, running, 2, 20, 1).converged());
    CHECK(Size(Explain(), 16).num_converged() == 1);
  }
  CheckMovable();
  server().Restart();
  CHECK(Explain().batch_sizes_size() == 4);
}

TEST_CASE_METHOD(UpdateFixture, "Costs are weighed anew from seconds and joules") {
  v1::JobSpec spec = CurvesSpecMessage();
  spec.set_eta_knob(1);
  spec.set_max_power(50);
  Answer(Register(spec));
  Converge(32, 5, 10);  // 10 J and 1 s an epoch.
  CHECK(Size(Explain(), 32).epoch_cost().value() == Approx(10));
  CHECK(GetJob().min_cost() == Approx(50));
  const v1::Trial running = CreateTrial(32, v1::TRIAL_TYPE_EXPLORATION);
  Update update;
  update.Set("eta_knob").set_eta_knob(0.5);
  update.Set("max_power").set_max_power(200);
  CHECK(FieldsOf(Apply(update).changes()) == "eta_knob,max_power");
  CHECK(Size(Explain(), 32).epoch_cost().value() == Approx(0.5 * 10 + 0.5 * 200 * 1));
  CHECK(GetJob().min_cost() == Approx(5 * (0.5 * 10 + 0.5 * 200 * 1)));
  CheckMovable();
  // The trial that was started before is judged by what the best costs now, and not by the old numbers.
  for (int64_t epoch = 1; epoch <= 9; ++epoch) {
    CHECK_FALSE(Report(*this, running, epoch, 10.0 * static_cast<double>(epoch)).stop_train());
  }
  CHECK(Report(*this, running, 10, 101).stop_train());
}

TEST_CASE_METHOD(UpdateFixture, "With another target, epochs are unknown again, and costs stay") {
  RegisterCurves();
  Converge(16, 5, 10);
  Converge(32, 6, 10);
  Update update;
  update.Set("target_metric").set_target_metric(0.9);
  update.Set("higher_is_better_metric").set_higher_is_better_metric(true);
  Apply(update);
  const v1::ExplainJobResponse explained = Explain();
  CHECK_FALSE(explained.has_best_batch_size());
  CHECK_FALSE(Size(explained, 32).has_epochs());
  CHECK(Size(explained, 32).epoch_cost().value() == Approx(10).epsilon(0.05));
  CHECK_FALSE(explained.job().has_min_cost());
  CheckMovable();
  Converge(32, 9, 10);
  CHECK(Explain().best_batch_size() == 32);
  CHECK(GetJob().min_cost() == Approx(9 * 10));
  CheckMovable();
}

TEST_CASE_METHOD(UpdateFixture, "On another machine costs keep their shape until the first reading") {
  RegisterCurves();
  for (int i = 0; i < 3; ++i) {
    Converge(16, 5, 9);
    Converge(32, 5, 10);
  }
  Update update;
  update.Set("number_of_gpus").set_number_of_gpus(8);
  Apply(update);
  Converge(16, 5, 27);
  const v1::ExplainJobResponse explained = Explain();
  CHECK(Size(explained, 16).epoch_cost().value() == Approx(27).epsilon(0.05));
  CHECK(Size(explained, 32).epoch_cost().value() == Approx(30).epsilon(0.2));
}

TEST_CASE_METHOD(UpdateFixture, "A job of POLICY_ZEUS goes on with POLICY_CURVES, which has learned from its trials") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_policy(v1::POLICY_ZEUS);
  Answer(Register(spec));
  for (int i = 0; i < 12; ++i) {
    const v1::Trial trial = StartTrial();
    const double epoch_energy = trial.batch_size() == 64 ? 5 : 20;
    for (int64_t epoch = 1; epoch <= 4; ++epoch) {
      if (Report(*this, trial, epoch, static_cast<double>(epoch) * epoch_energy, epoch == 4 ? 1 : 0).stop_train())
        break;
    }
  }
  EndAs(*this, StartTrial(), v1::TRIAL_FAILURE_FAILED);
  const v1::Trial running = StartTrial();
  Update update;
  update.Set("policy").set_policy(v1::POLICY_CURVES);
  update.Sizes({16, 32, 64, 128});
  const v1::UpdateJobResponse response = Apply(update);
  CHECK(FieldsOf(response.changes()) == "batch_sizes,policy");
  CHECK(response.job().stage() == v1::STAGE_NONE);
  CHECK(response.job().failures().empty());
  const v1::ExplainJobResponse explained = Explain();
  CHECK(explained.best_batch_size() == 64);
  int64_t num_trials = 0;
  for (const v1::BatchSizeExplanation& size : explained.batch_sizes()) num_trials += size.num_trials();
  CHECK(num_trials == 14);
  CHECK(Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).arms().empty());
  CheckMovable();
  CHECK(Report(*this, running, 1, 1, 1).converged());
  CHECK(StartTrial().has_curves_ticket());
  Update back;
  back.Set("policy").set_policy(v1::POLICY_ZEUS);
  CheckRefused(Call(Optimizer::UpdateJob, back.request()), grpc::FAILED_PRECONDITION, "FIELD_FIXED");
  server().Restart();
  CHECK(Explain().best_batch_size() == 64);
}

}  // namespace
}  // namespace zeus::bso::rpc
