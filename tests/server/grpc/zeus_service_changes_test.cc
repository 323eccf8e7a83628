// The changing methods of ZeusService.
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;

class Changes : public RpcFixture {
 public:
  testing::Reply<v1::UpdateTrialResponse> Succeed(const v1::Trial& trial, double energy, bool converged) {
    auto request = OfTrial<v1::UpdateTrialRequest>(trial);
    request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
    request.set_time_seconds(3);
    request.set_energy_joules(energy);
    request.set_converged(converged);
    return Call(Service::UpdateTrial, request);
  }

  testing::Reply<v1::UpdateTrialResponse> Fail(const v1::Trial& trial) {
    auto request = OfTrial<v1::UpdateTrialRequest>(trial);
    request.set_status(v1::TRIAL_STATUS_FAILED);
    return Call(Service::UpdateTrial, request);
  }

  testing::Reply<v1::CreateArmsResponse> CreateArms(const std::vector<int64_t>& sizes) {
    auto request = OfJob<v1::CreateArmsRequest>();
    for (const int64_t size : sizes) request.add_arms()->set_batch_size(size);
    return Call(Service::CreateArms, request);
  }

  int ArmCount() { return Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).arms_size(); }
};

// A trial that is nowhere.
v1::Trial Nobody() {
  v1::Trial trial;
  trial.set_job_id("job");
  trial.set_batch_size(32);
  trial.set_trial_number(1);
  return trial;
}

v1::UpdateArmStateRequest ArmState(const v1::Trial& trial) {
  v1::UpdateArmStateRequest request;
  request.set_trial_number(trial.trial_number());
  v1::GaussianTsArm& arm = *request.mutable_arm();
  arm.set_job_id(trial.job_id());
  arm.set_batch_size(trial.batch_size());
  arm.set_param_mean(-7);
  arm.set_param_precision(2);
  arm.set_reward_precision(1);
  arm.set_num_observations(5);
  return request;
}

TEST_CASE_METHOD(Changes, "CreateJob makes a job once, also of the same specification") {
  v1::CreateJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage();
  const v1::Job job = Answer(Call(Service::CreateJob, request)).job();
  CHECK(job.spec().job_id() == "job");
  CHECK(job.stage() == v1::STAGE_PRUNING);
  CHECK(job.has_generator_state());
  CHECK(MessageDifferencer::Equals(GetJob(), job));
  CheckRefused(Call(Service::CreateJob, request), grpc::ALREADY_EXISTS, "JOB_EXISTS");
}

TEST_CASE_METHOD(Changes, "CreateTrial starts a trial of the given size and type") {
  RegisterJob();
  for (const v1::TrialType type : {v1::TRIAL_TYPE_EXPLORATION, v1::TRIAL_TYPE_CONCURRENT, v1::TRIAL_TYPE_MAB}) {
    const v1::Trial trial = CreateTrial(64, type);
    CHECK(trial.job_id() == "job");
    CHECK(trial.batch_size() == 64);
    CHECK(trial.type() == type);
    CHECK(trial.trial_number() == type);  // 1, 2, 3.
    CHECK(trial.status() == v1::TRIAL_STATUS_DISPATCHED);
    CHECK(trial.has_start_time());
    CHECK(MessageDifferencer::Equals(GetTrial(trial), trial));
  }
}

