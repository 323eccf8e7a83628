// A store that a server of schema version 6 has written, which kept all trials of its jobs.
//
// tests/storage/schema_6.tar.gz is its data directory. The server had these jobs of the sizes 16, 32 and 64, each with
// eta_knob 1 and beta_knob 2, and was killed:
//   curves  10 trials converged; trial 8 is void, and the job has been learned anew since.
//   warm    started with what curves knew; 4 trials converged.
//   zeus    trials 1 to 9 converged; trial 10 of client node-1 runs, with heartbeats every hour.
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "server/service/collection.h"
#include "server/service/relearner.h"
#include "tests/model/printers.h"
#include "tests/server/service/older_store.h"

namespace zeus::bso {
namespace {

using testing::Value;

class SchemaSix : public testing::OlderStore {
 public:
  // Soon after that server has ended.
  SchemaSix() : OlderStore("schema_6.tar.gz", absl::FromUnixSeconds(1'795'953'336)) {}

  // Collects all trials but three.
  void CollectTrials(const std::string& job_id) {
    bool is_done = false;
    while (!is_done) {
      Commit([&](ZeusService& service) {
        const std::vector<Collection> found = Value(FindCollections(service, job_id, 3, [] { return false; }));
        is_done = found.empty();
        for (const Collection& part : found) CHECK(Value(Collect(service, part)));
      });
    }
  }

  std::vector<CurvesSize> Sizes(const std::string& job_id) {
    std::vector<CurvesSize> sizes;
    Read([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      sizes = Value(service.GetCurvesSizes(job_id));
    });
    return sizes;
  }
};

TEST_CASE_METHOD(SchemaSix, "A store of schema 6 has its jobs and all their trials") {
  CHECK(version_before == "6");
  CHECK(SchemaVersion() == std::to_string(storage::kSchemaVersion));
  CHECK(Trials("curves").size() == 10);
  CHECK(Trials("curves")[7].voided->reason == "the disk was full");
  CHECK(Trials("warm").size() == 4);
  CHECK(Trials("zeus").size() == 10);
  for (const char* const job_id : {"curves", "warm", "zeus"}) CHECK_FALSE(GetJob(job_id).history.has_value());
  CHECK(GetJob("curves").num_corrections == 2);
  const Trial running = Start("zeus", "node-1");
  CHECK(running.trial_number == 10);
  CHECK(Trials("zeus")[8].final_report->reason == EndReason::kTargetReached);
}

TEST_CASE_METHOD(SchemaSix, "Its trials can be collected, and its jobs learned anew from what they taught") {
  for (const char* const job_id : {"curves", "warm"}) {
    CAPTURE(job_id);
    const std::vector<CurvesSize> sizes = Sizes(job_id);
    CollectTrials(job_id);
    CHECK(Trials(job_id).size() == 3);
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      REQUIRE_THAT(service.session().AskToRelearn(job_id, now), testing::IsOk());
    });
    Relearner relearner(
        store(), [this] { return now; }, limits);
    relearner.Add(job_id);
    while (GetJob(job_id).relearning.has_value()) absl::SleepFor(absl::Milliseconds(1));
    CHECK(Sizes(job_id) == sizes);
  }
  CollectTrials("zeus");
  CHECK(Trials("zeus").size() == 3);
  CHECK(GetJob("zeus").num_running_trials == 1);
}

}  // namespace
}  // namespace zeus::bso
