// A store that a server of schema version 5 has written before there was one committer.
//
// tests/storage/schema_5.tar.gz is its data directory. The server had these jobs of the sizes 16, 32 and 64, each with
// eta_knob 1 and beta_knob 2, and was killed:
//   curves   trials 1 to 6 converged; trial 7 at batch size 64 failed; trial 8 of client node-1 runs, and was started
//   by
//            a request whose response is kept.
//   zeus     trials 1 to 6 converged; trial 7 failed; trial 8 of client node-2 runs; trial 9 was started by a session
//            that committed, trial 10 by one that had not.
//   deleted  was deleted with a trial running.
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "catch2/catch.hpp"
#include "tests/model/printers.h"
#include "tests/server/service/older_store.h"

namespace zeus::bso {
namespace {

using testing::IsOk;
using testing::Value;

class SchemaFive : public testing::OlderStore {
 public:
  // Soon after that server has ended.
  SchemaFive() : OlderStore("schema_5.tar.gz", absl::FromUnixSeconds(1'795'908'962)) {}
};

TEST_CASE_METHOD(SchemaFive, "A store of schema 5 has its jobs and trials, and no others") {
  CHECK(version_before == "5");
  Commit([](ZeusService& service) { CHECK(Value(service.GetJob("deleted")) == nullptr); });
  CHECK(GetJob("curves").min_cost == 60);
  CHECK(GetJob("curves").num_running_trials == 1);
  CHECK(GetJob("zeus").stage == Stage::kMab);
  CHECK(GetJob("zeus").num_running_trials == 2);
  CHECK(Trials("curves").size() == 8);
  CHECK(Trials("zeus").size() == 9);
  CHECK(Start("zeus").trial_number == 10);
}

TEST_CASE_METHOD(SchemaFive, "Its summaries and latest results are there, and its running trials go on") {
  for (const char* const job_id : {"curves", "zeus"}) {
    CAPTURE(job_id);
    CHECK(GetJob(job_id).latest_results.last_trial_number == 7);
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      CHECK(Value(service.GetSummary(job_id))->last_trial_number == 7);
    });
  }
  CHECK(Start("curves", "node-1").trial_number == 8);
  CHECK(Start("zeus", "node-2").trial_number == 8);
  CHECK(TakeReport({"zeus", 16, 9}, 50, 0.9, 3).converged);
  Reopen();
  CHECK(GetJob("zeus").min_cost == 50);
  CHECK(GetJob("zeus").num_running_trials == 1);
}

TEST_CASE_METHOD(SchemaFive, "Its kept response is still given") {
  const std::string id = absl::HexStringToBytes("123e4567e89b42d3a456426614174000");
  REQUIRE_THAT(Transact([&](storage::Session& session) {
                 const std::optional<storage::Answer> kept = Value(session.FindAnswer(id));
                 REQUIRE(kept.has_value());
                 CHECK(kept->request_type == "StartTrialRequest");
                 CHECK_THAT(kept->response, Catch::Matchers::Contains("curves"));
                 return absl::OkStatus();
               }),
               IsOk());
}

}  // namespace
}  // namespace zeus::bso