TEST_CASE_METHOD(Changes, "CreateTrial refuses a size that is not the job's, and a job that is not there") {
  auto request = OfSize<v1::CreateTrialRequest>(48);
  request.set_type(v1::TRIAL_TYPE_MAB);
  CheckRefused(Call(Service::CreateTrial, request), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CheckRefused(Call(Service::CreateTrial, request), grpc::FAILED_PRECONDITION, "BATCH_SIZE_NOT_IN_JOB");
  CHECK(StartTrial().trial_number() == 1);
}

TEST_CASE_METHOD(Changes, "UpdateTrial gives a trial its result, and the job the least cost of converged ones") {
  RegisterJob();
  const v1::Trial first = CreateTrial(16, v1::TRIAL_TYPE_MAB);
  const v1::Trial ended = Answer(Succeed(first, 50, true)).trial();
  CHECK(ended.status() == v1::TRIAL_STATUS_SUCCEEDED);
  CHECK(ended.time_seconds() == 3);
  CHECK(ended.energy_joules() == 50);
  CHECK(ended.converged());
  CHECK(ended.has_end_time());
  CHECK(MessageDifferencer::Equals(GetTrial(first), ended));
  CHECK(GetJob().min_cost() == 50);
  CHECK(GetJob().min_cost_batch_size() == 16);

  Answer(Succeed(CreateTrial(64, v1::TRIAL_TYPE_MAB), 60, true));
  Answer(Succeed(CreateTrial(64, v1::TRIAL_TYPE_MAB), 1, false));
  CHECK(GetJob().min_cost_batch_size() == 16);
  Answer(Succeed(CreateTrial(64, v1::TRIAL_TYPE_MAB), 40, true));
  CHECK(GetJob().min_cost() == 40);
  CHECK(GetJob().min_cost_batch_size() == 64);
}

TEST_CASE_METHOD(Changes, "UpdateTrial ends a trial as failed, without a result") {
  RegisterJob();
  const v1::Trial ended = Answer(Fail(CreateTrial(16, v1::TRIAL_TYPE_MAB))).trial();
  CHECK(ended.status() == v1::TRIAL_STATUS_FAILED);
  CHECK(ended.has_end_time());
  CHECK_FALSE(ended.has_energy_joules());
  CHECK_FALSE(ended.has_converged());
  CHECK_FALSE(GetJob().has_min_cost());
}

TEST_CASE_METHOD(Changes, "UpdateTrial refuses a trial that has ended, and one that is not there") {
  CheckRefused(Fail(Nobody()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CheckRefused(Fail(Nobody()), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
  const v1::Trial failed = CreateTrial(16, v1::TRIAL_TYPE_MAB);
  const v1::Trial succeeded = CreateTrial(16, v1::TRIAL_TYPE_MAB);
  Answer(Fail(failed));
  Answer(Succeed(succeeded, 50, true));
  CheckRefused(Succeed(failed, 1, true), grpc::FAILED_PRECONDITION, "TRIAL_ENDED");
  CheckRefused(Succeed(succeeded, 1, true), grpc::FAILED_PRECONDITION, "TRIAL_ENDED");
  CheckRefused(Fail(succeeded), grpc::FAILED_PRECONDITION, "TRIAL_ENDED");
  CHECK(GetTrial(succeeded).energy_joules() == 50);
  CHECK(GetJob().min_cost() == 50);
}

TEST_CASE_METHOD(Changes, "UpdateTrial refuses to let a trial succeed without a whole result") {
  RegisterJob();
  const v1::Trial trial = CreateTrial(16, v1::TRIAL_TYPE_MAB);
  auto request = OfTrial<v1::UpdateTrialRequest>(trial);
  request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  request.set_time_seconds(3);
  request.set_converged(true);
  CHECK(Call(Service::UpdateTrial, request).code() == grpc::INVALID_ARGUMENT);
  CHECK(MessageDifferencer::Equals(GetTrial(trial), trial));
}

TEST_CASE_METHOD(Changes, "UpdateArmState replaces the arm of the trial's size") {
  RegisterJob();
  Answer(CreateArms({16, 32}));
  const v1::UpdateArmStateRequest request = ArmState(CreateTrial(16, v1::TRIAL_TYPE_MAB));
  Answer(Call(Service::UpdateArmState, request));
  const auto arms = Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>()));
  REQUIRE(arms.arms_size() == 2);
  CHECK(MessageDifferencer::Equals(arms.arms(0), request.arm()));
  CHECK(arms.arms(1).num_observations() == 0);
}

TEST_CASE_METHOD(Changes, "UpdateArmState refuses trials of other types, and records that are not there") {
  const auto update = [this](const v1::Trial& trial) { return Call(Service::UpdateArmState, ArmState(trial)); };
  CheckRefused(update(Nobody()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  CheckRefused(update(Nobody()), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
  v1::Trial trial = CreateTrial(16, v1::TRIAL_TYPE_MAB);
  CheckRefused(update(trial), grpc::NOT_FOUND, "ARM_NOT_FOUND");
  Answer(CreateArms({16, 32}));
  trial.set_batch_size(32);
  CheckRefused(update(trial), grpc::NOT_FOUND, "TRIAL_NOT_FOUND");
  CheckRefused(update(CreateTrial(16, v1::TRIAL_TYPE_EXPLORATION)), grpc::FAILED_PRECONDITION, "TRIAL_NOT_MAB");
  CheckRefused(update(CreateTrial(16, v1::TRIAL_TYPE_CONCURRENT)), grpc::FAILED_PRECONDITION, "TRIAL_NOT_MAB");
  CHECK(Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(16))).arm().num_observations() == 0);
}

TEST_CASE_METHOD(Changes, "UpdateExpDefaultBatchSize sets one of the job's sizes") {
  CheckRefused(Call(Service::UpdateExpDefaultBatchSize, OfSize<v1::UpdateExpDefaultBatchSizeRequest>(64)),
               grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  const auto response =
      Answer(Call(Service::UpdateExpDefaultBatchSize, OfSize<v1::UpdateExpDefaultBatchSizeRequest>(64)));
  CHECK(response.job().exp_default_batch_size() == 64);
  CHECK(MessageDifferencer::Equals(GetJob(), response.job()));
  CheckRefused(Call(Service::UpdateExpDefaultBatchSize, OfSize<v1::UpdateExpDefaultBatchSizeRequest>(48)),
               grpc::FAILED_PRECONDITION, "BATCH_SIZE_NOT_IN_JOB");
  CHECK(GetJob().exp_default_batch_size() == 64);
  CHECK(GetJob().spec().default_batch_size() == 32);
}

TEST_CASE_METHOD(Changes, "CreateArms creates all of them or none") {
  CheckRefused(CreateArms({16}), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  Answer(CreateArms({}));
  CHECK(ArmCount() == 0);
  CheckRefused(CreateArms({16, 48}), grpc::FAILED_PRECONDITION, "BATCH_SIZE_NOT_IN_JOB");
  CHECK(ArmCount() == 0);
  Answer(CreateArms({16}));
  CheckRefused(CreateArms({32, 16}), grpc::ALREADY_EXISTS, "ARM_EXISTS");
  CHECK(ArmCount() == 1);
}

TEST_CASE_METHOD(Changes, "UpdateJobStage moves a job to the bandit, and stays there") {
  auto request = OfJob<v1::UpdateJobStageRequest>();
  request.set_stage(v1::STAGE_MAB);
  CheckRefused(Call(Service::UpdateJobStage, request), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  RegisterJob();
  for (int i = 0; i < 2; ++i) {
    CHECK(Answer(Call(Service::UpdateJobStage, request)).job().stage() == v1::STAGE_MAB);
    CHECK(GetJob().stage() == v1::STAGE_MAB);
  }
  request.set_stage(v1::STAGE_PRUNING);
  CHECK(Call(Service::UpdateJobStage, request).code() == grpc::INVALID_ARGUMENT);
  CHECK(GetJob().stage() == v1::STAGE_MAB);
}

TEST_CASE_METHOD(Changes, "DeleteJob says whether there was a job") {
  RegisterJob();
  RegisterJob("other");
  CHECK(Answer(Call(Service::DeleteJob, OfJob<v1::DeleteJobRequest>())).deleted());
  CHECK_FALSE(Answer(Call(Service::GetJob, OfJob<v1::GetJobRequest>())).has_job());
  const auto again = Call(Service::DeleteJob, OfJob<v1::DeleteJobRequest>());
  CHECK_FALSE(Answer(again).deleted());
  GetJob("other");
}

}  // namespace
}  // namespace zeus::bso::rpc
