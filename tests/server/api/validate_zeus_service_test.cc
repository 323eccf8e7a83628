// The requests of ZeusService, but for the specification (validate_job_spec_test.cc).
#include <string>
#include <vector>

#include "tests/server/api/field_cases.h"

namespace zeus::bso::api {
namespace {

using Fields = std::vector<std::string>;

template <typename Request>
Request ServiceRequest() {
  Request request;
  request.set_job_id("job");
  return request;
}

template <typename Request>
Request SizeRequest() {
  Request request = ServiceRequest<Request>();
  request.set_batch_size(32);
  return request;
}

template <typename Request>
Request TrialRequest() {
  Request request = SizeRequest<Request>();
  request.set_trial_number(1);
  return request;
}

v1::GaussianTsArm Arm(int64_t batch_size) {
  v1::GaussianTsArm arm;
  arm.set_batch_size(batch_size);
  return arm;
}

v1::UpdateTrialRequest Succeeded() {
  auto request = TrialRequest<v1::UpdateTrialRequest>();
  request.set_status(v1::TRIAL_STATUS_SUCCEEDED);
  request.set_time_seconds(1);
  request.set_energy_joules(2);
  request.set_converged(true);
  return request;
}

v1::UpdateTrialRequest Failed() {
  auto request = TrialRequest<v1::UpdateTrialRequest>();
  request.set_status(v1::TRIAL_STATUS_FAILED);
  return request;
}

v1::UpdateArmStateRequest ValidArmState() {
  v1::UpdateArmStateRequest request;
  request.set_trial_number(1);
  *request.mutable_arm() = Arm(32);
  request.mutable_arm()->set_job_id("job");
  return request;
}

v1::CreateTrialRequest ValidCreateTrial() {
  auto request = SizeRequest<v1::CreateTrialRequest>();
  request.set_type(v1::TRIAL_TYPE_EXPLORATION);
  return request;
}

v1::GetRandomChoicesRequest WithChoices(int count) {
  auto request = ServiceRequest<v1::GetRandomChoicesRequest>();
  for (int i = 0; i < count; ++i) request.add_choices(i);
  return request;
}

v1::CreateArmsRequest WithArms(int count) {
  auto request = ServiceRequest<v1::CreateArmsRequest>();
  for (int i = 0; i < count; ++i) *request.add_arms() = Arm(i + 1);
  return request;
}

v1::UpdateJobStageRequest ValidStage() {
  auto request = ServiceRequest<v1::UpdateJobStageRequest>();
  request.set_stage(v1::STAGE_MAB);
  return request;
}

// The fields of an arm that stands at `path`, but for its job_id.
template <typename Request>
void CheckArmFields(const Request& valid, const std::string& path) {
  CheckBatchSizeField(valid, path + ".batch_size");
  CheckField<double>(valid, path + ".param_mean", {kNan, kInfinity, -kInfinity}, {0, kMaxDouble, -kMaxDouble});
  CheckField<double>(valid, path + ".param_precision", {-1e-300, kNan, -kInfinity}, {0, kMaxDouble, kInfinity});
  CheckField<double>(valid, path + ".reward_precision", {-1e-300, kNan, -kInfinity}, {0, kMaxDouble, kInfinity});
  CheckCountField(valid, path + ".num_observations");
}

TEST_CASE("Every request of the service that names a job is checked for the name") {
  CheckJobIdField(ServiceRequest<v1::GetArmsRequest>());
  CheckJobIdField(SizeRequest<v1::GetArmRequest>());
  CheckJobIdField(ServiceRequest<v1::GetExplorationsOfJobRequest>());
  CheckJobIdField(Failed());
  CheckJobIdField(ValidArmState(), "arm.job_id");
  CheckJobIdField(SizeRequest<v1::UpdateExpDefaultBatchSizeRequest>());
  CheckJobIdField(ValidCreateTrial());
  CheckJobIdField(WithChoices(1));
  CheckJobIdField(ServiceRequest<v1::GetNormalRequest>());
  CheckJobIdField(ServiceRequest<v1::GetJobRequest>());
  CheckJobIdField(TrialRequest<v1::GetTrialRequest>());
  CheckJobIdField(SizeRequest<v1::GetTrialResultsOfBatchSizeRequest>());
  CheckJobIdField(ServiceRequest<v1::CreateArmsRequest>());
  CheckJobIdField(ValidStage());
}

TEST_CASE("Every request of the service that names a batch size is checked for it") {
  CheckBatchSizeField(SizeRequest<v1::GetArmRequest>());
  CheckBatchSizeField(Failed());
  CheckBatchSizeField(SizeRequest<v1::UpdateExpDefaultBatchSizeRequest>());
  CheckBatchSizeField(ValidCreateTrial());
  CheckBatchSizeField(TrialRequest<v1::GetTrialRequest>());
  CheckBatchSizeField(SizeRequest<v1::GetTrialResultsOfBatchSizeRequest>());
}

TEST_CASE("Every request of the service that names a trial is checked for its number") {
  CheckTrialNumberField(Failed());
  CheckTrialNumberField(ValidArmState());
  CheckTrialNumberField(TrialRequest<v1::GetTrialRequest>());
}

TEST_CASE("An empty request of the service is refused, with every required field named") {
  CHECK(WrongFields(Validate(v1::GetArmsRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::GetArmRequest())) == Fields{"job_id", "batch_size"});
  CHECK(WrongFields(Validate(v1::GetExplorationsOfJobRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::UpdateTrialRequest())) == Fields{"job_id", "batch_size", "trial_number", "status"});
  CHECK(WrongFields(Validate(v1::UpdateArmStateRequest())) == Fields{"arm.job_id", "trial_number", "arm.batch_size"});
  CHECK(WrongFields(Validate(v1::UpdateExpDefaultBatchSizeRequest())) == Fields{"job_id", "batch_size"});
  CHECK(WrongFields(Validate(v1::CreateTrialRequest())) == Fields{"job_id", "batch_size", "type"});
  CHECK(WrongFields(Validate(v1::GetRandomChoicesRequest())) == Fields{"job_id", "choices"});
  CHECK(WrongFields(Validate(v1::GetNormalRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::GetJobRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::GetTrialRequest())) == Fields{"job_id", "batch_size", "trial_number"});
  CHECK(WrongFields(Validate(v1::GetTrialResultsOfBatchSizeRequest())) == Fields{"job_id", "batch_size"});
  CHECK(WrongFields(Validate(v1::CreateArmsRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::UpdateJobStageRequest())) == Fields{"job_id", "stage"});
}

TEST_CASE("A trial is given one of the two ends") {
  CheckField<int64_t>(Failed(), "status", {v1::TRIAL_STATUS_UNSPECIFIED, v1::TRIAL_STATUS_DISPATCHED, 4, -1},
                      {v1::TRIAL_STATUS_FAILED});
  CheckField<int64_t>(Succeeded(), "status", {v1::TRIAL_STATUS_UNSPECIFIED, v1::TRIAL_STATUS_DISPATCHED, 4, -1},
                      {v1::TRIAL_STATUS_SUCCEEDED});
}

TEST_CASE("A trial that failed did so for a reason that a caller can know, one that succeeded for none") {
  CheckField<int64_t>(Failed(), "failure", {v1::TRIAL_FAILURE_TIMED_OUT, 6, -1},
                      {v1::TRIAL_FAILURE_UNSPECIFIED, v1::TRIAL_FAILURE_INFEASIBLE, v1::TRIAL_FAILURE_NOT_CONVERGED});
  CheckField<int64_t>(Succeeded(), "failure", {v1::TRIAL_FAILURE_FAILED, v1::TRIAL_FAILURE_CANCELLED},
                      {v1::TRIAL_FAILURE_UNSPECIFIED});
}

TEST_CASE("The time and energy of a trial that succeeded are finite, not negative and at most 1e50") {
  CheckQuantityField(Succeeded(), "time_seconds");
  CheckQuantityField(Succeeded(), "energy_joules");
}

TEST_CASE("A trial that failed has no result") {
  CheckField<double>(Failed(), "time_seconds", {0, 1}, {});
  CheckField<double>(Failed(), "energy_joules", {0, 1}, {});
  v1::UpdateTrialRequest request = Failed();
  request.set_converged(false);
  CHECK(WrongFields(Validate(request)) == Fields{"converged"});
}

TEST_CASE("A trial that succeeded has a whole result") {
  const auto without = [](void (v1::UpdateTrialRequest::*clear)()) {
    v1::UpdateTrialRequest request = Succeeded();
    (request.*clear)();
    return WrongFields(Validate(request));
  };
  CHECK(without(&v1::UpdateTrialRequest::clear_time_seconds) == Fields{"time_seconds"});
  CHECK(without(&v1::UpdateTrialRequest::clear_energy_joules) == Fields{"energy_joules"});
  CHECK(without(&v1::UpdateTrialRequest::clear_converged) == Fields{"converged"});
}

TEST_CASE("An arm's fields are checked, and its precisions may be infinite") {
  CheckArmFields(ValidArmState(), "arm");
  CheckArmFields(WithArms(1), "arms[0]");
}

TEST_CASE("A trial that is created has a type") {
  CheckField<int64_t>(ValidCreateTrial(), "type", {v1::TRIAL_TYPE_UNSPECIFIED, 7, -1},
                      {v1::TRIAL_TYPE_EXPLORATION, v1::TRIAL_TYPE_CONCURRENT, v1::TRIAL_TYPE_MAB, v1::TRIAL_TYPE_FIRST,
                       v1::TRIAL_TYPE_BEST, v1::TRIAL_TYPE_EXPLORE});
}

TEST_CASE("A random order is drawn of 1 to 1024 values") {
  CHECK(WrongFields(Validate(WithChoices(0))) == Fields{"choices"});
  CHECK_THAT(Validate(WithChoices(1)), testing::IsOk());
  CHECK_THAT(Validate(WithChoices(1024)), testing::IsOk());
  CHECK(WrongFields(Validate(WithChoices(1025))) == Fields{"choices"});
}

TEST_CASE("A normal distribution has a mean in -1e100 to 1e100 and a deviation in 0 to 1e100") {
  CheckField<double>(ServiceRequest<v1::GetNormalRequest>(), "loc",
                     {1.001e100, -1.001e100, kMaxDouble, kNan, kInfinity, -kInfinity}, {0, 1e100, -1e100});
  CheckField<double>(ServiceRequest<v1::GetNormalRequest>(), "scale", {-1e-300, 1.001e100, kNan, kInfinity, -kInfinity},
                     {0, 1e-300, 1e100});
}

TEST_CASE("At most 1024 arms are created at once") {
  CHECK_THAT(Validate(WithArms(0)), testing::IsOk());
  CHECK_THAT(Validate(WithArms(1024)), testing::IsOk());
  CHECK(WrongFields(Validate(WithArms(1025))) == Fields{"arms"});
}

TEST_CASE("Arms that are created belong to the job of the request") {
  CheckField<std::string>(WithArms(3), "arms[1].job_id", {"another", "jo"}, {"", "job"});
}

TEST_CASE("Arms of the same batch size are refused, with each repetition named") {
  v1::CreateArmsRequest request = WithArms(4);
  request.mutable_arms(2)->set_batch_size(1);
  request.mutable_arms(3)->set_batch_size(1);
  CHECK(WrongFields(Validate(request)) == Fields{"arms[2].batch_size", "arms[3].batch_size"});
}

TEST_CASE("All that is wrong with arms is named at once, by index") {
  v1::CreateArmsRequest request = WithArms(3);
  request.mutable_arms(0)->set_num_observations(-1);
  request.mutable_arms(2)->set_param_mean(kNan);
  request.mutable_arms(2)->set_param_precision(-1);
  CHECK(WrongFields(Validate(request)) ==
        Fields{"arms[0].num_observations", "arms[2].param_mean", "arms[2].param_precision"});
}

TEST_CASE("A stage that a job is moved to is the bandit's") {
  CheckField<int64_t>(ValidStage(), "stage", {v1::STAGE_UNSPECIFIED, v1::STAGE_PRUNING, 3, -1}, {v1::STAGE_MAB});
}

}  // namespace
}  // namespace zeus::bso::api
