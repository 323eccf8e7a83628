// The reading methods of ZeusService, and the draws.
#include <algorithm>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "server/random/generator.h"
#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::util::MessageDifferencer;

void CheckGenerator(const v1::GeneratorState& shown, const Pcg64State& expected) {
  CHECK(shown.state_high() == expected.state_high);
  CHECK(shown.state_low() == expected.state_low);
  CHECK(shown.inc_high() == expected.inc_high);
  CHECK(shown.inc_low() == expected.inc_low);
  CHECK(shown.has_uint32() == expected.has_uint32);
  CHECK(shown.uinteger() == expected.uinteger);
}

TEST_CASE_METHOD(RpcFixture, "Reads of what is not there answer that nothing is there") {
  const v1::Trial nobody = [] {
    v1::Trial trial;
    trial.set_job_id("job");
    trial.set_batch_size(32);
    trial.set_trial_number(1);
    return trial;
  }();
  const auto check_absent = [&] {
    CHECK(Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>())).arms().empty());
    CHECK_FALSE(Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(32))).has_arm());
    CHECK(Answer(Call(Service::GetExplorationsOfJob, OfJob<v1::GetExplorationsOfJobRequest>())).explorations().empty());
    CHECK_FALSE(Answer(Call(Service::GetTrial, OfTrial<v1::GetTrialRequest>(nobody))).has_trial());
  };
  CHECK_FALSE(Answer(Call(Service::GetJob, OfJob<v1::GetJobRequest>())).has_job());
  check_absent();
  RegisterJob();
  check_absent();
}

TEST_CASE_METHOD(RpcFixture, "GetJob shows the job") {
  const v1::Job job = RegisterJob();
  RegisterJob("other");
  CHECK(MessageDifferencer::Equals(GetJob(), job));
}

TEST_CASE_METHOD(RpcFixture, "GetTrial shows a trial under its own batch size only") {
  RegisterJob();
  const v1::Trial trial = CreateTrial(16, v1::TRIAL_TYPE_MAB);
  CHECK(MessageDifferencer::Equals(GetTrial(trial), trial));
  v1::Trial other = trial;
  other.set_batch_size(32);
  CHECK_FALSE(Answer(Call(Service::GetTrial, OfTrial<v1::GetTrialRequest>(other))).has_trial());
}

TEST_CASE_METHOD(RpcFixture, "Arms are shown by batch size, one or all") {
  RegisterJob();
  auto request = OfJob<v1::CreateArmsRequest>();
  for (const int64_t size : {64, 16}) {
    v1::GaussianTsArm& arm = *request.add_arms();
    arm.set_job_id("job");
    arm.set_batch_size(size);
    arm.set_param_mean(-0.5 * static_cast<double>(size));
    arm.set_param_precision(std::numeric_limits<double>::infinity());
    arm.set_reward_precision(0.25);
    arm.set_num_observations(3);
  }
  Answer(Call(Service::CreateArms, request));
  const auto arms = Answer(Call(Service::GetArms, OfJob<v1::GetArmsRequest>()));
  REQUIRE(arms.arms_size() == 2);
  CHECK(MessageDifferencer::Equals(arms.arms(0), request.arms(1)));
  CHECK(MessageDifferencer::Equals(arms.arms(1), request.arms(0)));
  const auto one = Answer(Call(Service::GetArm, OfSize<v1::GetArmRequest>(64)));
  CHECK(MessageDifferencer::Equals(one.arm(), request.arms(0)));
}

TEST_CASE_METHOD(RpcFixture, "Explorations are shown by size and number, without failed ones and other types") {
  RegisterJob();
  for (const int64_t size : {64, 16, 64}) CreateTrial(size, v1::TRIAL_TYPE_EXPLORATION);
  Answer(ReportConverged(CreateTrial(16, v1::TRIAL_TYPE_EXPLORATION), 10));
  Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(CreateTrial(16, v1::TRIAL_TYPE_EXPLORATION))));
  CreateTrial(32, v1::TRIAL_TYPE_CONCURRENT);
  CreateTrial(32, v1::TRIAL_TYPE_MAB);

  const auto response = Answer(Call(Service::GetExplorationsOfJob, OfJob<v1::GetExplorationsOfJobRequest>()));
  std::vector<std::vector<int64_t>> shown;  // Size, then trial numbers.
  for (const auto& of_size : response.explorations()) {
    shown.push_back({of_size.batch_size()});
    for (const v1::Trial& trial : of_size.trials()) {
      shown.back().push_back(trial.trial_number());
      CHECK(MessageDifferencer::Equals(trial, GetTrial(trial)));
    }
  }
  CHECK(shown == std::vector<std::vector<int64_t>>{{16, 2, 4}, {64, 1, 3}});
}

