// UpdateJob, and what RegisterJob does with a job that is registered already.
#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/update_fixture.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::Watch;

TEST_CASE_METHOD(UpdateFixture, "What any job may change is changed, and stays so after a restart") {
  const bool curves = GENERATE(false, true);
  INFO(curves);
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_policy(curves ? v1::POLICY_CURVES : v1::POLICY_ZEUS);
  Answer(Register(spec));
  Update update;
  update.Set("trial_timeout").mutable_trial_timeout()->set_seconds(600);
  update.Set("max_failures_per_batch_size").set_max_failures_per_batch_size(7);
  update.Set("beta_knob").set_beta_knob(3);
  update.Set("max_epochs").set_max_epochs(11);
  update.Set("default_batch_size").set_default_batch_size(64);
  update.Set("gpu_model").set_gpu_model("another");
  const v1::UpdateJobResponse response = Apply(update);
  CHECK(FieldsOf(response.changes()) ==
        "default_batch_size,beta_knob,max_epochs,gpu_model,trial_timeout,max_failures_per_batch_size");
  CHECK(response.job().num_corrections() == 1);
  CHECK(response.job().min_cost_batch_size() == 64);
  CHECK(response.job().exp_default_batch_size() == 64);
  server().Restart();
  const v1::JobSpec changed = GetJob().spec();
  CHECK(changed.trial_timeout().seconds() == 600);
  CHECK(changed.max_failures_per_batch_size() == 7);
  CHECK(changed.beta_knob() == 3);
  CHECK(changed.max_epochs() == 11);
  CHECK(changed.default_batch_size() == 64);
  CHECK(changed.gpu_model() == "another");
  CHECK(StartTrial().batch_size() == 64);
  CheckMovable();
}

TEST_CASE_METHOD(UpdateFixture, "What is as it was is no change, and a try changes nothing") {
  RegisterCurves();
  const v1::Job before = GetJob();
  Update same;
  same.Set("max_epochs").set_max_epochs(before.spec().max_epochs());
  CHECK(Apply(same).changes().empty());
  Update other;
  other.Sizes({16, 32}).DryRun();
  other.Set("beta_knob").set_beta_knob(9);
  const v1::UpdateJobResponse tried = Apply(other);
  CHECK(FieldsOf(tried.changes()) == "batch_sizes,beta_knob");
  CHECK(tried.job().spec().beta_knob() == 9);
  CHECK(tried.job().spec().batch_sizes_size() == 2);
  CHECK(MessageDifferencer::Equals(GetJob(), before));
}

TEST_CASE_METHOD(UpdateFixture,
                 "The early stop is turned off and on again, and a field without a value has its default") {
  RegisterCurves();
  Update off;
  off.Set("disable_early_stop").set_disable_early_stop(true);
  CHECK_FALSE(Apply(off).job().spec().has_beta_knob());
  CHECK(GetJob().spec().disable_early_stop());
  Update beta;
  beta.Set("beta_knob").set_beta_knob(5);
  CHECK(Apply(beta).job().spec().beta_knob() == 5);
  Update keep;
  keep.Set("disable_early_stop").set_disable_early_stop(false);
  CHECK(Apply(keep).changes().empty());
  Update reset;
  reset.Set("beta_knob");
  CHECK(Apply(reset).job().spec().beta_knob() == 2);
}

TEST_CASE_METHOD(UpdateFixture, "Fields that cannot change are refused by name, and then none is changed") {
  const bool curves = GENERATE(false, true);
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.set_policy(curves ? v1::POLICY_CURVES : v1::POLICY_ZEUS);
  Answer(Register(spec));
  const v1::Job before = GetJob();
  Update update;
  update.Set("beta_knob").set_beta_knob(9);
  update.Set("window_size").set_window_size(3);
  update.Set("mab_seed").set_mab_seed(before.spec().mab_seed() + 1);
  if (curves) {
    update.Set("policy").set_policy(v1::POLICY_ZEUS);
  } else {
    update.Sizes({16, 32});
    update.Set("eta_knob").set_eta_knob(0.25);
  }
  const auto reply = Call(Optimizer::UpdateJob, update.request());
  CheckRefused(reply, grpc::FAILED_PRECONDITION, "FIELD_FIXED");
  CHECK(reply.template detail<google::rpc::ErrorInfo>().metadata().at("fields") ==
        (curves ? "window_size,mab_seed,policy" : "batch_sizes,eta_knob,window_size,mab_seed"));
  CHECK(MessageDifferencer::Equals(GetJob(), before));
}

