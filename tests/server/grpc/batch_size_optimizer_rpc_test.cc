#include "server/grpc/batch_size_optimizer_rpc.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "server/random/generator.h"
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;

TEST_CASE_METHOD(RpcFixture, "A registered job is answered whole, as it starts") {
  const int64_t before = absl::ToUnixMicros(absl::Now());
  v1::JobSpec spec = testing::MakeSpecMessage();
  std::reverse(spec.mutable_batch_sizes()->begin(), spec.mutable_batch_sizes()->end());
  const v1::RegisterJobResponse response = Answer(Register(spec));
  CHECK(response.created());
  const v1::Job& job = response.job();
  CHECK(job.spec().job_id() == "job");
  CHECK(std::vector<int64_t>(job.spec().batch_sizes().begin(), job.spec().batch_sizes().end()) ==
        std::vector<int64_t>{16, 32, 64});
  CHECK(job.spec().beta_knob() == 2);
  CHECK(job.spec().max_epochs() == 100);
  CHECK(job.stage() == v1::STAGE_PRUNING);
  CHECK(job.exp_default_batch_size() == 32);
  CHECK_FALSE(job.has_min_cost());
  CHECK(job.min_cost_batch_size() == 32);
  CHECK(TimeUtil::TimestampToMicroseconds(job.create_time()) >= before);
  CHECK(TimeUtil::TimestampToMicroseconds(job.create_time()) <= absl::ToUnixMicros(absl::Now()));
  CHECK(MessageDifferencer::Equals(GetJob(), job));
}

TEST_CASE_METHOD(RpcFixture, "Registering the same specification again finds the job as it is by then") {
  RegisterJob();
  Answer(ReportConverged(StartTrial(), 100));
  v1::JobSpec same = testing::MakeSpecMessage();
  std::reverse(same.mutable_batch_sizes()->begin(), same.mutable_batch_sizes()->end());
  same.set_beta_knob(2);  // The default, spelt out.
  const v1::RegisterJobResponse again = Answer(Register(same));
  CHECK_FALSE(again.created());
  CHECK(MessageDifferencer::Equals(again.job(), GetJob()));
  CHECK(again.job().min_cost() == 100);
}

TEST_CASE_METHOD(RpcFixture, "Registering another specification under a taken job_id names the fields that differ") {
  const v1::Job job = RegisterJob();
  v1::JobSpec other = testing::MakeSpecMessage();
  other.set_eta_knob(0.5);
  other.set_disable_early_stop(true);
  other.clear_mab_seed();
  other.set_gpu_model("A40");
  const auto reply = Register(other);
  CheckRefused(reply, grpc::ALREADY_EXISTS, "JOB_EXISTS");
  CHECK(reply.detail<google::rpc::ErrorInfo>().metadata().at("fields") == "eta_knob,beta_knob,mab_seed,gpu_model");
  CHECK(MessageDifferencer::Equals(GetJob(), job));
}

TEST_CASE_METHOD(RpcFixture, "Without a job_id the server makes one of the prefix and eight hexadecimal digits") {
  v1::JobSpec spec = testing::MakeSpecMessage("");
  spec.set_job_id_prefix("night");
  const std::string first = Answer(Register(spec)).job().spec().job_id();
  const std::string second = Answer(Register(spec)).job().spec().job_id();
  CHECK(first.starts_with("night-"));
  const std::string digits = first.substr(6);
  CHECK(digits.size() == 8);
  CHECK(std::all_of(digits.begin(), digits.end(), [](unsigned char digit) { return std::isxdigit(digit) != 0; }));
  CHECK(first != second);
  CHECK(GetJob(first).spec().job_id_prefix() == "night");
}