TEST_CASE_METHOD(RpcFixture, "Results of a size are shown latest first, as many as the window holds") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  for (const int64_t window : {0, 2}) {
    const std::string job_id = "window-" + std::to_string(window);
    spec.set_job_id(job_id);
    spec.set_window_size(window);
    Answer(Register(spec));
    for (const double energy : {10, 11, 12}) {
      Answer(ReportConverged(CreateTrial(16, v1::TRIAL_TYPE_MAB, job_id), energy));
    }
    CreateTrial(16, v1::TRIAL_TYPE_MAB, job_id);
    Answer(ReportNotConverged(CreateTrial(32, v1::TRIAL_TYPE_MAB, job_id), 5));

    const auto of_16 =
        Answer(Call(Service::GetTrialResultsOfBatchSize, OfSize<v1::GetTrialResultsOfBatchSizeRequest>(16, job_id)));
    std::vector<int64_t> numbers;
    for (const v1::TrialResult& result : of_16.results()) numbers.push_back(result.trial_number());
    CHECK(numbers == (window == 0 ? std::vector<int64_t>{3, 2, 1} : std::vector<int64_t>{3, 2}));
    CHECK(of_16.results(0).energy_joules() == 12);
    CHECK(of_16.results(0).time_seconds() == Approx(1.2));
    CHECK(of_16.results(0).converged());
    const auto of_32 =
        Answer(Call(Service::GetTrialResultsOfBatchSize, OfSize<v1::GetTrialResultsOfBatchSizeRequest>(32, job_id)));
    REQUIRE(of_32.results_size() == 1);
    CHECK_FALSE(of_32.results(0).converged());
  }
  CheckRefused(Call(Service::GetTrialResultsOfBatchSize, OfSize<v1::GetTrialResultsOfBatchSizeRequest>(16)),
               grpc::NOT_FOUND, "JOB_NOT_FOUND");
}

TEST_CASE_METHOD(RpcFixture, "Draws are those of the job's generator, which moves on with each") {
  RegisterJob();
  random::Generator expected(1);
  const std::vector<int64_t> population = {7, 7, -3, 100, 9223372036854775807};
  auto choices = OfJob<v1::GetRandomChoicesRequest>();
  choices.mutable_choices()->Add(population.begin(), population.end());
  auto normal = OfJob<v1::GetNormalRequest>();
  normal.set_loc(2.5);
  normal.set_scale(100);
  for (int i = 0; i < 3; ++i) {
    const auto order = Answer(Call(Service::GetRandomChoices, choices));
    CHECK(std::vector<int64_t>(order.choices().begin(), order.choices().end()) == expected.Choice(population));
    CHECK(Answer(Call(Service::GetNormal, normal)).value() == expected.Normal(2.5, 100));
    CheckGenerator(GetJob().generator_state(), expected.state());
  }
}

TEST_CASE_METHOD(RpcFixture, "Draws for a job without a seed differ each time") {
  v1::JobSpec spec = testing::MakeSpecMessage();
  spec.clear_mab_seed();
  Answer(Register(spec));
  auto normal = OfJob<v1::GetNormalRequest>();
  normal.set_scale(1);
  CHECK(Answer(Call(Service::GetNormal, normal)).value() != Answer(Call(Service::GetNormal, normal)).value());
  normal.set_loc(7);
  normal.set_scale(0);
  CHECK(Answer(Call(Service::GetNormal, normal)).value() == 7);

  auto choices = OfJob<v1::GetRandomChoicesRequest>();
  for (int64_t i = 0; i < 1024; ++i) choices.add_choices(i);
  const auto draw = [&] {
    const auto response = Answer(Call(Service::GetRandomChoices, choices));
    return std::vector<int64_t>(response.choices().begin(), response.choices().end());
  };
  std::vector<int64_t> first = draw();
  CHECK(first != draw());
  std::sort(first.begin(), first.end());
  CHECK(std::equal(first.begin(), first.end(), choices.choices().begin(), choices.choices().end()));
  CHECK_FALSE(GetJob().has_generator_state());
}

TEST_CASE_METHOD(RpcFixture, "There are no draws for a job that does not exist") {
  CheckRefused(Call(Service::GetNormal, OfJob<v1::GetNormalRequest>()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  auto choices = OfJob<v1::GetRandomChoicesRequest>();
  choices.add_choices(1);
  CheckRefused(Call(Service::GetRandomChoices, choices), grpc::NOT_FOUND, "JOB_NOT_FOUND");
}

}  // namespace
}  // namespace zeus::bso::rpc