TEST_CASE_METHOD(UpdateFixture, "Requests that are out of their bounds are refused, and change nothing") {
  RegisterCurves();
  const v1::Job before = GetJob();
  const std::vector<std::pair<std::string, std::function<void(Update&)>>> cases = {
      {"update_mask", [](Update&) {}},
      {"update_mask", [](Update& update) { update.Set("no_such_field"); }},
      {"update_mask", [](Update& update) { update.Set("spec.beta_knob"); }},
      {"spec.beta_knob", [](Update& update) { update.Set("beta_knob").set_beta_knob(-1); }},
      {"spec.eta_knob", [](Update& update) { update.Set("eta_knob").set_eta_knob(1.5); }},
      {"spec.max_epochs", [](Update& update) { update.Set("max_epochs").set_max_epochs(0); }},
      {"spec.max_power", [](Update& update) { update.Set("max_power"); }},
      {"spec.gpu_model", [](Update& update) { update.Set("gpu_model"); }},
      {"spec.batch_sizes",
       [](Update& update) {
         update.Sizes({16, 32, 32});
       }},
      {"spec.default_batch_size",
       [](Update& update) {
         update.Sizes({16, 64});
       }},
      {"spec.default_batch_size", [](Update& update) { update.Set("default_batch_size").set_default_batch_size(33); }},
      {"spec.trial_timeout", [](Update& update) { update.Set("trial_timeout").mutable_trial_timeout()->set_nanos(1); }},
      {"spec.policy", [](Update& update) { update.Set("policy").set_policy(static_cast<v1::Policy>(99)); }},
  };
  for (const auto& [field, change] : cases) {
    INFO(field);
    Update update;
    change(update);
    const auto reply = Call(Optimizer::UpdateJob, update.request());
    CheckRefused(reply, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
    CHECK(reply.template detail<google::rpc::BadRequest>().field_violations(0).field() == field);
  }
  Update missing("no-such-job");
  missing.Set("beta_knob").set_beta_knob(3);
  CheckRefused(Call(Optimizer::UpdateJob, missing.request()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  CHECK(MessageDifferencer::Equals(GetJob(), before));
}

TEST_CASE("A shorter trial_timeout ends a silent trial soon, and a longer one keeps it") {
  std::atomic<int64_t> now = 1'700'000'000;
  const auto clock = [&now] { return absl::FromUnixSeconds(now.load()); };
  UpdateFixture fixture(
      {.clock = clock, .serving_clock = clock, .limits = {.timeouts = {.grace = absl::ZeroDuration()}}});
  v1::JobSpec spec = CurvesSpecMessage();
  spec.mutable_trial_timeout()->set_seconds(86'400);
  Answer(fixture.Register(spec));
  const v1::Trial trial = fixture.StartTrial();
  now += 3'600;
  Update update;
  update.Set("trial_timeout").mutable_trial_timeout()->set_seconds(600);
  fixture.Apply(update);
  while (fixture.GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED) absl::SleepFor(absl::Milliseconds(1));
  CHECK(fixture.GetTrial(trial).failure() == v1::TRIAL_FAILURE_TIMED_OUT);
  const v1::Trial next = fixture.StartTrial();
  update.Set("trial_timeout").mutable_trial_timeout()->set_seconds(7'200);
  fixture.Apply(update);
  now += 3'600;
  fixture.StartTrial();  // Ends what is overdue.
  CHECK(fixture.GetTrial(next).status() == v1::TRIAL_STATUS_DISPATCHED);
}

TEST_CASE_METHOD(UpdateFixture, "Watchers see the job as it is after an update") {
  RegisterCurves();
  Watch watch(client());
  CHECK(watch.Next().has_present_state());
  Update update;
  update.Set("beta_knob").set_beta_knob(3);
  Apply(update);
  const v1::JobEvent event = watch.Next();
  REQUIRE(event.has_job_updated());
  CHECK(event.job_updated().spec().beta_knob() == 3);
  CHECK(event.revision() == 2);
}

TEST_CASE_METHOD(UpdateFixture, "A registered job of another specification is refused, kept or updated") {
  RegisterCurves();
  v1::RegisterJobRequest request;
  *request.mutable_spec() = CurvesSpecMessage();
  request.mutable_spec()->set_beta_knob(4);
  request.mutable_spec()->set_max_power(777);
  for (const v1::IfExists fails : {v1::IF_EXISTS_UNSPECIFIED, v1::IF_EXISTS_FAIL}) {
    request.set_if_exists(fails);
    CheckRefused(Call(Optimizer::RegisterJob, request), grpc::ALREADY_EXISTS, "JOB_EXISTS");
  }
  request.set_if_exists(v1::IF_EXISTS_KEEP);
  const v1::RegisterJobResponse kept = Answer(Call(Optimizer::RegisterJob, request));
  CHECK_FALSE(kept.created());
  CHECK(kept.job().spec().max_power() != 777);
  CHECK(std::vector<std::string>(kept.differing_fields().begin(), kept.differing_fields().end()) ==
        std::vector<std::string>{"beta_knob", "max_power"});
  request.set_if_exists(v1::IF_EXISTS_UPDATE);
  const v1::RegisterJobResponse updated = Answer(Call(Optimizer::RegisterJob, request));
  CHECK_FALSE(updated.created());
  CHECK(updated.job().spec().max_power() == 777);
  CHECK(FieldsOf(updated.changes()) == "beta_knob,max_power");
  CHECK(Answer(Call(Optimizer::RegisterJob, request)).changes().empty());
  request.mutable_spec()->set_mab_seed(99);
  CheckRefused(Call(Optimizer::RegisterJob, request), grpc::FAILED_PRECONDITION, "FIELD_FIXED");
  request.mutable_spec()->set_job_id("new");
  CHECK(Answer(Call(Optimizer::RegisterJob, request)).created());
  request.set_if_exists(static_cast<v1::IfExists>(99));
  CheckRefused(Call(Optimizer::RegisterJob, request), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
}

}  // namespace
}  // namespace zeus::bso::rpc
