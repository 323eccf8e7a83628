// Jobs of the curves policy as callers see them.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/job_transfer.h"
#include "tests/support/watch.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::CommitRequest;
using testing::CreateTrialRequest;
using testing::ExportJob;
using testing::GetJobRequest;
using testing::ImportJob;
using testing::JobRecords;
using testing::WireSession;

v1::JobSpec SpecWithSizes(int num_sizes, v1::Policy policy) {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.clear_batch_sizes();
  for (int size = 1; size <= num_sizes; ++size) spec.add_batch_sizes(size);
  spec.set_policy(policy);
  return spec;
}

v1::JobSpec SpecWithoutPolicy(const std::string& job_id = "job") {
  v1::JobSpec spec = testing::MakeSpecMessage(job_id);
  spec.clear_policy();
  return spec;
}

TEST_CASE("A job that is registered without a policy gets the server's default, which is curves unless it is set") {
  RpcFixture by_default;
  CHECK(Answer(by_default.Register(SpecWithoutPolicy())).job().spec().policy() == v1::POLICY_CURVES);
  CHECK(by_default.GetJob().stage() == v1::STAGE_NONE);
  RpcFixture zeus({.default_policy = PolicyKind::kZeus});
  CHECK(Answer(zeus.Register(SpecWithoutPolicy())).job().spec().policy() == v1::POLICY_ZEUS);
  CHECK(zeus.GetJob().stage() == v1::STAGE_PRUNING);
  CHECK(Answer(zeus.Register(CurvesSpecMessage("other"))).job().spec().policy() == v1::POLICY_CURVES);
}

TEST_CASE("A script that names no policy finds its job of an earlier server, and a conflict names the policy") {
  RpcFixture fixture;
  fixture.RegisterJob();
  const auto found = Answer(fixture.Register(SpecWithoutPolicy()));
  CHECK_FALSE(found.created());
  CHECK(found.job().spec().policy() == v1::POLICY_ZEUS);
  v1::JobSpec curves = testing::MakeSpecMessage();
  curves.set_policy(v1::POLICY_CURVES);
  const auto conflict = fixture.Register(curves);
  CheckRefused(conflict, grpc::StatusCode::ALREADY_EXISTS, "JOB_EXISTS");
  CHECK(conflict.detail<google::rpc::ErrorInfo>().metadata().at("fields") == "policy");
}

TEST_CASE("A curves job has at most 256 sizes, and without a policy, one with more is a zeus job") {
  RpcFixture fixture;
  const auto refused = fixture.Register(SpecWithSizes(257, v1::POLICY_CURVES));
  CheckRefused(refused, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(refused.fields() == std::vector<std::string>{"spec.batch_sizes"});
  CHECK_THAT(refused.status.error_message(), Catch::Contains("256"));
  v1::CreateJobRequest create;
  *create.mutable_spec() = SpecWithSizes(257, v1::POLICY_CURVES);
  CheckRefused(fixture.Call(Service::CreateJob, create), grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD");

  CHECK(Answer(fixture.Register(SpecWithSizes(257, v1::POLICY_UNSPECIFIED))).job().spec().policy() == v1::POLICY_ZEUS);
  Answer(fixture.Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()));
  CHECK(Answer(fixture.Register(SpecWithSizes(256, v1::POLICY_UNSPECIFIED))).job().spec().policy() ==
        v1::POLICY_CURVES);
  CHECK(fixture.StartTrial().batch_size() == 32);
}

TEST_CASE("A job that is created without a policy is a zeus job, whatever the server's default is") {
  RpcFixture fixture({.default_policy = PolicyKind::kCurves});
  v1::CreateJobRequest request;
  *request.mutable_spec() = SpecWithoutPolicy();
  CHECK(Answer(fixture.Call(Service::CreateJob, request)).job().spec().policy() == v1::POLICY_ZEUS);
  *request.mutable_spec() = CurvesSpecMessage("other");
  const v1::Job curves = Answer(fixture.Call(Service::CreateJob, request)).job();
  CHECK(curves.spec().policy() == v1::POLICY_CURVES);
  CHECK(curves.stage() == v1::STAGE_NONE);
  CHECK(fixture.StartTrial("other").type() == v1::TRIAL_TYPE_FIRST);
}

TEST_CASE("A trial of a curves job shows its ticket, its progress and its end wherever it is shown") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  const v1::Trial started = fixture.StartTrial();
  CHECK(started.type() == v1::TRIAL_TYPE_FIRST);
  CHECK(started.curves_ticket().sd() > 0);
  CHECK_FALSE(started.has_progress());
  CHECK(MessageDifferencer::Equals(fixture.GetTrial(started), started));

  REQUIRE_FALSE(Report(fixture, started, 1, 30).stop_train());
  CHECK(Report(fixture, started, 3, 50, 1).end_reason() == v1::END_REASON_TARGET_REACHED);
  const v1::Trial ended = fixture.GetTrial(started);
  CHECK(ended.progress().epochs() == 3);
  CHECK(ended.progress().first_epoch_cost() == 30);
  CHECK(ended.progress().metric() == 1);
  CHECK(ended.end_revision() == 3);
  CHECK(MessageDifferencer::Equals(ended.curves_ticket(), started.curves_ticket()));
  const auto list = Answer(fixture.Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>()));
  CHECK(MessageDifferencer::Equals(list.trials(0), ended));
}

