// RegisterJobRequest.warm_start with a job of POLICY_ZEUS: its trials teach the new job.
#include <cstdint>
#include <string>
#include <utility>

#include "model/status_macros.h"
#include "tests/server/grpc/warm_start_fixture.h"
#include "tests/support/test_store.h"

namespace zeus::bso::rpc {
namespace {

// The new job starts from "source", a job of the Zeus policy.
class ZeusSource : public WarmStartFixture {
 public:
  ZeusSource() { RegisterSource(SourceSpec()); }

  static v1::JobSpec SourceSpec(const std::string& job_id = "source", v1::Policy policy = v1::POLICY_ZEUS) {
    v1::JobSpec spec = SpecOf(job_id, policy);
    spec.set_disable_early_stop(true);
    return spec;
  }

  void RegisterSource(const v1::JobSpec& spec) { Answer(Register(spec)); }

  v1::Trial StartAt(int64_t batch_size, const std::string& job_id = "source") {
    return CreateTrial(batch_size, v1::TRIAL_TYPE_EXPLORATION, job_id);
  }

  // One trial for each size: ten epochs, whose cost grows with the batch size.
  void TrainAllSizes() {
    for (const int64_t size : {16, 32, 64}) {
      const auto times = static_cast<double>(size);
      Converge(StartAt(size), {.epochs = 10, .seconds = 10 * times, .joules = 100 * times});
    }
  }

  v1::ExplainJobResponse ExplainNew(const v1::JobSpec& spec) {
    Answer(RegisterFrom(spec, "source"));
    return Explain(spec.job_id());
  }
  v1::ExplainJobResponse ExplainNew() { return ExplainNew(SpecOf("new")); }