TEST_CASE_METHOD(RpcFixture,
                 "The generator of a seeded job is shown as its seed leaves it, and an unseeded job has none") {
  const v1::GeneratorState state = RegisterJob().generator_state();
  const Pcg64State expected = random::Generator(1).state();
  CHECK(state.state_high() == expected.state_high);
  CHECK(state.state_low() == expected.state_low);
  CHECK(state.inc_high() == expected.inc_high);
  CHECK(state.inc_low() == expected.inc_low);
  CHECK_FALSE(state.has_uint32());

  v1::JobSpec unseeded = testing::MakeSpecMessage("unseeded");
  unseeded.clear_mab_seed();
  CHECK_FALSE(Answer(Register(unseeded)).job().has_generator_state());
  CHECK_FALSE(GetJob("unseeded").has_generator_state());
}

TEST_CASE_METHOD(RpcFixture, "A started trial is answered whole") {
  RegisterJob();
  const int64_t before = absl::ToUnixMicros(absl::Now());
  const v1::Trial trial = StartTrial();
  CHECK(trial.job_id() == "job");
  CHECK(trial.trial_number() == 1);
  CHECK(trial.batch_size() == 32);
  CHECK(trial.type() == v1::TRIAL_TYPE_EXPLORATION);
  CHECK(trial.status() == v1::TRIAL_STATUS_DISPATCHED);
  CHECK(TimeUtil::TimestampToMicroseconds(trial.start_time()) >= before);
  CHECK_FALSE(trial.has_end_time());
  CHECK_FALSE(trial.has_time_seconds());
  CHECK_FALSE(trial.has_energy_joules());
  CHECK_FALSE(trial.has_converged());
  CHECK(MessageDifferencer::Equals(GetTrial(trial), trial));
}

TEST_CASE_METHOD(RpcFixture, "While a size is being explored, another trial runs the best size known") {
  RegisterJob();
  Answer(ReportConverged(StartTrial(), 100));
  const v1::Trial exploration = StartTrial();
  CHECK(exploration.batch_size() == 16);
  const v1::Trial concurrent = StartTrial();
  CHECK(concurrent.type() == v1::TRIAL_TYPE_CONCURRENT);
  CHECK(concurrent.batch_size() == 32);
  CHECK(concurrent.trial_number() == 3);
}

TEST_CASE_METHOD(RpcFixture, "Nothing starts for a job that does not exist") {
  CheckRefused(Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
}

TEST_CASE_METHOD(RpcFixture, "When no size converged the sizes that were tried are named") {
  RegisterJob();
  Answer(ReportNotConverged(StartTrial(), 100));  // 32: down is over.
  const v1::Trial up = StartTrial();
  CHECK(up.batch_size() == 64);
  Answer(ReportNotConverged(up, 100));
  const auto reply = Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>());
  CheckRefused(reply, grpc::FAILED_PRECONDITION, "NOTHING_CONVERGED");
  CHECK(reply.detail<google::rpc::ErrorInfo>().metadata().at("batch_sizes") == "32,64");
}

TEST_CASE_METHOD(RpcFixture, "A job that was moved to the bandit by hand has no arms to pick from") {
  RegisterJob();
  auto stage = OfJob<v1::UpdateJobStageRequest>();
  stage.set_stage(v1::STAGE_MAB);
  Answer(Call(Service::UpdateJobStage, stage));
  CheckRefused(Call(Optimizer::StartTrial, OfJob<v1::StartTrialRequest>()), grpc::FAILED_PRECONDITION, "NO_ARMS");
}

TEST_CASE_METHOD(RpcFixture, "A job is deleted with all that it had, and its job_id is free again") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  CHECK(Answer(Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>())).deleted());
  CHECK_FALSE(Answer(Call(Service::GetJob, OfJob<v1::GetJobRequest>())).has_job());
  CHECK_FALSE(Answer(Call(Service::GetTrial, OfTrial<v1::GetTrialRequest>(trial))).has_trial());
  CHECK(Answer(Register(testing::MakeSpecMessage())).created());
  CHECK_FALSE(Answer(Call(Service::GetTrial, OfTrial<v1::GetTrialRequest>(trial))).has_trial());
  CHECK(StartTrial().trial_number() == 1);
}

TEST_CASE_METHOD(RpcFixture, "Deleting a job that does not exist is NOT_FOUND") {
  CheckRefused(Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
}

}  // namespace
}  // namespace zeus::bso::rpc
