// Trainers that come and go: which job and which run of a training a report belongs to, and results that come late.
#include <atomic>
#include <string>

#include "tests/server/grpc/curves_jobs.h"
#include "tests/support/watch.h"

namespace zeus::bso::rpc {
namespace {

using testing::Watch;

// A server whose clocks are the test's.
class ComingAndGoing : public RpcFixture {
 public:
  explicit ComingAndGoing(std::atomic<int64_t>& seconds = Seconds())
      : RpcFixture({.clock = [&seconds] { return absl::FromUnixSeconds(seconds.load()); },
                    .serving_clock = [&seconds] { return absl::FromUnixSeconds(seconds.load()); },
                    .limits = {.timeouts = {.grace = absl::ZeroDuration()}}}),
        now(seconds) {}

  v1::StartTrialResponse StartAs(const std::string& client_id) {
    auto request = OfJob<v1::StartTrialRequest>();
    request.set_client_id(client_id);
    return Answer(Call(Optimizer::StartTrial, request));
  }

  void RegisterAs(v1::Policy policy) {
    v1::JobSpec spec = testing::MakeSpecMessage();
    spec.set_policy(policy);
    spec.mutable_trial_timeout()->set_seconds(600);
    Answer(Register(spec));
  }

  // Lets time pass, which the server would notice within seconds.
  void Pass(int64_t seconds) {
    now += seconds;
    server().store().store().alarm().Set(absl::InfinitePast());
  }

  // A trial that has timed out.
  v1::Trial TimeOut() {
    const v1::Trial trial = StartTrial();
    Pass(601);
    while (GetTrial(trial).status() == v1::TRIAL_STATUS_DISPATCHED) absl::SleepFor(absl::Milliseconds(1));
    REQUIRE(GetTrial(trial).failure() == v1::TRIAL_FAILURE_TIMED_OUT);
    return trial;
  }

  std::atomic<int64_t>& now;

