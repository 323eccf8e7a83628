// A store that a server of schema version 4 has written, which kept no results, warnings and summaries of jobs.
//
// tests/storage/schema_4.tar.gz is its data directory. The server had these jobs of the sizes 16, 32 and 64, each with
// eta_knob 1 and beta_knob 2, and was killed:
//   curves   trials 1 to 6 converged; trial 7 at batch size 64 failed; trial 8 of client node-1 runs.
//   zeus     trials 1 to 4 converged in pruning; trial 5 of client node-2 runs.
//   silent   trial 1 runs; the job follows the curves policy, as `curves` does.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/model/printers.h"
#include "tests/server/service/older_store.h"

namespace zeus::bso {
namespace {

using testing::Value;

class SchemaFour : public testing::OlderStore {
 public:
  // Soon after that server has ended.
  SchemaFour() : OlderStore("schema_4.tar.gz", absl::FromUnixSeconds(1'795'879'800)) {}
};

TEST_CASE_METHOD(SchemaFour, "Opening the store raises its version") {
  CHECK(version_before == "4");
  CHECK(SchemaVersion() == std::to_string(storage::kSchemaVersion));
}

TEST_CASE_METHOD(SchemaFour,
                 "Its jobs keep their policies and what they know, and have no results and no summary yet") {
  CHECK(GetJob("curves").curves->best_batch_size == 16);
  CHECK(GetJob("curves").curves->state.run == 6);
  CHECK_FALSE(GetJob("curves").curves->state.costs_changed_at.has_value());
  CHECK(GetJob("zeus").spec.policy == PolicyKind::kZeus);
  CHECK(GetJob("zeus").min_cost == 60);
  for (const char* const job_id : {"curves", "zeus", "silent"}) {
    CAPTURE(job_id);
    const Job job = GetJob(job_id);
    CHECK(job.num_running_trials == 1);
    CHECK(job.latest_results == LatestResults());
    CHECK(job.warnings.empty());
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      CHECK_FALSE(Value(service.GetSummary(job_id)).has_value());
    });
  }
}

TEST_CASE_METHOD(SchemaFour, "Its trials are there, and those that run go on and are counted when they end") {
  CHECK(Trials("curves").size() == 8);
  CHECK(Trials("curves")[6].failure == TrialFailure::kFailed);
  CHECK(Start("curves", "node-1").trial_number == 8);
  CHECK(Start("zeus", "node-2").trial_number == 5);
  CHECK_FALSE(TakeReport({"curves", 32, 8}, 40, 0.1, 2).stop_train);
  CHECK(TakeReport({"curves", 32, 8}, 60, 0.9, 3).converged);
  CHECK(GetJob("curves").latest_results.last_trial_number == 8);
  CHECK(GetJob("curves").num_running_trials == 0);
  CHECK(TakeReport({"zeus", 16, 5}, 50, 0.9, 3).converged);
  CHECK(GetJob("zeus").min_cost == 50);
  Reopen();
  CHECK(GetJob("zeus").latest_results.last_trial_number == 5);
}

TEST_CASE_METHOD(SchemaFour, "A trial that has been running since then is found when it is long") {
  limits.timeouts.default_timeout = absl::ZeroDuration();
  now += absl::Hours(73);
  Start("silent");
  const std::vector<Warning> warnings = GetJob("silent").warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].reason == WarningReason::kLongTrial);
  CHECK(warnings[0].trial_number == 1);
}

}  // namespace
}  // namespace zeus::bso