TEST_CASE("A report is told why it ends a trial of a curves job, and so is one that repeats it") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  const auto create = [&](int64_t size) { return fixture.CreateTrial(size, v1::TRIAL_TYPE_EXPLORATION); };
  const v1::Trial slow = create(64);
  for (int i = 0; i < 3; ++i) REQUIRE(Report(fixture, create(32), 10, 100, 1).converged());
  const auto check = [&](const v1::Trial& trial, int64_t epoch, double energy, v1::EndReason reason) {
    const auto verdict = Report(fixture, trial, epoch, energy);
    CHECK(verdict.stop_train());
    CHECK(verdict.end_reason() == reason);
    CHECK(Report(fixture, trial, 1, 1, 1).ShortDebugString() == verdict.ShortDebugString());
    CHECK(fixture.GetTrial(trial).end_reason() == reason);
    CHECK(fixture.GetTrial(trial).has_cost_limit());
    return fixture.GetTrial(trial);
  };
  check(slow, 2, 600, v1::END_REASON_SLOWER_THAN_ANOTHER);
  check(create(32), 27, 270, v1::END_REASON_COST_OVER_LIMIT);
  check(create(32), 41, 410, v1::END_REASON_COST_OVER_LIMIT);
  CHECK(Report(fixture, create(32), 10, 100, 1).converged());
  CHECK(check(create(32), 20, 200, v1::END_REASON_NEXT_EPOCH_OVER_LIMIT).limit_batch_size() == 32);
  CHECK(Report(fixture, create(32), 10, 100, 1).converged());
  CHECK(check(create(16), 1, 60, v1::END_REASON_DEARER_THAN_STARTING_OVER).expected_rest() > 100);
}

TEST_CASE("A loop that ended by itself is told so, by EndTrial and by UpdateTrial with its epochs") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  const v1::Trial first = fixture.StartTrial();
  CHECK(EndAs(fixture, first, v1::TRIAL_FAILURE_NOT_CONVERGED).failure() == v1::TRIAL_FAILURE_NOT_CONVERGED);
  const auto late = fixture.Call(Optimizer::ReportResult, ReportOf(first, 1, 1));
  CheckRefused(late, grpc::StatusCode::FAILED_PRECONDITION, "TRIAL_FAILED");
  CHECK(late.detail<google::rpc::ErrorInfo>().metadata().at("failure") == "NOT_CONVERGED");

  auto update = OfTrial<v1::UpdateTrialRequest>(fixture.StartTrial());
  update.set_status(v1::TRIAL_STATUS_FAILED);
  update.set_epochs(5);
  const v1::Trial updated = Answer(fixture.Call(Service::UpdateTrial, update)).trial();
  CHECK(updated.failure() == v1::TRIAL_FAILURE_NOT_CONVERGED);
  CHECK(updated.progress().epochs() == 5);

  auto success = OfTrial<v1::UpdateTrialRequest>(fixture.StartTrial());
  success.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  success.set_time_seconds(10);
  success.set_energy_joules(100);
  success.set_converged(true);
  success.set_epochs(10);
  CHECK(Answer(fixture.Call(Service::UpdateTrial, success)).trial().progress().energy_joules() == 100);
  // The policy has learned from it.
  CHECK(Answer(ExportJob(fixture.client()))[1].curves_job().has_best_batch_size());
}