  void CheckTeachesNothing() {
    CheckRefused(RegisterFrom(SpecOf("new"), "source"), grpc::FAILED_PRECONDITION, "WARM_START_EMPTY");
    CHECK_FALSE(Answer(Call(Service::GetJob, OfJob<v1::GetJobRequest>("new"))).has_job());
  }
};

TEST_CASE_METHOD(ZeusSource, "Trials of the Zeus policy teach what they say of epochs and costs") {
  TrainAllSizes();
  const v1::ExplainJobResponse explanation = ExplainNew();
  CHECK(explanation.best_batch_size() == 16);
  for (int i = 0; i < 3; ++i) {
    const v1::BatchSizeExplanation& size = explanation.batch_sizes(i);
    CHECK(size.epochs().value() == Approx(10).epsilon(0.1));
    CHECK(size.epoch_cost().value() == Approx(10 * static_cast<double>(size.batch_size())).epsilon(0.1));
    CHECK(size.num_trials() == 0);
  }
}

TEST_CASE_METHOD(ZeusSource, "Trials that recorded their epochs teach, however many later ones did not") {
  TrainAllSizes();
  constexpr int kLaterTrials = 10'001;
  const auto add_later_trials = [](storage::Session& session) -> absl::Status {
    ZB_RETURN_IF_ERROR(session.FetchJob("source").status());
    Trial trial;
    trial.job_id = "source";
    trial.batch_size = 64;
    trial.type = TrialType::kConcurrent;
    trial.status = TrialStatus::kFailed;
    for (trial.trial_number = 4; trial.trial_number < 4 + kLaterTrials; ++trial.trial_number) {
      ZB_RETURN_IF_ERROR(session.RestoreTrial(trial));
    }
    return absl::OkStatus();
  };
  REQUIRE(testing::Transact(server().store().store(), add_later_trials).ok());
  CHECK(ExplainNew().best_batch_size() == 16);
}

TEST_CASE_METHOD(ZeusSource, "Trials teach the same as those of a job of the curves policy") {
  RegisterSource(SourceSpec("curves", v1::POLICY_CURVES));
  for (const std::string job_id : {"source", "curves"}) {
    for (const int64_t size : {32, 64, 16, 32, 64}) {
      const v1::Trial trial = StartAt(size, job_id);
      const auto times = static_cast<double>(size);
      // The first epoch is dearer.
      CHECK_FALSE(Report(trial, {.epochs = 1, .seconds = 3, .joules = 30 * times}, 0).stop_train());
      if (size == 64) {
        auto end = OfTrial<v1::EndTrialRequest>(trial);
        end.set_failure(v1::TRIAL_FAILURE_INFEASIBLE);
        Answer(Call(Optimizer::EndTrial, end));
      } else {
        Converge(trial, {.epochs = 10, .seconds = 12, .joules = 120 * times});
      }
    }
    Answer(RegisterFrom(SpecOf("from " + job_id), job_id));
  }
  v1::ExplainJobResponse from_zeus = Explain("from source");
  v1::ExplainJobResponse from_curves = Explain("from curves");
  CHECK(from_zeus.batch_sizes(2).standing() == v1::STANDING_RESTING);
  CHECK(from_zeus.batch_sizes(0).epoch_cost().value() == Approx(160).epsilon(0.01));
  from_zeus.clear_job();
  from_curves.clear_job();
  CHECK(from_zeus.ShortDebugString() == from_curves.ShortDebugString());
}

TEST_CASE_METHOD(ZeusSource, "Trials teach in the order in which they ended") {
  const v1::Trial first = StartAt(32);
  const v1::Trial second = StartAt(32);
  const auto [ends_first, ends_last] = GENERATE_COPY(values({std::pair(first, second), std::pair(second, first)}));
  // They contradict each other. The later one is believed.
  Converge(ends_first, {.epochs = 40, .seconds = 100, .joules = 1000});
  Converge(ends_last, {.epochs = 10, .seconds = 100, .joules = 1000});
  CHECK(ExplainNew().batch_sizes(1).epochs().value() == Approx(10).epsilon(0.05));
}

TEST_CASE_METHOD(ZeusSource, "Of a job with many batch sizes, only the newest trials teach") {
  // As many as teach a job of 256 sizes: a result takes it so long to learn.
  constexpr int kNumTaught = 298;
  v1::JobSpec spec = SourceSpec("many");
  spec.clear_batch_sizes();
  for (int size = 1; size <= 256; ++size) spec.add_batch_sizes(size);
  RegisterSource(spec);
  const auto best_after = [&](const std::string& new_job_id) {
    v1::JobSpec new_spec = spec;
    new_spec.set_job_id(new_job_id);
    new_spec.set_policy(v1::POLICY_CURVES);
    Answer(RegisterFrom(new_spec, "many"));
    return Explain(new_job_id).best_batch_size();
  };
  Converge(StartAt(32, "many"), {.epochs = 1, .seconds = 1, .joules = 1});
  for (int i = 1; i < kNumTaught; ++i) {
    Converge(StartAt(64, "many"), {.epochs = 10, .seconds = 100, .joules = 1000});
  }
  CHECK(best_after("new") == 32);
  Converge(StartAt(64, "many"), {.epochs = 10, .seconds = 100, .joules = 1000});
  CHECK(best_after("newer") == 64);
}

TEST_CASE_METHOD(ZeusSource, "A job without a trial that has ended and recorded its epochs teaches nothing") {
  CheckTeachesNothing();

  const v1::Trial running = StartAt(32);
  Report(running, {.epochs = 3, .seconds = 30, .joules = 300}, 0);
  CheckTeachesNothing();

  auto crash = OfTrial<v1::EndTrialRequest>(StartAt(32));
  crash.set_failure(v1::TRIAL_FAILURE_FAILED);
  Answer(Call(Optimizer::EndTrial, crash));
  CheckTeachesNothing();

  auto without_epochs = OfTrial<v1::UpdateTrialRequest>(StartAt(32));
  without_epochs.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  without_epochs.set_time_seconds(100);
  without_epochs.set_energy_joules(1000);
  without_epochs.set_converged(true);
  Answer(Call(Service::UpdateTrial, without_epochs));
  CheckTeachesNothing();

  Converge(running, {.epochs = 10, .seconds = 100, .joules = 1000});
  CHECK(ExplainNew().batch_sizes(1).epochs().value() == Approx(10).epsilon(0.01));
}

TEST_CASE_METHOD(ZeusSource, "Costs of the trials follow the weights of the new job") {
  TrainAllSizes();
  v1::JobSpec spec = SpecOf("new");
  spec.set_eta_knob(0.5);
  spec.set_max_power(50);
  const v1::ExplainJobResponse explanation = ExplainNew(spec);
  // 160 s at 50 W and 1,600 J, a half of both.
  CHECK(explanation.batch_sizes(0).cost().value() == Approx(0.5 * 1600 + 0.5 * 50 * 160).epsilon(0.1));
  CHECK(explanation.batch_sizes(0).energy().value() == Approx(1600).epsilon(0.1));
  CHECK(explanation.batch_sizes(0).time().value() == Approx(160).epsilon(0.1));
}

TEST_CASE_METHOD(ZeusSource, "Costs that are nothing in the weights of the new job are not taken over") {
  Converge(StartAt(32), {.epochs = 10, .seconds = 0, .joules = 1000});
  v1::JobSpec spec = SpecOf("new");
  spec.set_eta_knob(0);
  const v1::ExplainJobResponse explanation = ExplainNew(spec);
  CHECK(explanation.batch_sizes(1).epochs().value() == Approx(10).epsilon(0.01));
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(explanation.batch_sizes(i).has_epoch_cost());
    CHECK_FALSE(explanation.batch_sizes(i).has_cost());
  }
}

TEST_CASE_METHOD(ZeusSource, "A new job with another target takes over only the costs of the trials") {
  TrainAllSizes();
  v1::JobSpec spec = SpecOf("new");
  spec.set_target_metric(0.9);
  const v1::ExplainJobResponse explanation = ExplainNew(spec);
  CHECK_FALSE(explanation.has_best_batch_size());
  CHECK(explanation.batch_sizes(0).standing() == v1::STANDING_NOTHING_CONVERGED);
  CHECK_FALSE(explanation.batch_sizes(0).has_epochs());
  CHECK(explanation.batch_sizes(0).epoch_cost().value() == Approx(160).epsilon(0.05));
  CHECK(StartTrial("new").type() == v1::TRIAL_TYPE_FIRST);
}

TEST_CASE_METHOD(ZeusSource, "On another machine, costs of the trials give only their shape") {
  TrainAllSizes();
  v1::JobSpec spec = SpecOf("new");
  const bool other_model = GENERATE(true, false);
  if (other_model) {
    spec.set_gpu_model("another");
  } else {
    spec.set_number_of_gpus(2);
  }
  CHECK(ExplainNew(spec).best_batch_size() == 16);
  // A tenth of the cost at one size is a tenth at all of them.
  Converge(StartAt(32, "new"), {.epochs = 10, .seconds = 32, .joules = 320});
  const v1::ExplainJobResponse after = Explain("new");
  CHECK(after.batch_sizes(0).epoch_cost().value() == Approx(16).epsilon(0.3));
  CHECK(after.batch_sizes(2).epoch_cost().value() == Approx(64).epsilon(0.3));
}

}  // namespace
}  // namespace zeus::bso::rpc
