// Every method of Client, on a server that answers.
#include <string>
#include <thread>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "tests/client/cpp/fixture.h"

namespace zeus::bso::testing {
namespace {

using google::protobuf::util::MessageDifferencer;

TEST_CASE_METHOD(ClientFixture, "A job is registered once, and found afterwards") {
  Client client = Connect(address());
  const v1::RegisterJobResponse first = Value(client.RegisterJob(ZeusSpec()));
  CHECK(first.created());
  CHECK(first.job().stage() == v1::STAGE_PRUNING);
  const v1::RegisterJobResponse second = Value(client.RegisterJob(ZeusSpec()));
  CHECK_FALSE(second.created());
  CHECK(MessageDifferencer::Equals(second.job(), first.job()));
  const auto job = Value(client.GetJob("job"));
  REQUIRE(job.has_value());
  CHECK(MessageDifferencer::Equals(*job, first.job()));
  CHECK_FALSE(Value(client.GetJob("other")).has_value());
}

TEST_CASE_METHOD(ClientFixture, "A job follows the policy that it is registered with, or the server's default") {
  Client client = Connect(address());
  v1::JobSpec spec = ZeusSpec("default");
  spec.clear_policy();
  CHECK(Value(client.RegisterJob(spec)).job().spec().policy() == v1::POLICY_CURVES);
  spec.set_policy(v1::POLICY_ZEUS);
  const absl::Status exists = client.RegisterJob(spec).status();
  CHECK(CodeAndReason(exists) == "ALREADY_EXISTS JOB_EXISTS");
  CHECK(ErrorMetadata(exists).at("fields") == "policy");

  REQUIRE(client.RegisterJob(ZeusSpec("zeus")).ok());
  v1::JobSpec any = ZeusSpec("zeus");
  any.clear_policy();
  const v1::RegisterJobResponse again = Value(client.RegisterJob(any));
  CHECK_FALSE(again.created());
  CHECK(again.job().spec().policy() == v1::POLICY_ZEUS);
}

TEST_CASE_METHOD(ClientFixture, "The trials of a curves job show what the policy knew, and how they ended") {
  Client client = Connect(address());
  v1::JobSpec spec = ZeusSpec();
  spec.set_policy(v1::POLICY_CURVES);
  CHECK(Value(client.RegisterJob(spec)).job().stage() == v1::STAGE_NONE);
  const v1::Trial first = Value(client.StartTrial("job"));
  CHECK(first.type() == v1::TRIAL_TYPE_FIRST);
  CHECK(first.curves_ticket().sd() > 0);
  CHECK_FALSE(Value(client.ReportResult(first, kGoesOn)).stop_train());
  const v1::Trial ended = Value(client.EndTrial(first, v1::TRIAL_FAILURE_NOT_CONVERGED));
  CHECK(ended.failure() == v1::TRIAL_FAILURE_NOT_CONVERGED);
  CHECK(ended.progress().epochs() == kGoesOn.epoch);
  CHECK(Value(client.GetArms("job")).empty());
}

TEST_CASE_METHOD(ClientFixture, "A trial is started, reported on and has its result") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK(trial.batch_size() == 32);
  CHECK_FALSE(Value(client.ReportResult(trial, kGoesOn)).stop_train());
  CHECK(Value(client.Heartbeat(trial)).status() == v1::TRIAL_STATUS_DISPATCHED);
  const v1::ReportResultResponse verdict = Value(client.ReportResult(trial, kConverges));
  CHECK(verdict.stop_train());
  CHECK(verdict.converged());
  const auto ended = Value(client.GetTrial("job", 32, trial.trial_number()));
  REQUIRE(ended.has_value());
  CHECK(ended->status() == v1::TRIAL_STATUS_SUCCEEDED);
  CHECK(ended->time_seconds() == 2);
  CHECK(ended->energy_joules() == 4);
  CHECK_FALSE(Value(client.GetTrial("job", 32, 7)).has_value());
}

// The server would refuse an absent energy of the first job, and an absent time or metric of the second.
TEST_CASE_METHOD(ClientFixture, "A report sends zeros") {
  Client client = Connect(address());
  v1::JobSpec energy = ZeusSpec("energy");
  energy.set_eta_knob(1);
  v1::JobSpec time = ZeusSpec("time");
  time.set_eta_knob(0);
  time.set_higher_is_better_metric(false);
  for (const v1::JobSpec& spec : {energy, time}) {
    REQUIRE(client.RegisterJob(spec).ok());
    const v1::Trial trial = Value(client.StartTrial(spec.job_id()));
    CHECK(Value(client.ReportResult(trial, Progress{})).stop_train() == spec.has_higher_is_better_metric());
  }
}

TEST_CASE_METHOD(ClientFixture, "A verdict and the trial carry the reason of the end") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK(Value(client.ReportResult(trial, kGoesOn)).end_reason() == v1::END_REASON_UNSPECIFIED);
  const v1::ReportResultResponse verdict = Value(client.ReportResult(trial, kConverges));
  CHECK(verdict.end_reason() == v1::END_REASON_TARGET_REACHED);
  CHECK(Value(client.ReportResult(trial, kGoesOn)).message() == verdict.message());
  CHECK(LastTrial().end_reason() == v1::END_REASON_TARGET_REACHED);
  CHECK(LastTrial().last_metric() == kConverges.metric);
}

