// What a job starts from: RegisterJobRequest.warm_start and BatchSizeOptimizer.ProfileJob.
#include <string>
#include <vector>

#include "tests/server/grpc/warm_start_fixture.h"
#include "tests/support/job_transfer.h"

namespace zeus::bso::rpc {
namespace {

TEST_CASE_METHOD(WarmStartFixture, "A job starts with the best size of the one that it learns from") {
  MakeSource();
  const auto registered = Answer(RegisterFrom(SpecOf("new"), "source"));
  CHECK(registered.created());
  CHECK(registered.job().warm_start() == "source");
  const v1::ExplainJobResponse explanation = Explain("new");
  CHECK(explanation.best_batch_size() == 16);
  CHECK(explanation.batch_sizes(0).num_trials() == 0);
  CHECK(explanation.batch_sizes(0).epochs().value() == Approx(10).epsilon(0.1));
  CHECK(explanation.batch_sizes(0).cost().value() == Approx(1600).epsilon(0.1));
  CHECK(explanation.batch_sizes(0).time().value() == Approx(160).epsilon(0.1));
  CHECK(StartTrial("new").type() != v1::TRIAL_TYPE_FIRST);
}

TEST_CASE_METHOD(WarmStartFixture, "The name of the job that was learned from is not compared later") {
  MakeSource();
  Answer(RegisterFrom(SpecOf("new"), "source"));
  const auto again = Answer(RegisterFrom(SpecOf("new"), "no such job"));
  CHECK_FALSE(again.created());
  CHECK(again.job().warm_start() == "source");
}

TEST_CASE_METHOD(WarmStartFixture, "Costs are weighed anew where the weights differ") {
  MakeSource();
  v1::JobSpec spec = SpecOf("new");
  spec.set_eta_knob(0);
  spec.set_max_power(50);
  Answer(RegisterFrom(spec, "source"));
  // 160 s at 50 W, where the energy was 1,600 J.
  CHECK(Explain("new").batch_sizes(0).cost().value() == Approx(8000).epsilon(0.1));
}

TEST_CASE_METHOD(WarmStartFixture, "On another machine costs give only their shape") {
  MakeSource();
  v1::JobSpec spec = SpecOf("new");
  spec.set_gpu_model("another");
  Answer(RegisterFrom(spec, "source"));
  const v1::ExplainJobResponse before = Explain("new");
  CHECK(before.best_batch_size() == 16);
  // The first trial there, ten times as dear, sets the level of all.
  const v1::Trial trial = StartTrial("new");
  Converge(trial, {.epochs = 10, .seconds = 1, .joules = 1000 * static_cast<double>(trial.batch_size())});
  const v1::ExplainJobResponse after = Explain("new");
  for (int i = 0; i < 3; ++i) {
    CHECK(after.batch_sizes(i).cost().value() / before.batch_sizes(i).cost().value() == Approx(10).epsilon(0.3));
  }
}

TEST_CASE_METHOD(WarmStartFixture, "With another target only costs are taken over") {
  MakeSource();
  v1::JobSpec spec = SpecOf("new");
  spec.set_target_metric(0.9);
  Answer(RegisterFrom(spec, "source"));
  const v1::ExplainJobResponse explanation = Explain("new");
  CHECK_FALSE(explanation.has_best_batch_size());
  CHECK(explanation.batch_sizes(0).epoch_cost().value() == Approx(160).epsilon(0.1));
  CHECK(StartTrial("new").type() == v1::TRIAL_TYPE_FIRST);
}

TEST_CASE_METHOD(WarmStartFixture, "A size that rests as it kept failing in the job before is warned of") {
  Answer(Register(SpecOf("source")));
  Train("source", 5);
  for (int i = 0; i < 3; ++i) {
    const v1::Trial trial = CreateTrial(32, v1::TRIAL_TYPE_EXPLORATION, "source");
    Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(trial)));
  }
  Answer(RegisterFrom(SpecOf("new"), "source"));
  StartTrial("new");
  const v1::Job job = Explain("new").job();
  REQUIRE(job.warnings_size() == 1);
  CHECK(job.warnings(0).reason() == v1::WARNING_REASON_SIZE_RESTS);
  CHECK(job.warnings(0).batch_size() == 32);
}

TEST_CASE_METHOD(WarmStartFixture, "With another target failures, crashes and noise are not taken over, either") {
  Answer(Register(SpecOf("source")));
  Train("source", 5);
  for (int i = 0; i < 12; ++i) {
    auto request = OfTrial<v1::EndTrialRequest>(StartTrial("source"));
    request.set_failure(i % 2 == 0 ? v1::TRIAL_FAILURE_FAILED : v1::TRIAL_FAILURE_INFEASIBLE);
    Answer(Call(Optimizer::EndTrial, request));
  }
  v1::JobSpec spec = SpecOf("new");
  spec.set_target_metric(0.9);
  Answer(RegisterFrom(spec, "source"));
  Answer(Register(SpecOf("fresh")));
  const auto source = Answer(testing::ExportJob(client(), "source"));
  const auto learned = Answer(testing::ExportJob(client(), "new"));
  const auto fresh = Answer(testing::ExportJob(client(), "fresh"));
  CHECK(learned[1].curves_job().epochs_noise().ShortDebugString() ==
        fresh[1].curves_job().epochs_noise().ShortDebugString());
  bool has_rested = false;
  bool has_costs = false;
  for (size_t i = 2; i < 5; ++i) {
    has_rested = has_rested || source[i].curves_size().rest_until() > 0;
    const v1::CurvesSizeState& size = learned[i].curves_size();
    has_costs = has_costs || size.timed() > 0;
    v1::CurvesSizeState costs = fresh[i].curves_size();
    costs.set_timed(size.timed());
    costs.set_log_cost(size.log_cost());
    costs.set_cost_hint(size.cost_hint());
    costs.set_epoch_seconds(size.epoch_seconds());
    costs.set_epoch_joules(size.epoch_joules());
    CHECK(size.ShortDebugString() == costs.ShortDebugString());
  }
  CHECK(has_rested);
  CHECK(has_costs);
}

