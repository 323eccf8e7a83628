// The requests of BatchSizeOptimizer, but for the specification (validate_job_spec_test.cc).
#include <string>
#include <vector>

#include "tests/server/api/field_cases.h"

namespace zeus::bso::api {
namespace {

using Fields = std::vector<std::string>;

v1::ReportResultRequest ValidReport() {
  v1::ReportResultRequest request;
  request.set_job_id("job");
  request.set_batch_size(32);
  request.set_trial_number(1);
  request.set_time_seconds(10);
  request.set_energy_joules(100);
  request.set_metric(0.5);
  request.set_current_epoch(1);
  return request;
}

v1::EndTrialRequest ValidEnd() {
  v1::EndTrialRequest request;
  request.set_job_id("job");
  request.set_batch_size(32);
  request.set_trial_number(1);
  return request;
}

v1::HeartbeatRequest ValidHeartbeat() {
  v1::HeartbeatRequest request;
  request.set_job_id("job");
  request.set_batch_size(32);
  request.set_trial_number(1);
  return request;
}

template <typename Request>
Request OptimizerRequest() {
  Request request;
  request.set_job_id("job");
  return request;
}

TEST_CASE("Every request that names a job is checked for the name") {
  CheckJobIdField(OptimizerRequest<v1::StartTrialRequest>());
  CheckJobIdField(ValidReport());
  CheckJobIdField(ValidEnd());
  CheckJobIdField(ValidHeartbeat());
  CheckJobIdField(OptimizerRequest<v1::DeleteJobRequest>());
  CheckJobIdField(OptimizerRequest<v1::ListTrialsRequest>());
}

TEST_CASE("Every request that names a trial is checked for its batch size and number") {
  CheckBatchSizeField(ValidReport());
  CheckTrialNumberField(ValidReport());
  CheckBatchSizeField(ValidEnd());
  CheckTrialNumberField(ValidEnd());
  CheckBatchSizeField(ValidHeartbeat());
  CheckTrialNumberField(ValidHeartbeat());
}

TEST_CASE("A request_id is a UUID or empty") {
  CheckField<std::string>(OptimizerRequest<v1::StartTrialRequest>(), "request_id",
                          {"1", "not-a-uuid", std::string(36, '-'), std::string(36, '0')},
                          {"", "123e4567-e89b-42d3-a456-426614174000"});
}

TEST_CASE("A client_id has at most 256 bytes and no control characters") {
  CheckField<std::string>(OptimizerRequest<v1::StartTrialRequest>(), "client_id",
                          {std::string(257, 'x'), "a\nb", "\u0080"}, {"", "host:1", std::string(256, 'x'), "\u6f22"});
}

TEST_CASE("A trial ends for a reason that a caller can know") {
  CheckField<int64_t>(ValidEnd(), "failure", {v1::TRIAL_FAILURE_TIMED_OUT, 6, -1},
                      {v1::TRIAL_FAILURE_UNSPECIFIED, v1::TRIAL_FAILURE_FAILED, v1::TRIAL_FAILURE_INFEASIBLE,
                       v1::TRIAL_FAILURE_CANCELLED, v1::TRIAL_FAILURE_NOT_CONVERGED});
}

TEST_CASE("An empty request is refused, with every required field named") {
  CHECK(WrongFields(Validate(v1::StartTrialRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::ReportResultRequest())) == Fields{"job_id", "batch_size", "trial_number"});
  CHECK(WrongFields(Validate(v1::EndTrialRequest())) == Fields{"job_id", "batch_size", "trial_number"});
  CHECK(WrongFields(Validate(v1::HeartbeatRequest())) == Fields{"job_id", "batch_size", "trial_number"});
  CHECK(WrongFields(Validate(v1::DeleteJobRequest())) == Fields{"job_id"});
  CHECK(WrongFields(Validate(v1::ListTrialsRequest())) == Fields{"job_id"});
}

TEST_CASE("A list of jobs needs no field") { CHECK_THAT(Validate(v1::ListJobsRequest()), testing::IsOk()); }

TEST_CASE("Reported time and energy are finite, not negative and at most 1e50") {
  CheckQuantityField(ValidReport(), "time_seconds");
  CheckQuantityField(ValidReport(), "energy_joules");
}

TEST_CASE("A reported metric is any number, also NaN and the infinities") {
  CheckField<double>(ValidReport(), "metric", {}, {0, -1, kMaxDouble, -kMaxDouble, kNan, kInfinity, -kInfinity});
}

TEST_CASE("A reported epoch is at least 0") { CheckCountField(ValidReport(), "current_epoch"); }

TEST_CASE("All that is wrong with a report is named at once") {
  v1::ReportResultRequest request;
  request.set_time_seconds(-1);
  request.set_energy_joules(kNan);
  request.set_current_epoch(-1);
  CHECK(WrongFields(Validate(request)) ==
        Fields{"job_id", "batch_size", "trial_number", "time_seconds", "energy_joules", "current_epoch"});
}

TEST_CASE("A page has 0 to 1000 elements") {
  CheckPageSizeField(v1::ListJobsRequest());
  CheckPageSizeField(OptimizerRequest<v1::ListTrialsRequest>());
}

TEST_CASE("A prefix to list jobs by has at most 256 bytes") {
  CheckField<std::string>(v1::ListJobsRequest(), "job_id_prefix", {std::string(257, 'x')}, {"", std::string(256, 'x')});
}

TEST_CASE("A batch size to list trials by is checked when it is given") {
  CheckBatchSizeField(OptimizerRequest<v1::ListTrialsRequest>());
}

}  // namespace
}  // namespace zeus::bso::api
