// A server whose clock is set back while it runs.
#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/watch.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

class ClockBase {
 public:
  absl::Time now() const { return absl::FromUnixMicros(micros_); }
  Timestamp timestamp() const { return TimeUtil::MicrosecondsToTimestamp(micros_); }
  void SetBackByAnHour() { micros_ -= absl::ToInt64Microseconds(absl::Hours(1)); }

 private:
  std::atomic<int64_t> micros_ = 1'700'000'000'000'000;  // In 2023.
};

// The clock, which is there before the server and after it.
class ClockFixture : public ClockBase, public RpcFixture {
 public:
  ClockFixture() : RpcFixture({.clock = [this] { return now(); }}) {}
};

TEST_CASE_METHOD(ClockFixture, "The clock gives the times of jobs and trials") {
  CHECK(RegisterJob().create_time() == timestamp());
  const v1::Trial trial = StartTrial();
  CHECK(trial.start_time() == timestamp());
  Answer(ReportConverged(trial, 100));
  CHECK(GetTrial(trial).end_time() == timestamp());
}

TEST_CASE_METHOD(ClockFixture, "A trial that ends when the clock was set back has not ended before it started") {
  RegisterJob();
  const v1::Trial to_succeed = StartTrial();
  const v1::Trial to_fail = StartTrial();
  SetBackByAnHour();
  Answer(ReportConverged(to_succeed, 100));
  const v1::Trial failed = Answer(Call(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>(to_fail))).trial();
  CHECK(failed.status() == v1::TRIAL_STATUS_FAILED);
  CHECK(failed.end_time() == to_fail.start_time());
  CHECK(GetTrial(to_succeed).status() == v1::TRIAL_STATUS_SUCCEEDED);
  CHECK(GetTrial(to_succeed).end_time() == to_succeed.start_time());
  CHECK(GetJob().min_cost() == 100);
}

TEST_CASE_METHOD(ClockFixture, "A session that was open when the clock was set back ends and starts trials") {
  RegisterJob();
  const v1::Trial trial = StartTrial();
  testing::WireSession session(client());
  REQUIRE(session.Ask(testing::GetJobRequest()).has_value());
  const v1::Trial started = session.Ask(testing::CreateTrialRequest(16))->create_trial().trial();
  SetBackByAnHour();

  v1::SessionRequest get_trial;
  *get_trial.mutable_get_trial() = OfTrial<v1::GetTrialRequest>(trial);
  REQUIRE(session.Ask(get_trial).has_value());
  for (const v1::Trial& running : {trial, started}) {
    v1::SessionRequest fail;
    *fail.mutable_update_trial() = OfTrial<v1::UpdateTrialRequest>(running);
    fail.mutable_update_trial()->set_status(v1::TRIAL_STATUS_FAILED);
    const auto response = session.Ask(fail);
    REQUIRE(response.has_value());
    CHECK(response->update_trial().trial().end_time() == running.start_time());
  }
  const v1::Trial later = session.Ask(testing::CreateTrialRequest(32))->create_trial().trial();
  CHECK(later.start_time() == timestamp());
  REQUIRE(session.Ask(testing::CommitRequest()).has_value());
  CHECK(session.Finish().ok());

  CHECK(GetTrial(trial).end_time() == trial.start_time());
  CHECK(GetTrial(started).end_time() == started.start_time());
  CHECK(GetTrial(later).start_time() == timestamp());
}

TEST_CASE_METHOD(ClockFixture, "Jobs and trials that start when the clock was set back come after those before") {
  RegisterJob();
  const v1::Trial before = StartTrial();
  SetBackByAnHour();
  CHECK(RegisterJob("other").create_time() == timestamp());
  const v1::Trial after = StartTrial();
  CHECK(after.trial_number() == before.trial_number() + 1);
  CHECK(after.start_time() == timestamp());
  const auto trials = Answer(Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>())).trials();
  REQUIRE(trials.size() == 2);
  CHECK(trials[0].start_time() == before.start_time());
  CHECK(trials[1].start_time() == after.start_time());
  CHECK(Answer(Call(Optimizer::ListJobs, v1::ListJobsRequest())).jobs_size() == 2);
}

TEST_CASE_METHOD(ClockFixture, "A watcher sees what happens in order, though the clock is set back") {
  RegisterJob();
  testing::Watch watch(client());
  const int64_t first = watch.Next().revision();
  const v1::Trial trial = StartTrial();
  SetBackByAnHour();
  Answer(ReportConverged(trial, 100));
  const v1::Trial next = StartTrial();

  const v1::JobEvent started = watch.Next();
  CHECK(started.revision() == first + 1);
  CHECK(started.trial_started().trial_number() == trial.trial_number());
  const v1::JobEvent ended = watch.Next();
  CHECK(ended.revision() == first + 2);
  CHECK(ended.trial_ended().trial_number() == trial.trial_number());
  CHECK(ended.trial_ended().end_time() == trial.start_time());
  const v1::JobEvent again = watch.Next();
  CHECK(again.revision() == first + 3);
  CHECK(again.trial_started().trial_number() == next.trial_number());
  CHECK(again.trial_started().start_time() == timestamp());
}

}  // namespace
}  // namespace zeus::bso::rpc
