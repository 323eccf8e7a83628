#include "server/service/sweeper.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "tests/server/service/fixture.h"
#include "tests/support/engine_rows.h"
#include "tests/support/log_capture.h"

namespace zeus::bso {
namespace {

using testing::IsOk;
using testing::Value;

// Timeouts are short: the sweeper waits in real time.
constexpr absl::Duration kShort = absl::Milliseconds(20);
constexpr absl::Duration kLong = absl::Hours(1);

class SweeperFixture : public testing::ServiceFixture {
 public:
  SweeperFixture() {
    now = absl::Now();
    limits.timeouts.grace = absl::ZeroDuration();
  }

  void StartSweeper() {
    sweeper_.emplace(store(), absl::Now, limits, memory_, [](const std::string&) {});
  }

  Trial StartTrial(absl::Duration timeout, const std::string& job_id) {
    JobSpec spec = testing::MakeSpec(job_id);
    spec.trial_timeout = timeout;
    CreateJob(spec);
    return CreateTrial(32, TrialType::kExploration, job_id);
  }

  // Returns when the trial has ended.
  Trial WaitForEnd(const Trial& trial) {
    while (true) {
      Trial stored;
      // The error of a lost race is passed on, so that the body runs again if the sweeper comes between its reads.
      REQUIRE_THAT(Run([&](ZeusService& service) -> absl::Status {
                     ZB_ASSIGN_OR_RETURN(const Trial* const found,
                                         service.GetTrial({trial.job_id, trial.batch_size, trial.trial_number}));
                     stored = *found;
                     return absl::OkStatus();
                   }),
                   IsOk());
      if (stored.status != TrialStatus::kDispatched) return stored;
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  bool IsKept(const std::string& request_id) {
    bool kept = false;
    REQUIRE_THAT(testing::Transact(store(),
                                   [&](storage::Session& session) -> absl::Status {
                                     ZB_ASSIGN_OR_RETURN(const std::optional<storage::Answer> answer,
                                                         session.FindAnswer(request_id));
                                     kept = answer.has_value();
                                     return absl::OkStatus();
                                   }),
                 IsOk());
    return kept;
  }

  void KeepAnswer(const std::string& request_id, absl::Time due) {
    REQUIRE_THAT(testing::Transact(store(),
                                   [&](storage::Session& session) {
                                     return session.KeepAnswer(request_id, {"Type", "request", "response"}, due);
                                   }),
                 IsOk());
  }

 private:
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  std::optional<Sweeper> sweeper_;
};

TEST_CASE_METHOD(SweeperFixture, "What was silent for too long when the sweeper starts, or while it sleeps, ends") {
  const Trial before = StartTrial(kShort, "before");
  StartSweeper();
  CHECK(WaitForEnd(before).failure == TrialFailure::kTimedOut);
  const Trial lasting = StartTrial(kLong, "lasting");
  now = absl::Now();
  const Trial during = StartTrial(kShort, "during");
  const Trial ended = WaitForEnd(during);
  CHECK(ended.failure == TrialFailure::kTimedOut);
  CHECK(*ended.end_time >= during.start_time + kShort);
  CHECK(StoredTrial(32, lasting.trial_number, "lasting").status == TrialStatus::kDispatched);
  CHECK(StoredJob("during").failures.at(32).num_failures == 1);
}

TEST_CASE_METHOD(SweeperFixture, "More than a page of trials that are overdue all end") {
  JobSpec spec = testing::MakeSpec();
  spec.trial_timeout = absl::Milliseconds(1);
  CreateJob(spec);
  constexpr int kTrials = 600;
  Commit([](ZeusService& service) {
    Value(service.GetJob("job"));
    for (int i = 0; i < kTrials; ++i) Value(service.CreateTrial("job", 32, TrialType::kMab));
  });
  StartSweeper();
  while (StoredJob().num_running_trials > 0) absl::SleepFor(absl::Milliseconds(1));
  CHECK(StoredJob().failures.at(32).num_failures == kTrials);
}

TEST_CASE_METHOD(SweeperFixture, "In its grace the sweeper ends nothing, and then it does") {
  const Trial trial = StartTrial(absl::Milliseconds(100), "job");
  limits.timeouts.server_start = absl::Now() + absl::Milliseconds(200);
  limits.timeouts.grace = absl::Milliseconds(50);
  StartSweeper();
  CHECK(*WaitForEnd(trial).end_time >= limits.timeouts.server_start + limits.timeouts.grace);
}

TEST_CASE_METHOD(SweeperFixture, "Answers that are kept for long enough are forgotten, others are not") {
  const std::string old_id(16, 'a');
  const std::string new_id(16, 'b');
  KeepAnswer(old_id, absl::Now() + kShort);
  KeepAnswer(new_id, absl::Now() + kLong);
  StartSweeper();
  while (IsKept(old_id)) absl::SleepFor(absl::Milliseconds(1));
  CHECK(IsKept(new_id));
}

TEST_CASE_METHOD(SweeperFixture, "The rows of a deleted job's running trials are swept away") {
  StartTrial(kShort, "deleted");
  Commit([](ZeusService& service) { CHECK(Value(service.DeleteJob("deleted"))); });
  StartSweeper();
  const auto due_rows = [&] {
    int rows = 0;
    for (const auto& [name, value] : StoredRows()) rows += name.first == "due";
    return rows;
  };
  while (due_rows() > 0) absl::SleepFor(absl::Milliseconds(1));
}

TEST_CASE_METHOD(SweeperFixture, "What cannot be swept is told to the log of the server") {
  REQUIRE_THAT(testing::PutRow(engine(), storage::Table::kDue, "no such key", ""), IsOk());
  const testing::LogCapture log;
  {
    const Sweeper sweeper(store(), absl::Now, limits, std::make_shared<Memory>(), [](const std::string&) {});
  }  // Sweeps once at least.
  CHECK(log.Count("doing what is due failed, trying again: DATA_LOSS") == 1);
}

}  // namespace
}  // namespace zeus::bso