TEST_CASE_METHOD(ClientFixture, "A trial is ended without a result, and stays as it ended") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK(Value(client.EndTrial(trial, v1::TRIAL_FAILURE_CANCELLED)).failure() == v1::TRIAL_FAILURE_CANCELLED);
  CHECK(Value(client.EndTrial(trial)).failure() == v1::TRIAL_FAILURE_CANCELLED);
  CHECK(Value(client.Heartbeat(trial)).status() == v1::TRIAL_STATUS_FAILED);
}

TEST_CASE_METHOD(ClientFixture, "A heartbeat says how often they will come") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK_FALSE(Value(client.Heartbeat(trial)).has_heartbeat_interval());
  const v1::Trial promised = Value(client.Heartbeat(trial, absl::Milliseconds(2500)));
  CHECK(promised.heartbeat_interval().seconds() == 2);
  CHECK(promised.heartbeat_interval().nanos() == 500'000'000);
  CHECK(Value(client.Heartbeat(trial)).heartbeat_interval().seconds() == 2);
  CHECK(CodeAndReason(client.Heartbeat(trial, absl::ZeroDuration()).status()) == "INVALID_ARGUMENT INVALID_FIELD");
  CHECK(CodeAndReason(client.Heartbeat(trial, absl::InfiniteDuration()).status()) == "INVALID_ARGUMENT INVALID_FIELD");
}