TEST_CASE("What belongs to the Zeus policy cannot be changed in a curves job, and is not there to be read") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  const v1::Trial trial = fixture.StartTrial();
  const auto check = [](const auto& reply) {
    CheckRefused(reply, grpc::StatusCode::FAILED_PRECONDITION, "POLICY_MISMATCH");
    CHECK_THAT(reply.status.error_message(), Catch::Contains("POLICY_ZEUS"));
  };
  check(fixture.Call(Service::UpdateExpDefaultBatchSize, OfSize<v1::UpdateExpDefaultBatchSizeRequest>(16)));
  auto arms = OfJob<v1::CreateArmsRequest>();
  arms.add_arms()->set_batch_size(16);
  check(fixture.Call(Service::CreateArms, arms));
  auto stage = OfJob<v1::UpdateJobStageRequest>();
  stage.set_stage(v1::STAGE_MAB);
  check(fixture.Call(Service::UpdateJobStage, stage));
  v1::UpdateArmStateRequest arm;
  arm.set_trial_number(trial.trial_number());
  arm.mutable_arm()->set_job_id("job");
  arm.mutable_arm()->set_batch_size(trial.batch_size());
  check(fixture.Call(Service::UpdateArmState, arm));

  CHECK(Answer(fixture.Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).arms().empty());
  CHECK_FALSE(Answer(fixture.Call(Service::GetArm, OfSize<v1::GetArmRequest>(32))).has_arm());
  CHECK(Answer(fixture.Call(Service::GetExplorationsOfJob, OfJob<v1::GetExplorationsOfJobRequest>()))
            .ShortDebugString()
            .empty());

  fixture.RegisterJob("zeus");
  auto create = OfSize<v1::CreateTrialRequest>(32, "zeus");
  create.set_type(v1::TRIAL_TYPE_FIRST);
  CheckRefused(fixture.Call(Service::CreateTrial, create), grpc::StatusCode::FAILED_PRECONDITION, "POLICY_MISMATCH");
}

TEST_CASE("A watcher of a curves job sees its trials start, report and end, and no arms or stages") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  testing::Watch watch(fixture.client());
  const v1::JobEvent state = watch.Next();
  CHECK(state.present_state().job().spec().policy() == v1::POLICY_CURVES);
  CHECK(state.present_state().job().stage() == v1::STAGE_NONE);
  CHECK(state.present_state().arms().empty());

  for (int i = 0; i < 4; ++i) {
    const v1::Trial trial = fixture.StartTrial();
    const v1::JobEvent started = watch.Next();
    CHECK(MessageDifferencer::Equals(started.trial_started(), trial));
    REQUIRE_FALSE(Report(fixture, trial, 1, 10).stop_train());
    CHECK(watch.Next().trial_reported().current_epoch() == 1);
    REQUIRE(Report(fixture, trial, 2, 20, 1).stop_train());
    const v1::JobEvent ended = watch.Next();
    CHECK(MessageDifferencer::Equals(ended.trial_ended(), fixture.GetTrial(trial)));
    CHECK(ended.trial_ended().end_revision() == ended.revision());
  }
  EndAs(fixture, fixture.StartTrial(), v1::TRIAL_FAILURE_NOT_CONVERGED);
  CHECK(watch.Next().has_trial_started());
  CHECK(watch.Next().trial_ended().failure() == v1::TRIAL_FAILURE_NOT_CONVERGED);
  Answer(fixture.Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()));
  CHECK(watch.Next().has_job_deleted());
}

// Checks what each size counts against the trials of the job.
void CheckCounts(RpcFixture& fixture) {
  const JobRecords records = Answer(ExportJob(fixture.client()));
  std::map<int64_t, int64_t> num_trials, pending;
  for (const v1::JobRecord& record : records) {
    if (!record.has_trial()) continue;
    ++num_trials[record.trial().batch_size()];
    if (record.trial().status() == v1::TRIAL_STATUS_DISPATCHED) ++pending[record.trial().batch_size()];
  }
  for (const v1::JobRecord& record : records) {
    if (!record.has_curves_size()) continue;
    const v1::CurvesSizeState& size = record.curves_size();
    CAPTURE(size.batch_size());
    CHECK(size.num_trials() == num_trials[size.batch_size()]);
    CHECK(size.pending() == pending[size.batch_size()]);
  }
}