TEST_CASE_METHOD(WarmStartFixture, "A job to start from must exist, and the new one must follow the curves policy") {
  CheckRefused(RegisterFrom(SpecOf("new"), "no such job"), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  MakeSource();
  CheckRefused(RegisterFrom(SpecOf("new", v1::POLICY_ZEUS), "source"), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  v1::JobSpec large = SpecOf("new", v1::POLICY_UNSPECIFIED);
  for (int size = 1000; size < 1300; ++size) large.add_batch_sizes(size);
  CheckRefused(RegisterFrom(large, "source"), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CheckRefused(RegisterFrom(SpecOf("new"), std::string(257, 'x')), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK_FALSE(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>("new")).ok());
}

v1::ProfileJobRequest ProfileOf(const std::string& job_id) {
  v1::ProfileJobRequest request;
  request.set_job_id(job_id);
  for (const int size : {16, 64}) {
    v1::EpochProfile& profile = *request.add_profiles();
    profile.set_batch_size(size);
    profile.set_seconds(size);
    profile.set_joules(10 * size);
  }
  return request;
}

TEST_CASE_METHOD(WarmStartFixture, "Epochs that were timed beforehand say what each size costs per epoch") {
  Answer(Register(SpecOf("job")));
  const auto profiled = Answer(Call(Optimizer::ProfileJob, ProfileOf("job")));
  CHECK(profiled.job().spec().job_id() == "job");
  const v1::ExplainJobResponse explanation = Explain("job");
  CHECK(explanation.batch_sizes(0).epoch_cost().value() == Approx(160).epsilon(0.05));
  CHECK(explanation.batch_sizes(1).epoch_cost().value() == Approx(320).epsilon(0.2));
  CHECK(explanation.batch_sizes(2).epoch_cost().value() == Approx(640).epsilon(0.05));
  CHECK_FALSE(explanation.batch_sizes(0).has_cost());  // How many epochs it takes is not known.
}

TEST_CASE_METHOD(WarmStartFixture, "Sizes that have been timed stay as they are, so that a profile can be sent again") {
  Answer(Register(SpecOf("job")));
  Answer(Call(Optimizer::ProfileJob, ProfileOf("job")));
  const std::string before = Explain("job").ShortDebugString();
  v1::ProfileJobRequest again = ProfileOf("job");
  again.mutable_profiles(0)->set_joules(1);
  Answer(Call(Optimizer::ProfileJob, again));
  CHECK(Explain("job").ShortDebugString() == before);
}

TEST_CASE_METHOD(WarmStartFixture, "A profile that is sent again after all costs have changed teaches nothing") {
  Answer(Register(SpecOf("job")));
  Answer(Call(Optimizer::ProfileJob, ProfileOf("job")));
  Train("job", 10);
  const auto has_changed = [&] {
    const v1::Job job = Explain("job").job();
    for (const v1::Warning& warning : job.warnings()) {
      if (warning.reason() == v1::WARNING_REASON_COSTS_CHANGED) return true;
    }
    return false;
  };
  for (const int64_t batch_size : {16, 32, 64, 16, 32, 64}) {
    const auto size = static_cast<double>(batch_size);
    Converge(CreateTrial(batch_size, v1::TRIAL_TYPE_EXPLORATION, "job"),
             {.epochs = 10, .seconds = 25 * size, .joules = 250 * size});
  }
  REQUIRE(has_changed());
  const std::string before = Explain("job").ShortDebugString();
  Answer(Call(Optimizer::ProfileJob, ProfileOf("job")));
  CHECK(Explain("job").ShortDebugString() == before);
}

TEST_CASE_METHOD(WarmStartFixture, "A profile that cannot be learned from is refused, and changes nothing") {
  Answer(Register(SpecOf("job")));
  Answer(Register(SpecOf("zeus", v1::POLICY_ZEUS)));
  const std::string before = Explain("job").ShortDebugString();
  CheckRefused(Call(Optimizer::ProfileJob, ProfileOf("zeus")), grpc::FAILED_PRECONDITION, "POLICY_MISMATCH");
  CheckRefused(Call(Optimizer::ProfileJob, ProfileOf("no such job")), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  v1::ProfileJobRequest request = ProfileOf("job");
  request.mutable_profiles(1)->set_batch_size(17);
  CheckRefused(Call(Optimizer::ProfileJob, request), grpc::FAILED_PRECONDITION, "BATCH_SIZE_NOT_IN_JOB");
  request.mutable_profiles(1)->set_batch_size(16);
  CheckRefused(Call(Optimizer::ProfileJob, request), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  request = ProfileOf("job");
  request.mutable_profiles(1)->set_joules(0);  // With eta_knob 1, the energy is the whole cost.
  CheckRefused(Call(Optimizer::ProfileJob, request), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  for (const double error : {0.0, 0.0009, 1.01, -1.0}) {
    request = ProfileOf("job");
    request.mutable_profiles(0)->set_relative_error(error);
    CheckRefused(Call(Optimizer::ProfileJob, request), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  }
  request.clear_profiles();
  CheckRefused(Call(Optimizer::ProfileJob, request), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(Explain("job").ShortDebugString() == before);
}

}  // namespace
}  // namespace zeus::bso::rpc