 private:
  static std::atomic<int64_t>& Seconds() {
    static std::atomic<int64_t> seconds;
    seconds = 1'700'000'000;  // Before the server reads it.
    return seconds;
  }
};

TEST_CASE_METHOD(ComingAndGoing, "What a trainer of a job that was deleted reports does not land in the next one") {
  RegisterJob();
  const v1::Trial old = StartTrial();
  CHECK(old.job_uid() != 0);
  Answer(Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()));
  RegisterJob();
  const v1::Trial present = StartTrial();
  CHECK(present.trial_number() == old.trial_number());
  CHECK(present.job_uid() != old.job_uid());
  auto report = ReportOf(old, 1, 10, 1);
  report.set_job_uid(old.job_uid());
  CheckRefused(Call(Optimizer::ReportResult, report), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  auto heartbeat = OfTrial<v1::HeartbeatRequest>(old);
  heartbeat.set_job_uid(old.job_uid());
  CheckRefused(Call(Optimizer::Heartbeat, heartbeat), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  auto end = OfTrial<v1::EndTrialRequest>(old);
  end.set_job_uid(old.job_uid());
  CheckRefused(Call(Optimizer::EndTrial, end), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  CHECK(GetTrial(present).status() == v1::TRIAL_STATUS_DISPATCHED);
  report.set_job_uid(present.job_uid());
  CHECK(Answer(Call(Optimizer::ReportResult, report)).converged());
}

TEST_CASE_METHOD(ComingAndGoing, "Less time or energy at a later epoch is refused from callers that state the job") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  auto report = ReportOf(trial, 3, 100);
  report.set_job_uid(trial.job_uid());
  Answer(Call(Optimizer::ReportResult, report));
  report.set_current_epoch(4);
  report.set_energy_joules(99.5);
  report.set_time_seconds(9);
  const auto reply = Call(Optimizer::ReportResult, report);
  CheckRefused(reply, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  const auto violations = reply.template detail<google::rpc::BadRequest>().field_violations();
  REQUIRE(violations.size() == 2);
  CHECK(violations[0].field() == "energy_joules");
  CHECK(violations[0].description().find("99.5") != std::string::npos);
  CHECK(violations[0].description().find("100") != std::string::npos);
  CHECK(violations[1].field() == "time_seconds");
  // A repeated or a late report is answered as ever, and so is a caller that does not state the job.
  for (const int64_t epoch : {3, 1}) {
    report.set_current_epoch(epoch);
    CHECK_FALSE(Answer(Call(Optimizer::ReportResult, report)).stop_train());
  }
  report.set_current_epoch(4);
  report.clear_job_uid();
  CHECK_FALSE(Answer(Call(Optimizer::ReportResult, report)).stop_train());
}

TEST_CASE_METHOD(ComingAndGoing,
                 "A trainer that was killed goes on from what the server saw last, also after a restart") {
  RegisterAs(GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES));
  const v1::StartTrialResponse first = StartAs("node-1");
  CHECK_FALSE(first.has_resume_from());
  const v1::Trial& trial = first.trial();
  auto heartbeat = OfTrial<v1::HeartbeatRequest>(trial);
  heartbeat.mutable_interval()->set_seconds(30);
  Answer(Call(Optimizer::Heartbeat, heartbeat));
  Report(*this, trial, 1, 10);
  Report(*this, trial, 2, 20);
  const bool restarts = GENERATE(false, true);
  if (restarts) {
    // It is written within half of the time that the trial may be silent.
    Pass(61);
    while (!GetTrial(trial).has_progress()) absl::SleepFor(absl::Milliseconds(1));
    server().Restart();
  }
  const v1::StartTrialResponse again = StartAs("node-1");
  CHECK(again.trial().trial_number() == trial.trial_number());
  CHECK(again.resume_from().epochs() == 2);
  CHECK(again.resume_from().energy_joules() == 20);
  CHECK(again.resume_from().time_seconds() == 2);
  Watch watch(client());
  watch.Next();
  auto report = ReportOf(trial, 1, 15);
  report.mutable_base()->set_epochs(2);
  report.mutable_base()->set_energy_joules(20);
  report.mutable_base()->set_time_seconds(2);
  // Repeated reports add nothing twice.
  for (int i = 0; i < 3; ++i) CHECK_FALSE(Answer(Call(Optimizer::ReportResult, report)).stop_train());
  const v1::TrialReport seen = watch.Next().trial_reported();
  CHECK(seen.current_epoch() == 3);
  CHECK(seen.energy_joules() == 35);
  CHECK(StartAs("node-1").resume_from().energy_joules() == 35);
  report.set_current_epoch(2);
  report.set_energy_joules(30);
  report.set_time_seconds(3);
  report.set_metric(1);
  CHECK(Answer(Call(Optimizer::ReportResult, report)).converged());
  CHECK(GetTrial(trial).energy_joules() == 50);
  CHECK(GetTrial(trial).time_seconds() == 5);
  CHECK(GetTrial(trial).epochs() == 4);
}

TEST_CASE_METHOD(ComingAndGoing, "A base is within the bounds of what it is added to") {
  RegisterJob();
  auto report = ReportOf(StartTrial(), 1, 10);
  report.set_energy_joules(6e49);
  report.mutable_base()->set_energy_joules(6e49);
  CheckRefused(Call(Optimizer::ReportResult, report), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  report.mutable_base()->set_energy_joules(0);
  report.mutable_base()->set_time_seconds(-1);
  CheckRefused(Call(Optimizer::ReportResult, report), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  report.mutable_base()->set_time_seconds(0);
  report.mutable_base()->set_epochs(std::numeric_limits<int64_t>::max());
  CheckRefused(Call(Optimizer::ReportResult, report), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
}

TEST_CASE_METHOD(ComingAndGoing, "A result that comes after the trial timed out is kept, and takes the failure back") {
  const v1::Policy policy = GENERATE(v1::POLICY_ZEUS, v1::POLICY_CURVES);
  RegisterAs(policy);
  const bool converges = GENERATE(true, false);
  const v1::Trial trial = TimeOut();
  // What would not end the training is not taken.
  CheckRefused(Call(Optimizer::ReportResult, ReportOf(trial, 1, 10)), grpc::FAILED_PRECONDITION, "TRIAL_FAILED");
  Watch watch(client());
  watch.Next();
  const auto report = converges ? ReportOf(trial, 5, 50, 1) : ReportOf(trial, 100, 50, 0);
  const v1::ReportResultResponse response = Answer(Call(Optimizer::ReportResult, report));
  CHECK(response.stop_train());
  CHECK(response.converged() == converges);
  const v1::Trial ended = GetTrial(trial);
  CHECK(ended.status() == v1::TRIAL_STATUS_SUCCEEDED);
  CHECK(ended.late());
  CHECK(ended.failure() == v1::TRIAL_FAILURE_UNSPECIFIED);
  CHECK(ended.energy_joules() == 50);
  CHECK(watch.Next().trial_ended().late());
  const v1::Job job = GetJob();
  CHECK(job.failures().empty());
  CHECK(job.has_min_cost() == converges);
  CHECK(job.latest_results().num_not_converged() == (converges ? 0 : 1));
  CHECK(job.num_running_trials() == 0);
  // It is answered again, and kept.
  CHECK(Answer(Call(Optimizer::ReportResult, report)).converged() == converges);
  server().Restart();
  CHECK(GetTrial(trial).late());
  if (policy == v1::POLICY_CURVES) {
    const auto explained = Answer(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>()));
    const auto& size = explained.batch_sizes(1);
    CHECK(size.num_trials() == 1);
    CHECK(size.num_converged() == (converges ? 1 : 0));
    CHECK(size.num_failed() == (converges ? 0 : 1));
  } else {
    CHECK(Answer(Call(Service::GetTrialResultsOfBatchSize, OfSize<v1::GetTrialResultsOfBatchSizeRequest>(32)))
              .results_size() == 1);
    CHECK(Answer(Call(Service::GetExplorationsOfJob, OfJob<v1::GetExplorationsOfJobRequest>())).explorations_size() ==
          1);
  }
}

TEST_CASE_METHOD(ComingAndGoing, "What was cancelled or is void stays so, whatever is reported") {
  RegisterAs(v1::POLICY_CURVES);
  const v1::Trial cancelled = EndAs(*this, StartTrial(), v1::TRIAL_FAILURE_CANCELLED);
  CheckRefused(Call(Optimizer::ReportResult, ReportOf(cancelled, 5, 50, 1)), grpc::FAILED_PRECONDITION, "TRIAL_FAILED");
  const v1::Trial trial = TimeOut();
  auto request = OfTrial<v1::VoidTrialRequest>(trial);
  request.set_reason("no");
  Answer(Call(Optimizer::VoidTrial, request));
  CheckRefused(Call(Optimizer::ReportResult, ReportOf(trial, 5, 50, 1)), grpc::FAILED_PRECONDITION, "TRIAL_FAILED");
}

TEST_CASE_METHOD(ComingAndGoing,
                 "A killed trainer that sent heartbeats costs minutes, and one that goes on loses nothing") {
  RegisterAs(v1::POLICY_CURVES);
  const v1::Trial silent = StartTrial();
  const v1::Trial lasting = StartTrial();
  const auto beat = [&](const v1::Trial& trial, int64_t seconds) {
    auto request = OfTrial<v1::HeartbeatRequest>(trial);
    request.mutable_interval()->set_seconds(seconds);
    return Answer(Call(Optimizer::Heartbeat, request)).trial();
  };
  CHECK(beat(silent, 30).heartbeat_interval().seconds() == 30);
  for (int i = 0; i < 8; ++i) {
    beat(lasting, 30);
    Pass(30);
  }
  while (GetTrial(silent).status() == v1::TRIAL_STATUS_DISPATCHED) absl::SleepFor(absl::Milliseconds(1));
  CHECK(GetTrial(silent).failure() == v1::TRIAL_FAILURE_TIMED_OUT);
  CHECK(GetTrial(lasting).status() == v1::TRIAL_STATUS_DISPATCHED);
  auto wrong = OfTrial<v1::HeartbeatRequest>(lasting);
  wrong.mutable_interval()->set_seconds(0);
  CheckRefused(Call(Optimizer::Heartbeat, wrong), grpc::INVALID_ARGUMENT, "INVALID_FIELD");
}

}  // namespace
}  // namespace zeus::bso::rpc