v1::SessionRequest FailureInSession(const v1::Trial& trial) {
  v1::SessionRequest request;
  *request.mutable_update_trial() = OfTrial<v1::UpdateTrialRequest>(trial);
  request.mutable_update_trial()->set_status(v1::TRIAL_STATUS_FAILED);
  return request;
}

v1::SessionRequest FetchInSession(const v1::Trial& trial) {
  v1::SessionRequest request;
  *request.mutable_get_trial() = OfTrial<v1::GetTrialRequest>(trial);
  return request;
}

TEST_CASE("Sessions that are held open change what a size counts when they commit, and not before or otherwise") {
  RpcFixture fixture;
  Answer(fixture.Register(CurvesSpecMessage()));
  const v1::Trial running = fixture.StartTrial();
  const auto begin = [&] {
    auto session = std::make_unique<WireSession>(fixture.client());
    REQUIRE(session->Ask(GetJobRequest()).has_value());
    REQUIRE(session->Ask(FetchInSession(running)).has_value());
    REQUIRE(session->Ask(CreateTrialRequest(16)).has_value());
    REQUIRE(session->Ask(FailureInSession(running)).has_value());
    return session;
  };
  auto dropped = begin(), late = begin();
  CheckCounts(fixture);
  dropped.reset();
  CheckCounts(fixture);
  auto committed = begin();
  REQUIRE(committed->Ask(CommitRequest()).has_value());
  CheckCounts(fixture);
  CHECK_FALSE(late->Ask(CommitRequest()).has_value());
  CHECK(late->Finish().reason() == "LOST_RACE");
  CheckCounts(fixture);
  CHECK(fixture.GetJob().num_running_trials() == 1);
}

TEST_CASE("After any mix of calls over the wire, with moves to other servers, each size counts its trials") {
  std::mt19937 random(GENERATE(1U, 2U));
  const auto one_of = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  auto fixture = std::make_unique<RpcFixture>();
  Answer(fixture->Register(CurvesSpecMessage()));
  std::vector<v1::Trial> running;
  const auto take = [&] {
    const size_t index = one_of(running.size());
    const v1::Trial trial = running[index];
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(index));
    return trial;
  };
  for (int i = 0; i < 120; ++i) {
    CAPTURE(i);
    const size_t choice = running.empty() ? one_of(2) : one_of(8);
    switch (choice) {
      case 0:
        running.push_back(fixture->StartTrial());
        break;
      case 1:
        running.push_back(fixture->CreateTrial(16 << one_of(3), v1::TRIAL_TYPE_EXPLORATION));
        break;
      case 2:
      case 3:
        REQUIRE(Report(*fixture, take(), 100, 100, static_cast<double>(one_of(2))).stop_train());
        break;
      case 4:
        EndAs(*fixture, take(), v1::TRIAL_FAILURE_NOT_CONVERGED);
        break;
      case 5:
        EndAs(*fixture, take(), v1::TRIAL_FAILURE_INFEASIBLE);
        break;
      case 6: {
        WireSession session(fixture->client());
        REQUIRE(session.Ask(GetJobRequest()).has_value());
        const v1::Trial created = session.Ask(CreateTrialRequest(32))->create_trial().trial();
        const bool commits = one_of(2) == 0;
        const v1::Trial ended = commits ? take() : running.front();
        REQUIRE(session.Ask(FetchInSession(ended)).has_value());
        REQUIRE(session.Ask(FailureInSession(ended)).has_value());
        if (!commits) break;
        REQUIRE(session.Ask(CommitRequest()).has_value());
        running.push_back(created);
        break;
      }
      default: {
        auto other = std::make_unique<RpcFixture>();
        Answer(ImportJob(other->client(), Answer(ExportJob(fixture->client()))));
        fixture = std::move(other);
      }
    }
    if (i % 10 == 9) CheckCounts(*fixture);
  }
  CHECK(fixture->GetJob().num_running_trials() == static_cast<int64_t>(running.size()));
}

}  // namespace
}  // namespace zeus::bso::rpc