TEST_CASE_METHOD(ClientFixture, "A trial of a job that was registered again since is not found") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  v1::Trial old = Value(client.StartTrial("job"));
  REQUIRE(client.DeleteJob("job").ok());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial now = Value(client.StartTrial("job"));
  REQUIRE(now.trial_number() == old.trial_number());
  REQUIRE(now.job_uid() != old.job_uid());
  CHECK(CodeAndReason(client.ReportResult(old, kConverges).status()) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK(CodeAndReason(client.Heartbeat(old).status()) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK(CodeAndReason(client.EndTrial(old).status()) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK(LastTrial().status() == v1::TRIAL_STATUS_DISPATCHED);
  old.clear_job_uid();  // As an older server answers it.
  CHECK_THAT(client.Heartbeat(old).status(), IsOk());
}

TEST_CASE_METHOD(ClientFixture, "Each start is a new trial, unless the client has a name") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial first = Value(client.StartTrial("job"));
  const v1::Trial second = Value(client.StartTrial("job"));
  CHECK(first.trial_number() != second.trial_number());
  CHECK(first.client_id() != second.client_id());
  Client named = Connect({.target = address(), .client_id = "node-7"});
  const v1::Trial third = Value(named.StartTrial("job"));
  CHECK(third.client_id() == "node-7");
  Client again = Connect({.target = address(), .client_id = "node-7"});
  CHECK(Value(again.StartTrial("job")).trial_number() == third.trial_number());
}

TEST_CASE_METHOD(ClientFixture, "Jobs are listed over all pages, by prefix, until the caller has enough") {
  Client client = Connect(address());
  for (int i = 0; i < 230; ++i) REQUIRE(client.RegisterJob(ZeusSpec(absl::StrCat("job-", 1000 + i))).ok());
  REQUIRE(client.RegisterJob(ZeusSpec("other")).ok());
  const std::vector<v1::Job> jobs = Value(client.ListJobs("job-"));
  REQUIRE(jobs.size() == 230);
  CHECK(jobs.back().spec().job_id() == "job-1229");
  CHECK(Value(client.ListJobs()).size() == 231);
  std::vector<std::string> seen;
  CHECK(client
            .ListJobs("job-",
                      [&](const v1::Job& job) {
                        seen.push_back(job.spec().job_id());
                        return seen.size() < 101;
                      })
            .ok());
  CHECK(seen.size() == 101);
  CHECK(seen.back() == "job-1100");
}

TEST_CASE_METHOD(ClientFixture, "Trials are listed over all pages, of all sizes or of one") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(PatientSpec()).ok());
  for (int i = 0; i < 120; ++i) REQUIRE(client.StartTrial("job").ok());
  const std::vector<v1::Trial> trials = Value(client.ListTrials("job"));
  REQUIRE(trials.size() == 120);
  CHECK(trials.back().trial_number() == 120);
  CHECK(Value(client.ListTrials("job", 16)).empty());
  CHECK(Value(client.ListTrials("job", 32)).size() == 120);
  int count = 0;
  CHECK(client.ListTrials("job", 32, [&](const v1::Trial&) { return ++count < 3; }).ok());
  CHECK(count == 3);
}

TEST_CASE_METHOD(ClientFixture, "Arms are there when the bandit has begun") {
  Client client = Connect(address());
  v1::JobSpec spec = ZeusSpec();
  spec.set_num_pruning_rounds(0);
  REQUIRE(client.RegisterJob(spec).ok());
  CHECK(Value(client.GetArms("job")).empty());
  CHECK(Value(client.GetArms("other")).empty());
  REQUIRE(client.StartTrial("job").ok());
  const std::vector<v1::GaussianTsArm> arms = Value(client.GetArms("job"));
  REQUIRE(arms.size() == 3);
  CHECK(arms.front().batch_size() == 16);
}

TEST_CASE_METHOD(ClientFixture, "A job is deleted with all that belongs to it") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial trial = Value(client.StartTrial("job"));
  CHECK_THAT(client.DeleteJob("job"), IsOk());
  CHECK(CodeAndReason(client.DeleteJob("job")) == "NOT_FOUND JOB_NOT_FOUND");
  CHECK(CodeAndReason(client.Heartbeat(trial).status()) == "NOT_FOUND JOB_NOT_FOUND");
}

TEST_CASE_METHOD(ClientFixture, "One client serves many threads") {
  Client client = Connect(address());
  REQUIRE(client.RegisterJob(PatientSpec()).ok());
  std::vector<std::thread> threads;
  std::vector<char> succeeded(16, 0);
  for (char& each : succeeded) {
    threads.emplace_back([&client, &each] {
      for (int round = 0; round < 10; ++round) {
        const absl::StatusOr<v1::Trial> trial = client.StartTrial("job");
        if (!trial.ok() || !client.Heartbeat(*trial).ok()) return;
        const auto verdict = client.ReportResult(*trial, kConverges);
        if (!verdict.ok() || !verdict->stop_train()) return;
      }
      each = 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(succeeded == std::vector<char>(16, 1));
  CHECK(Value(client.ListTrials("job")).size() == 160);
}

}  // namespace
}  // namespace zeus::bso::testing
